import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func describeDatasetImportJob(
        _ input: Personalize.DescribeDatasetImportJobRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.DescribeDatasetImportJobResponse {
        let (found, hint) = try resources(call) { table in
            let found = try table.existing(input.datasetImportJobArn, as: Personalize.DatasetImportJob.self, call)
            return (found, try table.hint(of: found.arn))
        }
        if let hint { call.acknowledgement.hints(hint) }
        return Personalize.DescribeDatasetImportJobResponse(datasetImportJob: found.body)
    }
}
