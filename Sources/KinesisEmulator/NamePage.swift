import ServiceKit
import Shapes
import Wire

/// A page of a list that is ordered by names.
struct NamePage<Element> {
    /// Entries of a page at most, and where none is asked for.
    private static var maximum: Int { 100 }

    let shown: ArraySlice<Element>
    /// For the next page, if there is one.
    let token: String?

    /// - Parameters:
    ///   - elements: all, in the order of their names.
    ///   - list: what the token is for; one of another list is refused.
    /// - Throws: `InvalidArgumentException`, `ExpiredNextTokenException` for the token.
    init(
        _ elements: [Element],
        named name: KeyPath<Element, String>,
        after token: String?,
        of list: String,
        maximum: Int?,
        _ call: Call
    ) throws(ServiceError) {
        var rest = elements[...]
        if let token {
            guard let last = try StreamPageToken(token, of: list, call).string("after") else { throw .Kinesis.invalidArgument("Invalid NextToken.") }
            rest = rest.drop { $0[keyPath: name] <= last }
        }
        shown = rest.prefix(min(maximum ?? Self.maximum, Self.maximum))
        self.token = shown.count < rest.count ? shown.last.map { StreamPageToken(list, [("after", .string($0[keyPath: name]))], call).text } : nil
    }
}
