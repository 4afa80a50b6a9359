import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func describeDatasetGroup(
        _ input: Personalize.DescribeDatasetGroupRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.DescribeDatasetGroupResponse {
        let found = try resources(call) { try $0.described(input.datasetGroupArn, as: Personalize.DatasetGroup.self, call) }
        return Personalize.DescribeDatasetGroupResponse(datasetGroup: found.body)
    }
}
