import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func describeBatchSegmentJob(
        _ input: Personalize.DescribeBatchSegmentJobRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.DescribeBatchSegmentJobResponse {
        let found = try resources(call) { try $0.existing(input.batchSegmentJobArn, as: Personalize.BatchSegmentJob.self, call) }
        return Personalize.DescribeBatchSegmentJobResponse(batchSegmentJob: found.body)
    }
}
