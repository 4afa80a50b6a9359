import ServiceKit
import Wire

/// What a client of the reference app sent: a JSON body, or a query.
struct ReferenceInput {
    private var fields: Document.Fields

    init(body: [UInt8]) throws(ServiceError) {
        guard let json = try? JSON.parse(body), case .object(let fields) = json else {
            throw ServiceError("SyntaxError", "The request body is no JSON object.", status: 400)
        }
        self.fields = fields
    }

    init(query: String) throws(ServiceError) {
        guard let pairs = Percent.pairs(query: query) else {
            throw ServiceError("SyntaxError", "The query is not well formed.", status: 400)
        }
        fields = Document.Fields(pairs.map { ($0.name, .string($0.value)) })
    }

    /// Members under the names that the operation has for them; what is missing stays missing, and the operation says so.
    func picking(_ names: [String: String]) -> Document.Fields {
        Document.Fields(names.sorted { $0.key < $1.key }.compactMap { name, target in fields[name].map { (target, $0) } })
    }

    /// `numResults` is a number in the operation and a text in the query.
    var recommendations: Document.Fields {
        var input = picking(["campaignArn": "campaignArn", "userId": "userId"])
        if let results = fields["numResults"]?.textIfAny {
            input.append("numResults", Double(results).map { .double($0) } ?? .string(results))
        }
        return input
    }

    /// The mapping template of `/data`: the record is the JSON text of `Data`.
    var record: Document.Fields {
        var input = picking(["stream-name": "StreamName", "PartitionKey": "PartitionKey"])
        if let data = fields["Data"] { input.append("Data", .bytes(JSON.write(data))) }
        return input
    }

    /// The records of a Lambda function's stream event: `{"Records": [{"kinesis": {"data": base64}}]}`.
    func kinesisEvents() throws(ServiceError) -> [ReferenceEvent] {
        guard case .list(let records)? = fields["Records"] else { throw ServiceError("TypeError", "Records is missing.", status: 400) }
        var events: [ReferenceEvent] = []
        for record in records {
            guard let text = record["kinesis"]?["data"]?.textIfAny, let data = try? Base64.decode(text) else {
                throw ServiceError("TypeError", "A record has no kinesis.data in base64.", status: 400)
            }
            do { events.append(try ReferenceEvent(data)) } catch { throw ServiceError("TypeError", error.reason, status: 400) }
        }
        return events
    }
}
