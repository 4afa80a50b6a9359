import ServiceKit
import Wire

/// The statements of a resource policy, of a function or of a version of a layer. They are kept and returned, and grant nothing.
struct PolicyStatements {
    private(set) var list: [Document]

    init(_ list: [Document]) { self.list = list }

    /// Bytes of JSON that all of them may have.
    private static let mostBytes = 20_480

    /// - Throws: `ResourceConflictException` when there is one of that id, `PolicyLengthExceededException` when they would be too long.
    mutating func add(_ statement: Document) throws {
        let id = statement["Sid"]?.textIfAny ?? ""
        guard !list.contains(where: { $0["Sid"]?.textIfAny == id }) else {
            throw ServiceError.conflict(
                "The statement id (\(id)) provided already exists. Please provide a new statement id, or remove the existing statement."
            )
        }
        let all = list + [statement]
        guard JSON.write(.list(all)).count <= Self.mostBytes else {
            throw ServiceError("PolicyLengthExceededException", "The final policy size is bigger than the limit (\(Self.mostBytes)).")
        }
        list = all
    }

    /// - Throws: `ResourceNotFoundException` when there is none of that id.
    mutating func remove(_ id: String) throws {
        let left = list.filter { $0["Sid"]?.textIfAny != id }
        guard left.count < list.count else {
            throw ServiceError("ResourceNotFoundException", "Statement \(id) is not found in resource policy.", status: 404)
        }
        list = left
    }

    /// The policy's text, as it is answered.
    var text: String {
        JSON.text(.members([("Version", .string("2012-10-17")), ("Id", .string("default")), ("Statement", .list(list))]))
    }
}
