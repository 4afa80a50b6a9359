/// The services that are here: for `/_personalite/health`, `/_personalite/fidelity`, and the rules of faults.
enum HostedServices {
    struct Service: Sendable {
        /// As rules of faults name it; the same as in signatures, but for the parts of Personalize.
        var name: String
        var title: String
        /// The page that says how true it is.
        var page: String
    }

    static let all = [
        Service(name: "apigateway", title: "Amazon API Gateway, its REST APIs", page: "docs/fidelity-apigateway.md"),
        Service(name: "cloudformation", title: "AWS CloudFormation", page: "docs/fidelity-cloudformation.md"),
        Service(name: "events", title: "Amazon EventBridge", page: "docs/fidelity-eventbridge.md"),
        Service(name: "firehose", title: "Amazon Data Firehose", page: "docs/fidelity-firehose.md"),
        Service(name: "iam", title: "AWS Identity and Access Management", page: "docs/fidelity-identity.md"),
        Service(name: "kinesis", title: "Amazon Kinesis Data Streams", page: "docs/fidelity-kinesis.md"),
        Service(name: "lambda", title: "AWS Lambda", page: "docs/fidelity-lambda.md"),
        Service(name: "logs", title: "Amazon CloudWatch Logs", page: "docs/fidelity-logs.md"),
        Service(name: "monitoring", title: "Amazon CloudWatch", page: "docs/fidelity-cloudwatch.md"),
        Service(name: "personalize", title: "Amazon Personalize", page: "docs/fidelity.md"),
        Service(name: "personalize-events", title: "Amazon Personalize Events", page: "docs/fidelity.md"),
        Service(name: "personalize-runtime", title: "Amazon Personalize Runtime", page: "docs/fidelity-runtime.md"),
        Service(name: "s3", title: "Amazon Simple Storage Service", page: "docs/fidelity-s3.md"),
        Service(name: "ssm", title: "AWS Systems Manager, its parameter store", page: "docs/fidelity-identity.md"),
        Service(name: "sts", title: "AWS Security Token Service", page: "docs/fidelity-identity.md"),
    ]

    static var names: [String] { all.map(\.name) }
}
