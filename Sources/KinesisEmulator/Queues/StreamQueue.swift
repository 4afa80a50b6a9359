import ServiceKit
import Shapes
import Streams
import Wire

/// A queue on a stream: all of it but what it has handed out.
package struct StreamQueue: Sendable, Equatable {
    package enum Status: String, Sendable {
        case creating = "CREATING"
        case active = "ACTIVE"
        case updating = "UPDATING"
        case deleting = "DELETING"
        /// Never shown: the queue is not there any more.
        case deleted = "DELETED"
    }

    /// How records are handed out.
    struct Settings: Sendable, Equatable {
        /// Seconds.
        var visibility = 30
        var visibilityMilliseconds: Int64 { Int64(visibility) * 1000 }
        /// Receives after which a record becomes a dead letter; nil for never.
        var maximumReceives: Int? = 6
    }

    /// Never used for another queue: receipt handles name it.
    var id: Int64
    var name: String
    var resource: QueueARN
    var stream: StreamKey
    var streamID: Int64
    /// Epoch seconds: when the stream was made.
    var streamCreated: Int64
    var created: Timestamp
    var status: Status
    /// When the status changes by itself; nil while it lasts.
    var due: Timestamp?
    /// `TRIM_HORIZON`, `LATEST` or `AT_TIMESTAMP`, and for that the time that was asked for.
    var start: String
    var asked: Timestamp?
    /// The time from which records are really handed out.
    var began: Timestamp
    var settings: Settings

    /// Begins a status that lasts `delay` seconds, none at all when that is 0.
    mutating func enter(_ status: Status, at now: Timestamp, for delay: Double) {
        self.status = status
        due = now.advanced(bySeconds: delay)
        settle(at: now)
    }

    mutating func settle(at now: Timestamp) {
        guard let due, due <= now else { return }
        status = status == .deleting ? .deleted : .active
        self.due = nil
    }

    func settled(at now: Timestamp) -> StreamQueue {
        var settled = self
        settled.settle(at: now)
        return settled
    }
}

/// `arn:aws:kinesis:REGION:ACCOUNT:queue/ID`. The id is made with the queue and has nothing of its name.
package struct QueueARN: Sendable, Hashable {
    var account: String
    var region: String
    var id: String

    init(account: String, region: String, id: String) {
        self.account = account
        self.region = region
        self.id = id
    }

    /// Nil for any other text.
    init?(_ text: String) {
        guard let parts = ARN(text), parts.service == "kinesis", parts.resource.hasPrefix("queue/") else { return nil }
        account = parts.account
        region = parts.region
        id = String(parts.resource.dropFirst("queue/".count))
    }

    var text: String { "arn:\(ARN.partition(of: region)):kinesis:\(region):\(account):queue/\(id)" }
}

extension StreamQueue {
    var description: Kinesis.QueueDescription {
        // What was asked for, until it is settled where the queue begins.
        let position = Kinesis.QueueStartingPosition(type: start, timestamp: status == .creating ? asked : began)
        let deadLetters = settings.maximumReceives.map { Kinesis.DeadLetterConfiguration(targetType: "BUILT_IN", maxReceiveCount: $0) }
        return Kinesis.QueueDescription(
            queueName: name,
            queueARN: resource.text,
            queueStatus: status.rawValue,
            queueCreationTimestamp: created,
            streamConfigurationList: [Kinesis.QueueStreamConfiguration(streamARN: stream.arn, startingPosition: position)],
            queueAttributes: Kinesis.QueueAttributes(
                visibilityTimeoutSeconds: settings.visibility,
                deadLetterConfiguration: deadLetters ?? Kinesis.DeadLetterConfiguration(targetType: "NONE")
            )
        )
    }

    var summary: Kinesis.QueueSummary {
        let identifier = Kinesis.QueueStreamIdentifier(
            streamARN: stream.arn,
            streamCreationTimestamp: Timestamp(milliseconds: streamCreated * 1000)
        )
        return Kinesis.QueueSummary(
            queueName: name,
            queueARN: resource.text,
            queueStatus: status.rawValue,
            queueCreationTimestamp: created,
            streams: [identifier]
        )
    }
}

extension StreamQueue.Settings {
    /// Takes over what an input says; what it leaves out stays.
    /// - Throws: `ValidationException` for a dead-letter target without its count.
    mutating func apply(_ attributes: Kinesis.QueueAttributes?) throws(ServiceError) {
        if let seconds = attributes?.visibilityTimeoutSeconds { visibility = seconds }
        guard let configuration = attributes?.deadLetterConfiguration else { return }
        guard configuration.targetType == "BUILT_IN" else {
            guard configuration.maxReceiveCount == nil else {
                throw .Kinesis.validation("MaxReceiveCount cannot be provided when TargetType is NONE.")
            }
            maximumReceives = nil
            return
        }
        guard let count = configuration.maxReceiveCount else {
            throw .Kinesis.validation("MaxReceiveCount must be provided when TargetType is BUILT_IN.")
        }
        maximumReceives = count
    }
}
