import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func createDatasetImportJob(
        _ input: Personalize.CreateDatasetImportJobRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.CreateDatasetImportJobResponse {
        guard let location = input.dataSource.dataLocation, ObjectLocation(location) != nil else {
            throw .Personalize.invalidInput("Invalid Data location.")
        }
        let arn = ARN.personalize("dataset-import-job/\(input.jobName)", call)
        try resources(call) { table in
            let dataset = try table.active(input.datasetArn, as: Personalize.Dataset.self, call)
            try table.checkIsNew(arn, as: Personalize.DatasetImportJob.self)
            let mode = input.importMode ?? "FULL"
            if input.publishAttributionMetricsToS3 == true { try Self.checkPublishes(dataset, table) }
            if mode == "INCREMENTAL", !datasets.hasBulkRows(dataset.id) {
                throw ServiceError.Personalize.invalidInput("An INCREMENTAL import requires an earlier FULL import into dataset \(dataset.arn).")
            }
            try configuration.quotas.check(
                .pendingImports,
                has: try table.list(Personalize.DatasetImportJob.self).count { !$0.lifecycle.status.isSettled }
            )
            let body = Personalize.DatasetImportJob(
                jobName: input.jobName,
                datasetImportJobArn: arn,
                datasetArn: dataset.arn,
                dataSource: input.dataSource,
                roleArn: input.roleArn,
                importMode: mode,
                publishAttributionMetricsToS3: input.publishAttributionMetricsToS3
            )
            let lifecycle = Lifecycle.creating(at: call.now, delay: configuration.jobDelay, needsWork: true)
            try table.insert(body, arn: arn, parent: dataset.arn, lifecycle: lifecycle)
            try table.attach(input.tags, to: arn)
            queue.start(work.datasetImport, arn, table, call)
        }
        return Personalize.CreateDatasetImportJobResponse(datasetImportJobArn: arn)
    }

    private static func checkPublishes(_ dataset: Resource<Personalize.Dataset>, _ table: ResourceTable) throws {
        guard dataset.body.datasetType == "INTERACTIONS" else {
            throw ServiceError.Personalize.invalidInput("publishAttributionMetricsToS3 is supported for datasets of type INTERACTIONS only.")
        }
        let attribution = try table.list(Personalize.MetricAttribution.self, parent: dataset.parent).first
        guard let attribution, attribution.lifecycle.status == .active, attribution.body.metricsOutputConfig?.s3DataDestination != nil else {
            throw ServiceError.Personalize.invalidInput("publishAttributionMetricsToS3 requires a metric attribution with an S3 output.")
        }
    }
}
