import Recommend
import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func createDatasetExportJob(
        _ input: Personalize.CreateDatasetExportJobRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.CreateDatasetExportJobResponse {
        guard ObjectLocation(input.jobOutput.s3DataDestination.path) != nil else {
            throw .Personalize.invalidInput("Invalid S3 output path")
        }
        let arn = ARN.personalize("dataset-export-job/\(input.jobName)", call)
        try resources(call) { table in
            let dataset = try table.active(input.datasetArn, as: Personalize.Dataset.self, call)
            guard let kind = DatasetKind(dataset.body.datasetType ?? ""), kind != .actions, kind != .actionInteractions else {
                throw ServiceError.Personalize.invalidInput("A dataset of type \(dataset.body.datasetType ?? "") cannot be exported.")
            }
            try table.checkIsNew(arn, as: Personalize.DatasetExportJob.self)
            let body = Personalize.DatasetExportJob(
                jobName: input.jobName,
                datasetExportJobArn: arn,
                datasetArn: dataset.arn,
                ingestionMode: input.ingestionMode ?? "PUT",
                roleArn: input.roleArn,
                jobOutput: input.jobOutput
            )
            let lifecycle = Lifecycle.creating(at: call.now, delay: configuration.jobDelay, needsWork: true)
            try table.insert(body, arn: arn, parent: dataset.arn, lifecycle: lifecycle)
            try table.attach(input.tags, to: arn)
            queue.start(work.export, arn, table, call)
        }
        return Personalize.CreateDatasetExportJobResponse(datasetExportJobArn: arn)
    }
}
