import ServiceKit
import Shapes
import Streams
import Synchronization
import Wire

/// How many streams of an account may be in on-demand mode in a region; enforced with `--kinesis-limits aws` only.
extension KinesisService {
    /// AWS's default.
    static let maximumOnDemandStreams = 50

    func onDemandStreams(_ call: Call) -> Int {
        registry.withLock { $0.all(account: call.account, region: call.region) }
            .count { $0.engine.mode == .onDemand && $0.facts(at: call.now).status != .deleted }
    }

    /// - Throws: `LimitExceededException` when one more would be too many.
    func checkOnDemandQuota(_ call: Call) throws(ServiceError) {
        guard configuration.enforcesStreamLimits else { return }
        let count = onDemandStreams(call)
        guard count >= Self.maximumOnDemandStreams else { return }
        throw .Kinesis.limitExceeded(
            """
            This request would exceed the on-demand stream limit for the account \(call.account) in \(call.region). \
            Current on-demand stream count for the account: \(count). Limit: \(Self.maximumOnDemandStreams).
            """
        )
    }
}
