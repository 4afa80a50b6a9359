import ServiceKit
import Shapes
import Wire

/// Where a list goes on. Opaque to clients, who have five minutes to use it.
struct StreamPageToken {
    var fields: Document.Fields

    static let lifetime: Int64 = 300_000

    /// - Parameter list: what is listed, so that one list does not take the token of another.
    init(_ list: String, _ fields: [(String, Document)], _ call: Call) {
        self.fields = Document.Fields([("list", .string(list)), ("issued", .integer(call.now.milliseconds))] + fields)
    }

    /// - Throws: `InvalidArgumentException` for text that is no token of this list, `ExpiredNextTokenException` for an old one.
    init(_ text: String, of list: String, _ call: Call) throws(ServiceError) {
        guard let bytes = try? Base64.decode(text), let json = try? JSON.parse(bytes), json["list"]?.textIfAny == list,
            case .integer(let issued)? = json["issued"], case .object(let fields) = json, issued >= 0, issued <= call.now.milliseconds
        else { throw .Kinesis.invalidArgument("Invalid NextToken.") }
        guard call.now.milliseconds - issued <= Self.lifetime else {
            throw .Kinesis.expiredNextToken("NextToken has expired. It was issued more than \(Self.lifetime / 1000) seconds ago.")
        }
        self.fields = fields
    }

    var text: String { Base64.encode(JSON.write(.object(fields))) }

    func string(_ name: String) -> String? { fields[name]?.textIfAny }

    func integer(_ name: String) -> Int64? {
        if case .integer(let value)? = fields[name] { value } else { nil }
    }
}
