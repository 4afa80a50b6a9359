import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func describeSchema(_ input: Personalize.DescribeSchemaRequest, _ call: Call) throws(ServiceError) -> Personalize.DescribeSchemaResponse {
        let found = try resources(call) { try $0.existing(input.schemaArn, as: Personalize.DatasetSchema.self, call) }
        return Personalize.DescribeSchemaResponse(schema: found.body)
    }
}
