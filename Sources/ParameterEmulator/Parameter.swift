import ServiceKit
import Wire

/// A parameter as it is kept: its versions, the oldest first, and its tags.
struct Parameter {
    static let kind = "parameter"
    /// Of one parameter; the oldest goes when there is one more.
    static let maximumVersions = 100

    let name: String
    var versions: [Document]
    var tags: [Document]

    init(name: String, versions: [Document], tags: [Document]) {
        self.name = name
        self.versions = versions
        self.tags = tags
    }

    init(_ record: Record) {
        self.init(name: record.name, versions: record.body["Versions"]?.listIfAny ?? [], tags: record.body["Tags"]?.listIfAny ?? [])
    }

    static func find(_ name: String, in table: RecordTable) throws -> Parameter? {
        try table.find(kind, name).map { Parameter($0) }
    }

    func save(in table: RecordTable) throws {
        try table.put(Self.kind, name, .members([("Versions", .list(versions)), ("Tags", .list(tags))]))
    }

    var newest: Document { versions.last ?? .object(Document.Fields()) }
    var newestNumber: Int { Self.number(newest) }
    static func number(_ version: Document) -> Int { Int(version["Version"]?.numberIfAny ?? 0) }

    static func arn(_ name: String, _ call: Call) -> String {
        "arn:\(ARN.partition(of: call.region)):ssm:\(call.region):\(call.account):parameter\(name.hasPrefix("/") ? "" : "/")\(name)"
    }

    private static func date(_ version: Document) -> Document {
        .timestamp(Timestamp(milliseconds: Int64(version["Modified"]?.numberIfAny ?? 0)))
    }

    /// As GetParameter and its kin answer a version.
    /// - Parameter selector: what followed the name in the request, with its colon.
    func document(_ version: Document, selector: String?, decrypts: Bool, _ call: Call) -> Document {
        let isSecret = version["Type"]?.textIfAny == "SecureString"
        return .members([
            ("Name", .string(name)), ("Type", version["Type"]),
            ("Value", isSecret && !decrypts ? .string(Self.sealed(version)) : version["Value"]),
            ("Version", version["Version"]), ("Selector", selector.map { .string($0) }), ("LastModifiedDate", Self.date(version)),
            ("ARN", .string(Self.arn(name, call))), ("DataType", version["DataType"]),
        ])
    }

    /// What stands for an encrypted value: there is no key to encrypt with, and the value itself is not told.
    private static func sealed(_ version: Document) -> String {
        Base64.encode(Array(SHA256Hex.text(of: Array("\(Self.number(version))/\(version["Value"]?.textIfAny ?? "")".utf8)).utf8))
    }

    /// As lists of parameters and their histories describe a version.
    func metadata(_ version: Document, _ call: Call, asHistory decrypts: Bool? = nil) -> Document {
        let isSecret = version["Type"]?.textIfAny == "SecureString"
        let value: Document? = decrypts.flatMap { isSecret && !$0 ? .string(Self.sealed(version)) : version["Value"] }
        return .members([
            ("Name", .string(name)), ("ARN", decrypts == nil ? .string(Self.arn(name, call)) : nil), ("Type", version["Type"]),
            ("KeyId", isSecret ? version["KeyId"] : nil), ("LastModifiedDate", Self.date(version)), ("LastModifiedUser", version["User"]),
            ("Description", version["Description"]), ("Value", value), ("AllowedPattern", version["AllowedPattern"]),
            ("Version", version["Version"]), ("Tier", version["Tier"]), ("Policies", .list([])), ("DataType", version["DataType"]),
        ])
    }
}
