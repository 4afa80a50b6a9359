import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    /// Replaces the policy that is there.
    package func putResourcePolicy(_ input: Kinesis.PutResourcePolicyInput, _ call: Call) throws(ServiceError) {
        let resource = try PolicyResource(input.resourceARN, call)
        try ResourcePolicy.check(input.policy, for: resource)
        try change { () throws(ServiceError) in
            try checkIsActive(resource, call)
            try store.write { try PolicyTable($0.database).set(resource.arn, input.policy) }
        }
    }
}
