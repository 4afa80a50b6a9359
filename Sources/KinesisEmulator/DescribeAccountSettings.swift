import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    package func describeAccountSettings(
        _ input: Kinesis.DescribeAccountSettingsInput,
        _ call: Call
    ) throws(ServiceError) -> Kinesis.DescribeAccountSettingsOutput {
        let commitment = try store.read { try BillingCommitment($0, call) }
        return Kinesis.DescribeAccountSettingsOutput(minimumThroughputBillingCommitment: commitment.output(at: call.now))
    }
}
