import ServiceKit
import Wire

/// A managed policy as it is kept, with its versions.
struct ManagedPolicy: IdentityRecord {
    static let kind = "iam-policy"
    static let maximumVersions = 5
    var body: Document

    init(_ body: Document) { self.body = body }

    static func find(_ arn: String, in table: RecordTable) throws -> ManagedPolicy? {
        try find(spelt: AttachedPolicy(arn).name, in: table).flatMap { $0.arn == arn ? $0 : nil }
    }

    static func required(_ arn: String, in table: RecordTable) throws -> ManagedPolicy {
        guard ARN(arn)?.service == "iam" else { throw ServiceError("InvalidInput", "ARN \(arn) is not valid.") }
        guard let policy = try find(arn, in: table) else { throw ServiceError.noSuchEntity("Policy \(arn) was not found.") }
        return policy
    }

    var name: String { text("PolicyName") }
    var arn: String { text("Arn") }
    var path: String { text("Path") }
    var defaultVersion: String { text("DefaultVersionId") }
    /// The youngest first.
    var versions: [Document] { body["Versions"]?.listIfAny ?? [] }

    /// The number in the id of a version.
    static func number(_ version: Document) -> Int { Int(version["VersionId"]?.textIfAny?.dropFirst() ?? "") ?? 0 }

    func version(_ id: String) throws(ServiceError) -> Document {
        guard let version = versions.first(where: { $0["VersionId"]?.textIfAny == id }) else {
            throw .noSuchEntity("Policy \(arn) version \(id) does not exist or is not attachable.")
        }
        return version
    }

    /// - Parameter hasText: with the document itself, which lists leave out.
    func document(of version: Document, hasText: Bool) -> Document {
        .members([
            ("Document", hasText ? .string(Percent.encode(version["Document"]?.textIfAny ?? "")) : nil), ("VersionId", version["VersionId"]),
            ("IsDefaultVersion", .boolean(version["VersionId"]?.textIfAny == defaultVersion)), ("CreateDate", version["CreateDate"]),
        ])
    }

    /// Puts a version before the others.
    mutating func add(_ text: Document, isDefault: Bool, at now: Timestamp) -> Document {
        let number = Int(body["LastVersion"]?.numberIfAny ?? 0) + 1
        let version: Document = .members([
            ("VersionId", .string("v\(number)")), ("Document", text), ("CreateDate", .string(ISO8601.seconds(now))),
        ])
        body.set("LastVersion", .integer(Int64(number)))
        body.set("Versions", .list([version] + versions))
        if isDefault { body.set("DefaultVersionId", version["VersionId"]) }
        body.set("UpdateDate", .string(ISO8601.seconds(now)))
        return version
    }

    func document(attachments: Int, boundaries: Int, isWhole: Bool = true) -> Document {
        let tags = body["Tags"]?.listIfAny ?? []
        return .members([
            ("PolicyName", body["PolicyName"]), ("PolicyId", body["PolicyId"]), ("Arn", body["Arn"]), ("Path", body["Path"]),
            ("DefaultVersionId", body["DefaultVersionId"]), ("AttachmentCount", .integer(Int64(attachments))),
            ("PermissionsBoundaryUsageCount", .integer(Int64(boundaries))), ("IsAttachable", .boolean(true)),
            ("Description", isWhole ? body["Description"] : nil), ("CreateDate", body["CreateDate"]), ("UpdateDate", body["UpdateDate"]),
            ("Tags", isWhole && !tags.isEmpty ? .list(tags) : nil),
        ])
    }
}
