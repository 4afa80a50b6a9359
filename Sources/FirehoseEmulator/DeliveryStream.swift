import SQLite
import ServiceKit
import Wire

/// What a delivery stream is found by.
struct DeliveryKey: Hashable, Sendable {
    var account: String
    var region: String
    var name: String
}

/// A delivery stream as it is kept.
struct DeliveryStream: Sendable {
    let key: DeliveryKey
    /// Drawn at its creation: the record log knows its records by it, and never takes another's for them.
    let identity: UInt64
    let created: Timestamp
    /// When it is ACTIVE, or once it is being deleted, gone.
    var due: Timestamp
    var isDeleting = false
    /// Whether what it had accepted when its deletion began was delivered, if it could be.
    var isDrained = false
    var changed: Timestamp?
    var version = 1
    /// `KinesisStreamARN` and `RoleARN`; nil when records are put.
    var source: Document?
    /// What Describe shows of the destination, in the form of `ExtendedS3DestinationDescription`.
    var destination: Document
    /// What Describe shows of the encryption at rest.
    var encryption: Document
    var tags: [Document]

    static let destinationID = "destinationId-000000000001"

    var arn: String { "arn:\(ARN.partition(of: key.region)):firehose:\(key.region):\(key.account):deliverystream/\(key.name)" }
    var sourceARN: String? { source?["KinesisStreamARN"]?.textIfAny }
    var type: String { source == nil ? "DirectPut" : "KinesisStreamAsSource" }
    var isEncrypted: Bool { encryption["Status"]?.textIfAny == "ENABLED" }

    func status(at now: Timestamp) -> String { isDeleting ? "DELETING" : now < due ? "CREATING" : "ACTIVE" }
    func isActive(at now: Timestamp) -> Bool { status(at: now) == "ACTIVE" }
    func isGone(at now: Timestamp) -> Bool { isDeleting && isDrained && due <= now }

    init(_ key: DeliveryKey, created: Timestamp, due: Timestamp, source: Document?, destination: Document, encryption: Document, tags: [Document]) {
        self.key = key
        var generator = SystemRandomNumberGenerator()
        identity = generator.next()
        self.created = created
        self.due = due
        self.source = source
        self.destination = destination
        self.encryption = encryption
        self.tags = tags
    }

    // MARK: As it is kept

    /// Nil when the body is none of a delivery stream.
    init?(_ key: DeliveryKey, _ body: Document) {
        guard let identity = body["Identity"]?.textIfAny.flatMap({ UInt64($0, radix: 16) }), let created = Self.time(body["Created"]),
            let due = Self.time(body["Due"]), let destination = body["Destination"]
        else { return nil }
        self.key = key
        self.identity = identity
        self.created = created
        self.due = due
        self.destination = destination
        isDeleting = body["IsDeleting"] == .boolean(true)
        isDrained = body["IsDrained"] == .boolean(true)
        changed = Self.time(body["Changed"])
        version = body["Version"]?.numberIfAny.flatMap { Int(exactly: $0) } ?? 1
        source = body["Source"]
        encryption = body["Encryption"] ?? Self.unencrypted
        tags = body["Tags"]?.listIfAny ?? []
    }

    var body: Document {
        .members([
            ("Identity", .string(String(identity, radix: 16))), ("Created", .integer(created.milliseconds)), ("Due", .integer(due.milliseconds)),
            ("IsDeleting", isDeleting ? .boolean(true) : nil),
            ("IsDrained", isDrained ? .boolean(true) : nil), ("Changed", changed.map { .integer($0.milliseconds) }),
            ("Version", .integer(Int64(version))), ("Source", source), ("Destination", destination), ("Encryption", encryption),
            ("Tags", .list(tags)),
        ])
    }

    static let unencrypted: Document = .members([("Status", .string("DISABLED"))])

    private static func time(_ document: Document?) -> Timestamp? {
        if case .integer(let value)? = document { Timestamp(milliseconds: value) } else { nil }
    }
}

/// How far the delivery of a stream has come.
struct DeliveryProgress: Sendable {
    /// The serial of the last entry of the record log that is delivered; 0 for none.
    var serial: UInt64 = 0
    /// By shard of the source, the last record that is delivered; `end` once a closed shard is delivered whole.
    var shards: [String: String] = [:]
    /// The creation of the source that the shards are of, epoch milliseconds: another stream may take its name.
    var sourceCreated: Int64?

    static let end = "end"

    init() {}

    init(_ body: Document) {
        if case .integer(let value)? = body["Serial"] { serial = UInt64(max(0, value)) }
        for entry in body["Shards"]?.entriesIfAny ?? [] { shards[entry.name] = entry.value.textIfAny }
        if case .integer(let value)? = body["SourceCreated"] { sourceCreated = value }
    }

    var body: Document {
        .members([
            ("Serial", .integer(Int64(clamping: serial))), ("Shards", .map(shards) { .string($0) }),
            ("SourceCreated", sourceCreated.map { .integer($0) }),
        ])
    }
}

/// The records of one delivery stream inside one transaction.
struct DeliveryTable {
    private let records: RecordTable
    private let name: String

    private static let kind = "firehose"
    private static let progressKind = "firehose-progress"

    init(_ database: Database, _ key: DeliveryKey) {
        records = RecordTable(database, account: key.account, region: key.region)
        name = key.name
    }

    func save(_ stream: DeliveryStream) throws { try records.put(Self.kind, name, stream.body) }
    func save(_ progress: DeliveryProgress) throws { try records.put(Self.progressKind, name, progress.body) }
    func progress() throws -> DeliveryProgress { try records.find(Self.progressKind, name).map { DeliveryProgress($0.body) } ?? DeliveryProgress() }

    func remove() throws {
        try records.remove(Self.kind, name)
        try records.remove(Self.progressKind, name)
    }

    /// Every delivery stream of every account; `nil` stands for a body that is none.
    static func all(_ database: Database) throws -> [(key: DeliveryKey, stream: DeliveryStream?, progress: DeliveryProgress)] {
        let rows = try database.fetchAll("SELECT account, region, name FROM record WHERE kind = ?", [kind])
        return try rows.map { row in
            let row = StoredRow(row, of: "record", namedBy: 2)
            let key = DeliveryKey(account: try row.text(0), region: try row.text(1), name: try row.text(2))
            let table = DeliveryTable(database, key)
            let body = try table.records.find(kind, key.name)?.body ?? .null
            return (key, DeliveryStream(key, body), try table.progress())
        }
    }
}
