import ServiceKit
import Shapes
import Wire

/// A registered reader of a stream with a throughput of its own.
package struct StreamConsumer: Sendable, Equatable {
    enum Status: String, Sendable {
        case creating = "CREATING"
        case active = "ACTIVE"
        case deleting = "DELETING"
        /// Never shown: the consumer is not there any more.
        case deleted = "DELETED"
    }

    var stream: StreamKey
    var name: String
    /// Epoch seconds; they tell the consumer from an older one of the same name.
    var created: Int64
    var status: Status
    /// When the status changes by itself; nil while it lasts.
    var due: Timestamp?

    var arn: String { "\(stream.arn)/consumer/\(name):\(created)" }

    /// Begins a status that lasts `delay` seconds, none at all when that is 0.
    mutating func enter(_ status: Status, at now: Timestamp, for delay: Double) {
        self.status = status
        due = now.advanced(bySeconds: delay)
        settle(at: now)
    }

    mutating func settle(at now: Timestamp) {
        guard let due, due <= now else { return }
        status = status == .creating ? .active : .deleted
        self.due = nil
    }

    func settled(at now: Timestamp) -> StreamConsumer {
        var settled = self
        settled.settle(at: now)
        return settled
    }
}

/// A consumer as its ARN names it; it need not be there.
struct ConsumerName: Sendable, Hashable {
    var stream: StreamKey
    var name: String
    /// Epoch seconds.
    var created: Int64

    init(_ consumer: StreamConsumer) {
        stream = consumer.stream
        name = consumer.name
        created = consumer.created
    }

    /// `arn:aws:kinesis:REGION:ACCOUNT:stream/STREAM/consumer/NAME:SECONDS`; nil for any other text.
    init?(arn: String) {
        guard let parts = ARN(arn), parts.service == "kinesis" else { return nil }
        let path = parts.resource.split(separator: "/", omittingEmptySubsequences: false)
        guard path.count == 4, path[0] == "stream", path[2] == "consumer" else { return nil }
        let consumer = path[3].split(separator: ":", omittingEmptySubsequences: false)
        guard consumer.count == 2, !consumer[0].isEmpty, let created = Int64(consumer[1]) else { return nil }
        stream = StreamKey(account: parts.account, region: parts.region, name: String(path[1]))
        name = String(consumer[0])
        self.created = created
    }
}

extension Kinesis.Consumer {
    init(_ consumer: StreamConsumer) {
        self.init(
            consumerName: consumer.name,
            consumerARN: consumer.arn,
            consumerStatus: consumer.status.rawValue,
            consumerCreationTimestamp: Timestamp(milliseconds: consumer.created * 1000)
        )
    }
}
