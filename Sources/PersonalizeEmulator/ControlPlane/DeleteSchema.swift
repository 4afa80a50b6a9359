import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func deleteSchema(_ input: Personalize.DeleteSchemaRequest, _ call: Call) throws(ServiceError) {
        try resources(call) { table in
            let schema = try table.existing(input.schemaArn, as: Personalize.DatasetSchema.self, call)
            let users = try table.list(Personalize.Dataset.self)
            if let user = users.first(where: { $0.body.schemaArn == schema.arn || $0.body.isMoving(to: schema.arn) }) {
                throw ServiceError.inUse(schema.arn, by: user.arn)
            }
            try table.remove(schema)
        }
    }
}

extension Personalize.Dataset {
    /// Whether an update that is under way brings this schema.
    fileprivate func isMoving(to schema: String) -> Bool {
        updateStatus?.isSettled == false && latestDatasetUpdate?.schemaArn == schema
    }
}
