import ServiceKit
import Wire

/// What can happen to an object, as events of functions name it.
enum ObjectChange: String, Sendable {
    case put = "ObjectCreated:Put"
    case post = "ObjectCreated:Post"
    case copy = "ObjectCreated:Copy"
    case multipart = "ObjectCreated:CompleteMultipartUpload"
    case delete = "ObjectRemoved:Delete"

    /// As events of the event bus name it.
    var reason: String {
        switch self {
        case .put: "PutObject"
        case .post: "POST Object"
        case .copy: "CopyObject"
        case .multipart: "CompleteMultipartUpload"
        case .delete: "DeleteObject"
        }
    }
}

/// A change that somebody is to be told of: a record that is written with the change itself, and goes when all of them have been told.
struct PendingNotification {
    static let kind = "s3-event"

    let name: String
    /// Counts up with each change: what `sequencer` is made of.
    private let sequence: Int64
    var body: Document

    init(_ record: Record) {
        (name, sequence, body) = (record.name, record.id, record.body)
    }

    /// - Parameters:
    ///   - index: among the changes of one request.
    ///   - object: what is there now; of a deletion, what was.
    static func save(
        _ change: ObjectChange,
        _ object: StoredObject,
        in bucket: Bucket,
        _ configuration: BucketNotification,
        index: Int,
        _ call: Call,
        _ table: RecordTable
    ) throws -> Bool {
        let targets = configuration.targets(of: change, key: object.key)
        guard !targets.isEmpty || configuration.isOnBus else { return false }
        let list = targets.map { Document.members([("Id", .string($0.id)), ("Function", .string($0.function))]) }
        let isThere = change != .delete
        let body = Document.members([
            ("Change", .string(change.rawValue)), ("Bucket", .string(bucket.name)), ("Account", .string(call.account)),
            ("Region", .string(bucket.region)), ("Key", .string(object.key)), ("Size", isThere ? .integer(Int64(object.size)) : nil),
            ("ETag", isThere ? .string(object.etag) : nil), ("At", .integer(call.now.milliseconds)), ("Request", .string(call.requestID)),
            ("Principal", .string("AWS:\(call.principal?.userID ?? call.account)")), ("Targets", .list(list)),
            ("Bus", .boolean(configuration.isOnBus)),
        ])
        let time = max(0, call.now.milliseconds).padded(to: 12, radix: 16)
        // Services inside write many objects in one call, so the call and the place in it do not tell changes apart.
        try table.put(kind, "\(time)-\(call.requestID)-\(index)-\(HexText.random(digits: 12))", body)
        return true
    }

    // MARK: What is told

    var change: ObjectChange? { body["Change"]?.textIfAny.flatMap(ObjectChange.init) }
    var account: String { text("Account") }
    var region: String { text("Region") }
    var bucket: String { text("Bucket") }
    var time: Timestamp { Timestamp(milliseconds: min(max(body["At"]?.integerIfAny ?? 0, 0), 1 << 53)) }
    var targets: [Document] { body["Targets"]?.listIfAny ?? [] }
    var isForBus: Bool { body["Bus"] == .boolean(true) }

    private func text(_ name: String) -> String { body[name]?.textIfAny ?? "" }

    private var bucketARN: String { "arn:\(ARN.partition(of: region)):s3:::\(bucket)" }

    /// Of two changes of a key the later one has the greater text.
    private var sequencer: String {
        UInt64(clamping: sequence).padded(to: 18, radix: 16, uppercase: true)
    }

    /// "Event message structure" (S3 user guide, 2026). A deletion has neither size nor ETag.
    /// - Parameter id: of the configuration.
    func record(id: String) -> Document {
        let key = Percent.encode(text("Key"), keepingSlashes: true).replacing("%20", with: "+")
        let owner = "A" + S3Answer.owner(account).prefix(13).uppercased()
        let source = Document.members([("principalId", .string(owner))])
        let bucket = Document.members([("name", .string(bucket)), ("ownerIdentity", source), ("arn", .string(bucketARN))])
        let object = Document.members([
            ("key", .string(key)), ("size", body["Size"]), ("eTag", body["ETag"]), ("sequencer", .string(sequencer)),
        ])
        let content = Document.members([
            ("s3SchemaVersion", .string("1.0")), ("configurationId", .string(id)), ("bucket", bucket), ("object", object),
        ])
        let record = Document.members([
            ("eventVersion", .string("2.1")), ("eventSource", .string("aws:s3")), ("awsRegion", .string(region)),
            ("eventTime", .string(ISO8601.milliseconds(time))), ("eventName", body["Change"]),
            ("userIdentity", .members([("principalId", body["Principal"])])),
            ("requestParameters", .members([("sourceIPAddress", .string("127.0.0.1"))])),
            ("responseElements", .members([("x-amz-request-id", body["Request"]), ("x-amz-id-2", .string(RequestID.extended()))])),
            ("s3", content),
        ])
        return .members([("Records", .list([record]))])
    }

    /// "EventBridge event message structure" (S3 user guide, 2026).
    func event(_ change: ObjectChange) -> ServiceEvent {
        let object = Document.members([
            ("key", body["Key"]), ("size", body["Size"]), ("etag", body["ETag"]), ("sequencer", .string(sequencer)),
        ])
        let isDeletion = change == .delete
        let detail = Document.members([
            ("version", .string("0")), ("bucket", .members([("name", .string(bucket))])), ("object", object), ("request-id", body["Request"]),
            ("requester", .string(account)), ("source-ip-address", .string("127.0.0.1")), ("reason", .string(change.reason)),
            ("deletion-type", isDeletion ? .string("Permanently Deleted") : nil),
        ])
        return ServiceEvent(
            source: "aws.s3",
            detailType: isDeletion ? "Object Deleted" : "Object Created",
            resources: [bucketARN],
            detail: detail,
            time: time
        )
    }
}
