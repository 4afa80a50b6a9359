import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func describeDataset(
        _ input: Personalize.DescribeDatasetRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.DescribeDatasetResponse {
        let found = try resources(call) { try $0.described(input.datasetArn, as: Personalize.Dataset.self, call) }
        return Personalize.DescribeDatasetResponse(dataset: found.body)
    }
}
