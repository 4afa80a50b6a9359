import ServiceKit
import Wire

/// A log group as it is kept: a record of its account and region.
struct LogGroup {
    static let kind = "log-group"
    /// In an account and region.
    static let maximum = 10_000
    static let maximumTags = 50
    /// The days that a retention may have.
    static let retentions = [
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
    ]

    /// The record's; 0 before it is stored.
    let id: Int64
    let name: String
    var body: Document

    init(_ record: Record) {
        id = record.id
        name = record.name
        body = record.body
    }

    init(name: String, created: Timestamp, groupClass: String, key: String?, tags: Document?) {
        id = 0
        self.name = name
        body = .members([
            ("created", .integer(created.milliseconds)), ("class", .string(groupClass)), ("key", key.map { .string($0) }), ("tags", tags),
        ])
    }

    static func find(_ name: String, in records: RecordTable) throws -> LogGroup? {
        try records.find(kind, name).map { LogGroup($0) }
    }

    func save(in records: RecordTable) throws { try records.put(Self.kind, name, body) }

    /// Makes the group if it is not there.
    static func ensure(_ name: String, in records: RecordTable, at now: Timestamp) throws -> LogGroup? {
        if let group = try find(name, in: records) { return group }
        guard try records.list(kind, limit: maximum).count < maximum else { return nil }
        try LogGroup(name: name, created: now, groupClass: "STANDARD", key: nil, tags: nil).save(in: records)
        return try find(name, in: records)
    }

    var retention: Int64? { body["retention"]?.integerIfAny.flatMap { (1...10_000).contains($0) ? $0 : nil } }
    var created: Int64 { body["created"]?.integerIfAny ?? 0 }
    var groupClass: String { body["class"]?.textIfAny ?? "STANDARD" }
    var tags: Document { body["tags"] ?? .object(Document.Fields()) }

    /// Events before this are not kept any more, in epoch milliseconds.
    func cutoff(_ now: Timestamp) -> Int64 { retention.map { now.milliseconds - $0 * 86_400_000 } ?? 0 }

    func arn(_ call: Call) -> String { "arn:\(ARN.partition(of: call.region)):logs:\(call.region):\(call.account):log-group:\(name)" }

    func document(storedBytes: Int64, _ call: Call) -> Document {
        .members([
            ("logGroupName", .string(name)), ("creationTime", .integer(created)), ("retentionInDays", retention.map { .integer($0) }),
            ("metricFilterCount", .integer(0)), ("arn", .string(arn(call) + ":*")), ("storedBytes", .integer(storedBytes)),
            ("kmsKeyId", body["key"]), ("logGroupClass", .string(groupClass)), ("logGroupArn", .string(arn(call))),
            ("deletionProtectionEnabled", .boolean(false)),
        ])
    }

    /// The name in a group's ARN, with or without the star that says that its streams are meant too.
    static func name(ofARN arn: String, _ call: Call) throws(ServiceError) -> String {
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
        let isGroup = parts.count == 7 || parts.count == 8 && parts[7] == "*"
        guard isGroup, parts[0] == "arn", parts[2] == "logs", parts[5] == "log-group", !parts[6].isEmpty else {
            throw .invalidParameter("The ARN \(arn) is not the ARN of a log group.")
        }
        guard parts[3] == call.region, parts[4] == call.account else { throw .noLogGroup }
        return String(parts[6])
    }
}
