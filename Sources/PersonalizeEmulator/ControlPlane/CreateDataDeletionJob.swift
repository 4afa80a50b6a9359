import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func createDataDeletionJob(
        _ input: Personalize.CreateDataDeletionJobRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.CreateDataDeletionJobResponse {
        guard let location = input.dataSource.dataLocation, ObjectLocation(location) != nil else {
            throw .Personalize.invalidInput("Invalid Data location.")
        }
        let arn = ARN.personalize("data-deletion-job/\(input.jobName)", call)
        try resources(call) { table in
            let group = try table.active(input.datasetGroupArn, as: Personalize.DatasetGroup.self, call)
            try table.checkIsNew(arn, as: Personalize.DataDeletionJob.self)
            try configuration.quotas.check(
                .pendingDeletions,
                has: try table.list(Personalize.DataDeletionJob.self, parent: group.arn).count { !$0.lifecycle.status.isSettled }
            )
            let body = Personalize.DataDeletionJob(
                jobName: input.jobName,
                dataDeletionJobArn: arn,
                datasetGroupArn: group.arn,
                dataSource: input.dataSource,
                roleArn: input.roleArn
            )
            let lifecycle = Lifecycle.creating(at: call.now, delay: configuration.jobDelay, needsWork: true)
            try table.insert(body, arn: arn, parent: group.arn, lifecycle: lifecycle)
            try table.attach(input.tags, to: arn)
            queue.start(work.deletion, arn, table, call)
        }
        return Personalize.CreateDataDeletionJobResponse(dataDeletionJobArn: arn)
    }
}
