package import Shapes
package import Wire

extension KinesisService {
    package func updateAccountSettings(
        _ input: Kinesis.UpdateAccountSettingsInput,
        _ call: Call
    ) throws(ServiceError) -> Kinesis.UpdateAccountSettingsOutput {
        let commitment = try store.write { database in
            var commitment = try BillingCommitment(database, call)
            if input.minimumThroughputBillingCommitment.status == "ENABLED" {
                commitment.enable(at: call.now)
            } else {
                commitment.disable(at: call.now)
            }
            try commitment.save(database, call)
            return commitment
        }
        return Kinesis.UpdateAccountSettingsOutput(minimumThroughputBillingCommitment: commitment.output(at: call.now))
    }
}
