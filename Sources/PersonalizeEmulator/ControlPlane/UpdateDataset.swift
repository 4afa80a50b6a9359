import Recommend
import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func updateDataset(_ input: Personalize.UpdateDatasetRequest, _ call: Call) throws(ServiceError) -> Personalize.UpdateDatasetResponse {
        try resources(call) { table in
            let dataset = try table.changeable(input.datasetArn, as: Personalize.Dataset.self, in: [.active], call)
            let group = try table.existing(dataset.body.datasetGroupArn ?? "", as: Personalize.DatasetGroup.self, call)
            let old = try table.existing(dataset.body.schemaArn ?? "", as: Personalize.DatasetSchema.self, call)
            let schema = try table.existing(input.schemaArn, as: Personalize.DatasetSchema.self, call)
            guard let kind = DatasetKind(dataset.body.datasetType ?? ""), kind == .items || kind == .users else {
                throw ServiceError.Personalize.invalidInput("The schema of a dataset of type \(dataset.body.datasetType ?? "") cannot be replaced.")
            }
            try Self.check(schema.body, fits: kind, in: group.body)
            try AvroSchema(schema.body.schema ?? "").check(extends: AvroSchema(old.body.schema ?? ""))
            _ = try table.begin(
                Personalize.DatasetUpdateSummary(schemaArn: schema.arn),
                of: dataset,
                parent: dataset.parent,
                model: nil,
                lifecycle: .creating(at: call.now, delay: configuration.jobDelay)
            )
            try collect(into: dataset, schema: AvroSchema(schema), group: group.id, table)
            served.changed(kind, group: group.id, table)
        }
        served.prepare()
        return Personalize.UpdateDatasetResponse(datasetArn: input.datasetArn)
    }
}

extension AvroSchema {
    /// A dataset's new schema has every field of the old one as it was, and what it adds may be null: rows that are there stay as they are.
    func check(extends old: AvroSchema) throws(ServiceError) {
        for field in old.fields {
            guard let kept = self[field.name] else { throw Self.invalid("the field \(field.name) of the dataset's schema is missing") }
            guard kept == field else { throw Self.invalid("the field \(field.name) differs from the dataset's schema") }
        }
        for field in fields where old[field.name] == nil && !field.isNullable {
            throw Self.invalid("the new field \(field.name) must be allowed to be null")
        }
    }
}
