import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func describeDataDeletionJob(
        _ input: Personalize.DescribeDataDeletionJobRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.DescribeDataDeletionJobResponse {
        let found = try resources(call) { try $0.existing(input.dataDeletionJobArn, as: Personalize.DataDeletionJob.self, call) }
        var job = found.body
        if !found.lifecycle.status.comesAfterCreation { job.numDeleted = nil }
        return Personalize.DescribeDataDeletionJobResponse(dataDeletionJob: job)
    }
}
