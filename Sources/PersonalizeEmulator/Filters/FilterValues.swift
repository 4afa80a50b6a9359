import ServiceKit
import Shapes
package import Wire

/// A number of a filter: whole numbers stay exact, so that ids and timestamps of any size compare as they are.
package enum FilterNumber: Sendable, Hashable {
    case integer(Int64)
    case real(Double)

    package init?(_ text: String) {
        if let integer = Int64(text) {
            self = .integer(integer)
        } else if let real = Double(text), real.isFinite {
            self = .real(real)
        } else {
            return nil
        }
    }
}

/// The `filterValues` of a request: for each parameter texts between double quotes, or bare numbers, with commas between them.
package struct FilterValues: Sendable, Equatable {
    private var values: [String: [String]] = [:]

    package init() {}

    /// - Throws: `InvalidInputException` for a value that is not of that form.
    package init(_ given: [String: String]?) throws(ServiceError) {
        for (name, text) in (given ?? [:]).sorted(by: { $0.key < $1.key }) { values[name] = try Self.list(text, name) }
    }

    package subscript(name: String) -> [String]? { values[name] }

    package var names: Set<String> { Set(values.keys) }

    private static func list(_ text: String, _ name: String) throws(ServiceError) -> [String] {
        func fault() -> ServiceError {
            .PersonalizeRuntime.invalidInput(
                "Invalid filter value for parameter \(name): values must be enclosed in double quotes and separated by commas."
            )
        }
        let tokens: [FilterToken]
        do {
            tokens = try FilterLexer.tokens(text)
        } catch {
            throw fault()
        }
        var list: [String] = []
        for (index, token) in tokens.enumerated() {
            switch (token.kind, index % 2) {
            case (.text(let text), 0): list.append(text)
            case (.number(let number), 0): list.append(number)
            case (.sign(","), 1): continue
            case (.end, 1): return list
            default: throw fault()
            }
        }
        throw fault()
    }
}
