import ServiceKit
import Shapes
import Wire

/// A policy on its way to a stream or a consumer: read as far as AWS reads it before it is kept. It is never evaluated.
struct ResourcePolicy {
    /// What may be allowed on each kind of resource; other names are refused, `kinesis:*` among them.
    private static let streamActions: Set<String> = [
        "DescribeStream", "DescribeStreamSummary", "GetRecords", "GetShardIterator", "ListShards", "PutRecord", "PutRecords",
    ]
    private static let consumerActions: Set<String> = ["DescribeStreamConsumer", "SubscribeToShard"]

    private struct Fault: Error {
        var reason: String
    }

    /// - Throws: `InvalidArgumentException`, with the position of the first statement that cannot be kept.
    static func check(_ text: String, for resource: PolicyResource) throws(ServiceError) {
        do throws(Fault) {
            try statements(of: text, resource)
        } catch {
            throw .Kinesis.invalidArgument("Policy validation error: \(error.reason)")
        }
    }

    private static func statements(of text: String, _ resource: PolicyResource) throws(Fault) {
        guard let document = try? JSON.parse(text), case .object = document else { throw Fault(reason: "This policy contains invalid Json") }
        guard document["Version"] != nil else { throw Fault(reason: "Missing required field Version") }
        guard let statement = document["Statement"] else { throw Fault(reason: "Missing required field Statement") }
        let statements = if case .list(let items) = statement { items } else { [statement] }
        let positions = StatementPositions(text).positions
        guard positions.count == statements.count else { throw Fault(reason: "This policy contains invalid Json") }
        for (statement, position) in zip(statements, positions) {
            guard let reason = fault(in: statement, resource) else { continue }
            throw Fault(reason: "Resource policy contains invalid statement at line \(position.line), column \(position.column): \(reason)")
        }
    }

    private static func fault(in statement: Document, _ resource: PolicyResource) -> String? {
        let actions = texts(statement["Action"])
        guard let actions, !actions.isEmpty else { return "Missing required field Action" }
        let unknown = actions.filter { !isAllowed($0, resource) }
        guard unknown.isEmpty else {
            return "The following action names are invalid: \(unknown.map { "\"\($0)\"" }.joined(separator: ", "))"
        }
        guard let named = texts(statement["Resource"]), !named.isEmpty, named.allSatisfy({ $0 == resource.arn }) else {
            return "The resource policy's resource must be the same as the resource ARN."
        }
        return ["Effect", "Principal"].first { statement[$0] == nil }.map { "Missing required field \($0)" }
    }

    private static func isAllowed(_ action: String, _ resource: PolicyResource) -> Bool {
        let parts = action.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].lowercased() == "kinesis" else { return false }
        return (resource.isConsumer ? consumerActions : streamActions).contains { $0.lowercased() == parts[1].lowercased() }
    }

    /// One text or a list of them; nil for anything else.
    private static func texts(_ value: Document?) -> [String]? {
        switch value {
        case .string(let text)?: return [text]
        case .list(let items)?:
            let texts = items.compactMap(\.textIfAny)
            return texts.count == items.count ? texts : nil
        default: return nil
        }
    }
}

/// Finds where the statements of a policy begin, which the parsed document does not say.
struct StatementPositions {
    /// Both from 1; columns count UTF-16 units, as Java does.
    struct Position: Equatable {
        var line = 1
        var column = 1
    }

    /// One for each object that is `Statement`, or that its list holds.
    private(set) var positions: [Position] = []

    /// - Parameter text: a JSON object.
    init(_ text: String) {
        var position = Position()
        var depth = 0
        var isInText = false
        var isEscaped = false
        var isList = false
        var word = ""
        /// The last whole text at depth 1: the name of the member whose value comes next.
        var name = ""
        for unit in text.utf16 {
            let character = UInt8(exactly: unit) ?? 0
            if isInText {
                if !isEscaped, character == UInt8(ascii: "\"") {
                    isInText = false
                    if depth == 1 { name = word }
                } else {
                    word.unicodeScalars.append(Unicode.Scalar(character))
                }
                isEscaped = !isEscaped && character == UInt8(ascii: "\\")
            } else {
                switch character {
                case UInt8(ascii: "\""):
                    isInText = true
                    word = ""
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    let opensList = character == UInt8(ascii: "[")
                    if name == "Statement", depth == 1 {
                        isList = opensList
                        positions = opensList ? [] : [position]
                    } else if name == "Statement", depth == 2, isList, !opensList {
                        positions.append(position)
                    }
                    depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
                default: break
                }
            }
            if character == UInt8(ascii: "\n") {
                position = Position(line: position.line + 1, column: 1)
            } else {
                position.column += 1
            }
        }
    }
}
