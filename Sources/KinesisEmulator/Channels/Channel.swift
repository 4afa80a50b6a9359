import ServiceKit
import Shapes
import Streams
import Wire

/// A channel that delivers a stream's records to a bucket, as it is kept.
struct Channel: Sendable, Equatable {
    enum Status: String, Sendable {
        case creating = "CREATING"
        case active = "ACTIVE"
        case updating = "UPDATING"
        case deleting = "DELETING"
        case failed = "FAILED"
        /// Never shown: the channel is not there any more.
        case deleted = "DELETED"
    }

    /// How a record becomes a part of an object.
    enum Format: String, Sendable {
        /// A line each; what is no JSON is a dead letter.
        case json = "JSON"
        /// A line each; what is no UTF-8 is a dead letter.
        case string = "STRING"
        /// One behind the other.
        case bytes = "BYTE_ARRAY"
    }

    var resource: ChannelARN
    var stream: StreamKey
    var streamID: Int64
    /// As it is shown, but for its status, which time changes.
    var shown: Kinesis.ChannelDescription
    /// When the status changes by itself; nil while it lasts.
    var due: Timestamp?

    var name: String { resource.name }
    var format: Format { (shown.streamConfigurationList.first?.recordConfiguration.recordFormatType).flatMap { Format(rawValue: $0) } ?? .bytes }
    var status: Status { Status(rawValue: shown.channelStatus) ?? .failed }
    var settings: Kinesis.S3DestinationDescription? { shown.s3DestinationConfiguration }

    /// Begins a status that lasts `delay` seconds, none at all when that is 0.
    mutating func enter(_ status: Status, at now: Timestamp, for delay: Double) {
        shown.channelStatus = status.rawValue
        due = now.advanced(bySeconds: delay)
        settle(at: now)
    }

    mutating func settle(at now: Timestamp) {
        guard let due, due <= now else { return }
        let next: Status = status == .deleting ? .deleted : shown.channelStatusReason == nil ? .active : .failed
        shown.channelStatus = next.rawValue
        self.due = nil
    }

    func settled(at now: Timestamp) -> Channel {
        var settled = self
        settled.settle(at: now)
        return settled
    }

    /// As it is answered: the reason belongs to the status FAILED.
    var description: Kinesis.ChannelDescription {
        var answer = shown
        if status != .failed { answer.channelStatusReason = nil }
        return answer
    }

    var summary: Kinesis.ChannelSummary {
        Kinesis.ChannelSummary(
            channelName: name,
            channelARN: resource.text,
            channelId: resource.id,
            channelStatus: shown.channelStatus,
            channelStatusReason: description.channelStatusReason,
            channelCreationTimestamp: shown.channelCreationTimestamp,
            channelDestinationType: "S3",
            streams: shown.streamConfigurationList.map {
                Kinesis.ChannelStreamIdentifier(streamARN: $0.streamARN, streamCreationTimestamp: $0.streamCreationTimestamp)
            }
        )
    }

    // MARK: As it is kept

    init(_ resource: ChannelARN, stream: StreamKey, streamID: Int64, shown: Kinesis.ChannelDescription) {
        self.resource = resource
        self.stream = stream
        self.streamID = streamID
        self.shown = shown
    }

    /// Nil when the body is none of a channel.
    init?(_ body: Document, account: String, region: String) {
        guard case .integer(let streamID)? = body["StreamID"], let stream = body["Stream"]?.textIfAny, let kept = body["Shown"] else { return nil }
        var violations: [Violation] = []
        guard let checked = try? Kinesis.ChannelDescription.shape.check(kept, &violations, package: ""), violations.isEmpty else { return nil }
        shown = Kinesis.ChannelDescription(checked)
        guard let resource = ChannelARN(shown.channelARN) else { return nil }
        self.resource = resource
        self.streamID = streamID
        self.stream = StreamKey(account: account, region: region, name: stream)
        if case .integer(let time)? = body["Due"] { due = Timestamp(milliseconds: time) }
    }

    var body: Document {
        .members([
            ("StreamID", .integer(streamID)), ("Stream", .string(stream.name)), ("Shown", shown.document),
            ("Due", due.map { .integer($0.milliseconds) }),
        ])
    }
}

/// `arn:aws:kinesis:REGION:ACCOUNT:channel/NAME:ID`.
struct ChannelARN: Sendable, Hashable {
    var account: String
    var region: String
    var name: String
    var id: String

    init(account: String, region: String, name: String, id: String) {
        self.account = account
        self.region = region
        self.name = name
        self.id = id
    }

    /// Nil for any other text.
    init?(_ text: String) {
        guard let parts = ARN(text), parts.service == "kinesis", parts.resource.hasPrefix("channel/") else { return nil }
        let names = parts.resource.dropFirst("channel/".count).split(separator: ":", omittingEmptySubsequences: false)
        guard names.count == 2, !names[0].isEmpty, !names[1].isEmpty else { return nil }
        account = parts.account
        region = parts.region
        (name, id) = (String(names[0]), String(names[1]))
    }

    var text: String { "arn:\(ARN.partition(of: region)):kinesis:\(region):\(account):channel/\(name):\(id)" }
}

/// How far the delivery of a channel has come: by shard the counter to go on from. A shard without one is delivered from its beginning.
struct ChannelProgress: Sendable, Equatable {
    var cursors: [Int32: UInt64] = [:]

    init(_ cursors: [Int32: UInt64] = [:]) { self.cursors = cursors }

    init(_ body: Document) {
        for entry in body["Cursors"]?.entriesIfAny ?? [] {
            guard let shard = Int32(entry.name), case .integer(let counter) = entry.value, counter >= 0 else { continue }
            cursors[shard] = UInt64(counter)
        }
    }

    var body: Document {
        let entries = cursors.sorted { $0.key < $1.key }.map { (name: "\($0.key)", value: Document?.some(.integer(Int64(clamping: $0.value)))) }
        return .members([("Cursors", .members(entries))])
    }
}
