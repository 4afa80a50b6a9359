import ServiceKit
import Shapes
import Synchronization
import Wire

/// How often a stream may be changed within 24 hours of the server's clock; enforced with `--kinesis-limits aws` only.
///
/// Only changes that were made count. They are counted in memory: a restart begins anew.
final class DailyChanges: Sendable {
    enum Change: String, Sendable {
        case shardCount = "UpdateShardCount"
        case mode = "UpdateStreamMode"
        case encryption = "StartStreamEncryption"
        case endOfEncryption = "StopStreamEncryption"

        /// As AWS documents them.
        var most: Int {
            switch self {
            case .shardCount: 10
            case .mode: 2
            case .encryption, .endOfEncryption: 25
            }
        }
    }

    private struct Subject: Hashable {
        var stream: Int64
        var change: Change
    }

    private static let day = 86_400.0
    private let made = Mutex<[Subject: [Timestamp]]>([:])

    /// Whether one more may be made.
    func allows(_ change: Change, of stream: HostedStream, at now: Timestamp) -> Bool {
        let begin = now.advanced(bySeconds: -Self.day)
        return made.withLock { made in
            (made[Subject(stream: stream.id, change: change)] ?? []).count { $0 > begin } < change.most
        }
    }

    func note(_ change: Change, of stream: HostedStream, at now: Timestamp) {
        let begin = now.advanced(bySeconds: -Self.day)
        made.withLock { made in
            // What is over is forgotten, for streams that are gone too.
            made = made.compactMapValues { times in
                let recent = times.filter { $0 > begin }
                return recent.isEmpty ? nil : recent
            }
            made[Subject(stream: stream.id, change: change), default: []].append(now)
        }
    }
}

extension KinesisService {
    /// - Throws: `LimitExceededException` when the stream has had all the changes of this kind that a day allows.
    func checkDaily(_ change: DailyChanges.Change, of stream: HostedStream, _ call: Call) throws(ServiceError) {
        guard configuration.enforcesStreamLimits, !dailyChanges.allows(change, of: stream, at: call.now) else { return }
        throw .rateExceeded(stream: stream.key, hint: "\(change.rawValue) is possible \(change.most) times within 24 hours")
    }

    func noteDaily(_ change: DailyChanges.Change, of stream: HostedStream, _ call: Call) {
        if configuration.enforcesStreamLimits { dailyChanges.note(change, of: stream, at: call.now) }
    }
}
