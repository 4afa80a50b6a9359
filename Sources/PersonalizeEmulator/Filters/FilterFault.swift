import ServiceKit
import Shapes
import Wire

/// Why an expression is no filter.
package struct FilterFault: Error, Equatable {
    package var reason: String
    /// The character of the expression where it was noticed, from 1; nil when it is about the whole.
    package var position: Int?

    package init(_ reason: String, at position: Int? = nil) {
        self.reason = reason
        self.position = position
    }

    /// The service's own words, for the one case in which they are known (observed: guidelines of filter expressions).
    static func placeholderWithNotIn(_ name: String) -> FilterFault {
        FilterFault("Invalid input symbol: $\(name). Placeholders are not allowed with NOT_IN operator.")
    }

    /// As CreateFilter answers it. The service begins with the same two sentences; what follows them is ours.
    package var message: String {
        guard let position else { return "Could not create filter. \(reason)" }
        return "Could not create filter. Invalid Expression: \(reason) at position \(position)."
    }

    var refusal: ServiceError { .Personalize.invalidInput(message) }
}
