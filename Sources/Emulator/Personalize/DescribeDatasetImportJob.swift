package import Shapes
package import Wire

extension PersonalizeService {
    package func describeDatasetImportJob(
        _ input: Personalize.DescribeDatasetImportJobRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.DescribeDatasetImportJobResponse {
        let found = try resources(call) { try $0.existing(input.datasetImportJobArn, as: Personalize.DatasetImportJob.self, call) }
        return Personalize.DescribeDatasetImportJobResponse(datasetImportJob: found.body)
    }
}
