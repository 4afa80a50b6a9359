import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func createSchema(_ input: Personalize.CreateSchemaRequest, _ call: Call) throws(ServiceError) -> Personalize.CreateSchemaResponse {
        _ = try AvroSchema(input.schema)
        let arn = ARN.personalize("schema/\(input.name)", call)
        try resources(call) { table in
            try table.checkIsNew(arn, as: Personalize.DatasetSchema.self)
            try configuration.quotas.check(.schemas, has: try table.list(Personalize.DatasetSchema.self).count)
            let body = Personalize.DatasetSchema(name: input.name, schemaArn: arn, schema: input.schema, domain: input.domain)
            try table.insert(
                body,
                arn: arn,
                lifecycle: Lifecycle(status: .active, due: nil, changed: call.now, step: 0, needsWork: false)
            )
        }
        return Personalize.CreateSchemaResponse(schemaArn: arn)
    }
}
