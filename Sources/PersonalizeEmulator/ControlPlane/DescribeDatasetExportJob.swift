import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func describeDatasetExportJob(
        _ input: Personalize.DescribeDatasetExportJobRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.DescribeDatasetExportJobResponse {
        let found = try resources(call) { try $0.existing(input.datasetExportJobArn, as: Personalize.DatasetExportJob.self, call) }
        return Personalize.DescribeDatasetExportJobResponse(datasetExportJob: found.body)
    }
}
