import Recommend
import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func createDataset(_ input: Personalize.CreateDatasetRequest, _ call: Call) throws(ServiceError) -> Personalize.CreateDatasetResponse {
        guard let kind = DatasetKind(input.datasetType) else {
            throw .Personalize.invalidInput(
                "Invalid dataset type: \(input.datasetType). Valid types are: \(DatasetKind.allCases.map(\.rawValue).joined(separator: ", "))."
            )
        }
        let arn = try resources(call) { table in
            let group = try table.active(input.datasetGroupArn, as: Personalize.DatasetGroup.self, call)
            let schema = try table.existing(input.schemaArn, as: Personalize.DatasetSchema.self, call)
            try Self.check(schema.body, fits: kind, in: group.body)
            let arn = ARN.personalize("dataset/\(group.body.name ?? "")/\(kind.rawValue)", call)
            try table.checkIsNew(arn, as: Personalize.Dataset.self)
            let body = Personalize.Dataset(
                name: input.name,
                datasetArn: arn,
                datasetGroupArn: group.arn,
                datasetType: kind.rawValue,
                schemaArn: schema.arn,
                trackingId: kind == .actionInteractions ? UUIDText.random() : nil
            )
            let dataset = try table.insert(body, arn: arn, parent: group.arn, lifecycle: .creating(at: call.now, delay: configuration.jobDelay))
            try collect(into: dataset, schema: AvroSchema(schema), group: group.id, table)
            try table.attach(input.tags, to: arn)
            served.changed(kind, group: group.id, table)
            return arn
        }
        served.prepare()
        return Personalize.CreateDatasetResponse(datasetArn: arn)
    }

    /// Tells the data plane of a dataset, once the transaction is committed.
    func collect(
        into dataset: Resource<Personalize.Dataset>,
        schema: AvroSchema,
        group: DatasetGroupID,
        _ table: ResourceTable
    ) throws {
        let collector = Serving.IngestionTarget(
            id: dataset.id,
            arn: dataset.arn,
            kind: try dataset.kind,
            group: group,
            lifecycle: dataset.lifecycle,
            schema: schema,
            trackingId: dataset.body.trackingId
        )
        table.afterCommit { [serving] in serving.collect(into: collector, $0) }
    }

    static func check(_ schema: Personalize.DatasetSchema, fits kind: DatasetKind, in group: Personalize.DatasetGroup) throws(ServiceError) {
        guard schema.domain == group.domain else {
            throw .Personalize.invalidInput("The domain of the schema must be the same as the domain of the dataset group.")
        }
        if group.domain != nil, kind == .actions || kind == .actionInteractions {
            throw .Personalize.invalidInput("\(kind.rawValue) datasets are not supported in domain dataset groups.")
        }
        try AvroSchema(schema.schema ?? "").check(fits: kind, domain: group.domain)
    }
}
