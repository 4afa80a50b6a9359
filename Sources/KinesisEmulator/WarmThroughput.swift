import ServiceKit
import Shapes
import Wire

/// The throughput that an on-demand stream is kept ready for, in MiB a second: kept and shown, for nothing here has to warm up.
struct WarmThroughput: Hashable, Sendable {
    var target: Int
    /// The target before, until the stream is ACTIVE again.
    var current: Int

    /// 10 GiB a second.
    static let maximum = 10_240

    var output: Kinesis.WarmThroughputObject {
        Kinesis.WarmThroughputObject(targetMiBps: target, currentMiBps: current)
    }
}

extension KinesisService {
    /// - Throws: `ValidationException` without the mode or the commitment that warm throughput asks for, `InvalidArgumentException` for too much.
    func checkWarmThroughput(_ wanted: Int, isOnDemand: Bool, _ call: Call) throws(ServiceError) {
        guard isOnDemand else { throw .Kinesis.validation("WarmThroughputMiBps can only be provided for a stream in ON_DEMAND mode.") }
        let commitment = try store.read { try BillingCommitment($0, call) }
        guard commitment.isEnabled(at: call.now) else {
            throw .Kinesis.validation(
                "WarmThroughputMiBps can only be provided when MinimumThroughputBillingCommitment is enabled for account \(call.account)."
            )
        }
        guard wanted <= WarmThroughput.maximum else {
            throw .Kinesis.invalidArgument("WarmThroughputMiBps \(wanted) is more than the maximum of \(WarmThroughput.maximum).")
        }
    }
}
