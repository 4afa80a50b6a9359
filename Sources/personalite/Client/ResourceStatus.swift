import Wire

/// How a resource that is named by its ARN stands, as its Describe operation says.
struct ResourceStatus {
    var status: String
    var reason: String?

    var hasFailed: Bool { status.hasSuffix("FAILED") || status.hasSuffix("STOPPED") }
    /// A deletion of data has no other good end than COMPLETED.
    var isActive: Bool { status == "ACTIVE" || status == "COMPLETED" }

    /// By the word of the ARN that names the kind: the operation, the member that takes the ARN, and the one that has the answer.
    private static let personalize: [String: (operation: String, input: String, output: String)] = [
        "dataset-group": ("DescribeDatasetGroup", "datasetGroupArn", "datasetGroup"),
        "dataset": ("DescribeDataset", "datasetArn", "dataset"),
        "dataset-import-job": ("DescribeDatasetImportJob", "datasetImportJobArn", "datasetImportJob"),
        "dataset-export-job": ("DescribeDatasetExportJob", "datasetExportJobArn", "datasetExportJob"),
        "data-deletion-job": ("DescribeDataDeletionJob", "dataDeletionJobArn", "dataDeletionJob"),
        "solution": ("DescribeSolution", "solutionArn", "solution"),
        "solution-version": ("DescribeSolutionVersion", "solutionVersionArn", "solutionVersion"),
        "campaign": ("DescribeCampaign", "campaignArn", "campaign"),
        "recommender": ("DescribeRecommender", "recommenderArn", "recommender"),
        "event-tracker": ("DescribeEventTracker", "eventTrackerArn", "eventTracker"),
        "filter": ("DescribeFilter", "filterArn", "filter"),
        "metric-attribution": ("DescribeMetricAttribution", "metricAttributionArn", "metricAttribution"),
        "batch-inference-job": ("DescribeBatchInferenceJob", "batchInferenceJobArn", "batchInferenceJob"),
        "batch-segment-job": ("DescribeBatchSegmentJob", "batchSegmentJobArn", "batchSegmentJob"),
    ]

    /// - Throws: `CommandFault` with the service's refusal, or for an ARN of a kind that has no status.
    static func of(_ arn: String, _ client: ServerClient) throws(CommandFault) -> ResourceStatus {
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn" else { throw CommandFault("\(arn) is no ARN.") }
        let path = parts[5].split(separator: "/")
        switch (parts[2], path.first) {
        case ("kinesis", "stream"?):
            let answer = try client.call("Kinesis_20131202.DescribeStreamSummary", service: "kinesis", [("StreamARN", .string(arn))])
            return ResourceStatus(status: answer["StreamDescriptionSummary"]?["StreamStatus"]?.textIfAny ?? "", reason: nil)
        case ("personalize", let kind?):
            // A version's ARN is its solution's with an id behind it.
            let word = kind == "solution" && path.count > 2 ? "solution-version" : String(kind)
            guard let question = personalize[word] else { throw CommandFault("\(arn) has no status to wait for.") }
            let resource = try client.personalize(question.operation, [(question.input, .string(arn))])[question.output]
            return ResourceStatus(status: resource?["status"]?.textIfAny ?? "", reason: resource?["failureReason"]?.textIfAny)
        default: throw CommandFault("\(arn) has no status to wait for.")
        }
    }
}
