@testable import Emulator
@testable import PersonalizeEmulator
@testable import S3Emulator
@testable import ServiceKit

extension TransitionTests {
    /// Jobs stand in the way of what they read and write until they are done, and of nothing else.
    static let jobs: [Subject] = [
        subject(
            "dataset-import-job",
            "dataset-import-job/j",
            "datasetImportJob",
            [
                Event(operation: "DeleteDataset", body: #"{"datasetArn":"\#(PersonalizeHarness.dataset)"}"#, allowed: settled),
                Event(
                    operation: "CreateDatasetExportJob",
                    body: """
                        {"jobName":"n","datasetArn":"\(PersonalizeHarness.dataset)",\(role),\
                        "jobOutput":{"s3DataDestination":{"path":"s3://b/"}}}
                        """,
                    allowed: all
                ),
            ]
        ),
        subject(
            "dataset-export-job",
            "dataset-export-job/e",
            "datasetExportJob",
            [Event(operation: "DeleteDataset", body: #"{"datasetArn":"\#(PersonalizeHarness.dataset)"}"#, allowed: settled)]
        ),
        subject(
            "data-deletion-job",
            "data-deletion-job/d",
            "dataDeletionJob",
            [Event(operation: "DeleteDataset", body: #"{"datasetArn":"\#(PersonalizeHarness.dataset)"}"#, allowed: settled)]
        ),
        subject(
            "batch-inference-job",
            "batch-inference-job/b",
            "batchInferenceJob",
            [
                Event(operation: "DeleteFilter", body: #"{"filterArn":"\#(arn("filter/f"))"}"#, allowed: settled),
                Event(operation: "DeleteSolution", body: #"{"solutionArn":"\#(arn("solution/batch"))"}"#, allowed: settled),
            ]
        ),
        subject(
            "batch-segment-job",
            "batch-segment-job/s",
            "batchSegmentJob",
            [Event(operation: "DeleteSolution", body: #"{"solutionArn":"\#(arn("solution/segments"))"}"#, allowed: settled)]
        ),
    ]

    /// Kinds without tags.
    static let untagged: [Subject] = [
        Subject(
            kind: "metric-attribution",
            arn: arn("metric-attribution/m"),
            events: [
                Event(
                    operation: "DescribeMetricAttribution",
                    body: #"{"metricAttributionArn":"\#(arn("metric-attribution/m"))"}"#,
                    allowed: all
                ),
                Event(
                    operation: "ListMetricAttributionMetrics",
                    body: #"{"metricAttributionArn":"\#(arn("metric-attribution/m"))"}"#,
                    allowed: all
                ),
                Event(
                    operation: "UpdateMetricAttribution",
                    body: """
                        {"metricAttributionArn":"\(arn("metric-attribution/m"))",\
                        "addMetrics":[{"eventType":"e","metricName":"more","expression":"SAMPLECOUNT()"}]}
                        """,
                    allowed: [.active]
                ),
                Event(
                    operation: "DeleteMetricAttribution",
                    body: #"{"metricAttributionArn":"\#(arn("metric-attribution/m"))"}"#,
                    allowed: settled
                ),
                Event(
                    operation: "TagResource",
                    body: #"{"resourceArn":"\#(arn("metric-attribution/m"))","tags":[{"tagKey":"k","tagValue":"v"}]}"#,
                    allowed: [],
                    otherwise: "InvalidInputException"
                ),
            ]
        ),
        // A schema has no status; what counts is that of the dataset that uses it: none sets it free before the dataset is gone.
        Subject(
            kind: "schema",
            arn: arn("dataset/films/USERS"),
            events: [
                Event(operation: "DescribeSchema", body: #"{"schemaArn":"\#(arn("schema/users"))"}"#, allowed: all),
                Event(operation: "DeleteSchema", body: #"{"schemaArn":"\#(arn("schema/users"))"}"#, allowed: []),
                Event(operation: "DeleteSchema", body: #"{"schemaArn":"\#(arn("schema/idle"))"}"#, allowed: all),
                Event(
                    operation: "TagResource",
                    body: #"{"resourceArn":"\#(arn("schema/users"))","tags":[{"tagKey":"k","tagValue":"v"}]}"#,
                    allowed: [],
                    otherwise: "InvalidInputException"
                ),
            ]
        ),
    ]
}
