import ServiceKit
import Wire

/// A role as it is kept: the members of the API's Role, its policies, and its tags.
struct Role: IdentityRecord {
    static let kind = "iam-role"
    var body: Document

    init(_ body: Document) { self.body = body }

    static func find(_ name: String, in table: RecordTable) throws -> Role? {
        try find(spelt: name, in: table).flatMap { $0.name == name ? $0 : nil }
    }

    static func required(_ name: String, in table: RecordTable) throws -> Role {
        guard let role = try find(name, in: table) else { throw ServiceError.noSuchEntity("The role with name \(name) cannot be found.") }
        return role
    }

    var name: String { text("RoleName") }
    var id: String { text("RoleId") }
    var path: String { text("Path") }
    var maximumSession: Int { Int(body["MaxSessionDuration"]?.numberIfAny ?? 3600) }

    /// Inline policies, the document by the name.
    var inline: [Document.Fields.Field] { body["Inline"]?.entriesIfAny.sorted { $0.name < $1.name } ?? [] }
    var attached: [String] { body["Attached"]?.listIfAny.compactMap(\.textIfAny) ?? [] }

    /// The id of a role that was never made: the same each time.
    static func id(ofUnknown arn: String) -> String {
        "AROA" + SHA256Hex.text(of: Array(arn.utf8)).prefix(17).uppercased()
    }

    /// As the API answers it.
    /// - Parameter isWhole: with what lists leave out.
    func document(isWhole: Bool = true) -> Document {
        let tags = body["Tags"]?.listIfAny ?? []
        return .members([
            ("Path", body["Path"]), ("RoleName", body["RoleName"]), ("RoleId", body["RoleId"]), ("Arn", body["Arn"]),
            ("CreateDate", body["CreateDate"]),
            ("AssumeRolePolicyDocument", .string(Percent.encode(text("AssumeRolePolicyDocument")))),
            ("Description", body["Description"]), ("MaxSessionDuration", .integer(Int64(maximumSession))),
            ("PermissionsBoundary", isWhole ? body["Boundary"].map(Self.boundary) : nil),
            ("Tags", isWhole && !tags.isEmpty ? .list(tags) : nil),
            ("RoleLastUsed", isWhole ? .object(Document.Fields()) : nil),
        ])
    }

    private static func boundary(_ arn: Document) -> Document {
        .members([("PermissionsBoundaryType", .string("Policy")), ("PermissionsBoundaryArn", arn)])
    }

    /// Whether the trust policy lets an account in: a statement that allows and names it, its root, one of its principals, or everybody.
    func trusts(account: String) -> Bool {
        guard let policy = try? JSON.parse(Array(text("AssumeRolePolicyDocument").utf8)) else { return false }
        let statements = policy["Statement"].map { $0.listIfAny.isEmpty ? [$0] : $0.listIfAny } ?? []
        return statements.contains { statement in
            guard statement["Effect"]?.textIfAny == "Allow", let principal = statement["Principal"] else { return false }
            let named = principal["AWS"] ?? principal
            return (named.listIfAny + [named]).compactMap(\.textIfAny).contains { $0 == "*" || $0 == account || ARN($0)?.account == account }
        }
    }
}

extension ServiceError {
    static func noSuchEntity(_ message: String) -> ServiceError { ServiceError("NoSuchEntity", message, status: 404) }
    static func alreadyExists(_ message: String) -> ServiceError { ServiceError("EntityAlreadyExists", message, status: 409) }
    static func deleteConflict(_ message: String) -> ServiceError { ServiceError("DeleteConflict", message, status: 409) }
    static func malformedPolicy(_ message: String) -> ServiceError { ServiceError("MalformedPolicyDocument", message) }
}
