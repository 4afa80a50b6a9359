import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    /// A resource without a policy has the empty one.
    package func getResourcePolicy(_ input: Kinesis.GetResourcePolicyInput, _ call: Call) throws(ServiceError) -> Kinesis.GetResourcePolicyOutput {
        let resource = try PolicyResource(input.resourceARN, call)
        try checkPresence(of: resource, call)
        return Kinesis.GetResourcePolicyOutput(policy: try store.read { try PolicyTable($0)[resource.arn] } ?? "{}")
    }
}
