package import Shapes
package import Wire

extension PersonalizeService {
    package func deleteSchema(_ input: Personalize.DeleteSchemaRequest, _ call: Call) throws(ServiceError) {
        try resources(call) { table in
            let schema = try table.existing(input.schemaArn, as: Personalize.DatasetSchema.self, call)
            if let user = try table.list(Personalize.Dataset.self).first(where: { $0.body.schemaArn == schema.arn }) {
                throw ServiceError.inUse(schema.arn, by: user.arn)
            }
            try table.remove(schema)
        }
    }
}
