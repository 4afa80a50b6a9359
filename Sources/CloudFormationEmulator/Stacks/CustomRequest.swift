import ServiceKit
import Wire

/// What the function of a custom resource was asked, until the resource has the response: a record of all accounts and regions together, so that the
/// address that responses are sent to outlives the process.
struct CustomRequest: Sendable {
    static let kind = "custom-request"

    /// What the address of the response ends with, which nobody guesses.
    let name: String
    /// The stack and the resource.
    let place: String
    let id: String
    /// Of what was asked: another question is another request.
    let digest: String
    /// Milliseconds of the server's clock, by which the response has to be there.
    let deadline: Int64
    /// The body of the response, as it was sent; nil while there is none.
    var response: String?

    init(place: String, digest: String, deadline: Int64) {
        (self.place, self.digest, self.deadline) = (place, digest, deadline)
        (name, id) = (HexText.random(digits: 32), UUIDText.random())
    }

    init(_ record: Record) {
        (name, place) = (record.name, record.parent ?? "")
        id = record.body["Id"]?.textIfAny ?? ""
        digest = record.body["Digest"]?.textIfAny ?? ""
        deadline = record.body["Deadline"]?.integerIfAny ?? 0
        response = record.body["Response"]?.textIfAny
    }

    static func place(_ stack: String, _ resource: String) -> String { "\(stack)/\(resource)" }

    static func table(_ transaction: Transaction) -> RecordTable { RecordTable.shared(transaction.database) }

    func save(in table: RecordTable) throws {
        let body = Document.members([
            ("Id", .string(id)), ("Digest", .string(digest)), ("Deadline", .integer(deadline)), ("Response", response.map { .string($0) }),
        ])
        try table.put(Self.kind, name, parent: place, body)
    }
}
