package import ServiceKit
package import Streams
import Synchronization
package import Wire

/// The name of a stream: it is one's own in each account and region.
package struct StreamKey: Hashable, Sendable {
    package var account: String
    package var region: String
    package var name: String

    package init(account: String, region: String, name: String) {
        self.account = account
        self.region = region
        self.name = name
    }

    package var arn: String {
        "arn:\(ARN.partition(of: region)):kinesis:\(region):\(account):stream/\(name)"
    }
}

/// What the service says of a stream and its engine does not know.
package struct StreamFacts: Hashable, Sendable {
    package enum Status: String, Sendable {
        case creating = "CREATING"
        case active = "ACTIVE"
        case updating = "UPDATING"
        case deleting = "DELETING"
        /// Never shown: the stream is not there any more.
        case deleted = "DELETED"

        fileprivate var next: Status {
            switch self {
            case .creating, .active, .updating: .active
            case .deleting, .deleted: .deleted
            }
        }
    }

    package var status: Status
    /// When the status changes by itself; nil while it lasts.
    package var due: Timestamp?
    /// The KMS key, in the words of whoever turned encryption on; nil without encryption.
    package var keyID: String?
    /// Partition key and data of one record together, in KiB.
    package var maxRecordKiB: Int
    /// Whether records are spread over the shards whatever their keys say (`RecordDistributionStrategy` `AUTO`).
    package var spreadsRecords: Bool
    /// The shard-level metrics that were turned on, by name.
    package var metrics: Set<String> = []
    /// What an on-demand stream is kept ready for; nil when that was not asked for.
    var warm: WarmThroughput?

    package init(status: Status, due: Timestamp? = nil, keyID: String? = nil, maxRecordKiB: Int = 1024, spreadsRecords: Bool = false) {
        self.status = status
        self.due = due
        self.keyID = keyID
        self.maxRecordKiB = maxRecordKiB
        self.spreadsRecords = spreadsRecords
    }

    /// Begins a status that lasts `delay` seconds, none at all when that is 0, and in any case until `end`.
    package mutating func enter(_ status: Status, at now: Timestamp, for delay: Double, until end: Timestamp? = nil) {
        self.status = status
        due = max(now.advanced(bySeconds: delay), end ?? now)
        settle(at: now)
    }

    package mutating func settle(at now: Timestamp) {
        guard let due, due <= now else { return }
        status = status.next
        self.due = nil
        if let target = warm?.target { warm?.current = target }
    }
}

/// A stream as the service runs it.
package final class HostedStream: Sendable {
    /// Never used for another stream: the record log knows the stream by it.
    package let id: Int64
    package let key: StreamKey
    package let engine: Streams.Stream
    let figures = StreamFigures()
    let reads = ShardReads()
    let load = OnDemandLoad()
    private let state: Mutex<StreamFacts>

    package init(id: Int64, key: StreamKey, engine: Streams.Stream, facts: StreamFacts) {
        self.id = id
        self.key = key
        self.engine = engine
        state = Mutex(facts)
    }

    package func facts(at now: Timestamp) -> StreamFacts {
        state.withLock { facts in
            facts.settle(at: now)
            return facts
        }
    }

    package func set(_ facts: StreamFacts, _: borrowing Committed) {
        state.withLock { $0 = facts }
    }
}

/// The streams that there are, by what they are looked up with.
struct StreamRegistry: Sendable {
    private(set) var byKey: [StreamKey: HostedStream] = [:]
    private(set) var byID: [Int64: HostedStream] = [:]

    mutating func insert(_ stream: HostedStream, _: borrowing Committed) {
        byKey[stream.key] = stream
        byID[stream.id] = stream
    }

    mutating func remove(_ stream: HostedStream) {
        byID[stream.id] = nil
        if byKey[stream.key] === stream { byKey[stream.key] = nil }
    }

    mutating func removeAll(_: borrowing Committed) {
        byKey = [:]
        byID = [:]
    }

    /// Those of an account and region.
    func all(account: String, region: String) -> [HostedStream] {
        byKey.values.filter { $0.key.account == account && $0.key.region == region }
    }
}
