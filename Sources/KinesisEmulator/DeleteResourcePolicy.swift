import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    package func deleteResourcePolicy(_ input: Kinesis.DeleteResourcePolicyInput, _ call: Call) throws(ServiceError) {
        let resource = try PolicyResource(input.resourceARN, call)
        try change { () throws(ServiceError) in
            try checkPresence(of: resource, call)
            guard try store.write({ try PolicyTable($0.database).remove(resource.arn) }) else {
                throw .Kinesis.resourceNotFound("No resource policy found for resource ARN \(resource.arn).")
            }
        }
    }
}
