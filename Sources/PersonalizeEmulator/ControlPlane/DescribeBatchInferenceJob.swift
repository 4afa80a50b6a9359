import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func describeBatchInferenceJob(
        _ input: Personalize.DescribeBatchInferenceJobRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.DescribeBatchInferenceJobResponse {
        let found = try resources(call) { try $0.existing(input.batchInferenceJobArn, as: Personalize.BatchInferenceJob.self, call) }
        return Personalize.DescribeBatchInferenceJobResponse(batchInferenceJob: found.body)
    }
}
