import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func describeDataDeletionJob(
        _ input: Personalize.DescribeDataDeletionJobRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.DescribeDataDeletionJobResponse {
        let found = try resources(call) { try $0.existing(input.dataDeletionJobArn, as: Personalize.DataDeletionJob.self, call) }
        return Personalize.DescribeDataDeletionJobResponse(dataDeletionJob: found.body)
    }
}
