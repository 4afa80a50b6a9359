import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    package func updateAccountSettings(
        _ input: Kinesis.UpdateAccountSettingsInput,
        _ call: Call
    ) throws(ServiceError) -> Kinesis.UpdateAccountSettingsOutput {
        let commitment = try store.write { transaction in
            var commitment = try BillingCommitment(transaction.database, call)
            if input.minimumThroughputBillingCommitment.status == "ENABLED" {
                commitment.enable(at: call.now)
            } else {
                commitment.disable(at: call.now)
            }
            try commitment.save(transaction.database, call)
            return commitment
        }
        return Kinesis.UpdateAccountSettingsOutput(minimumThroughputBillingCommitment: commitment.output(at: call.now))
    }
}
