/// A kind of resource of Personalize that is carried from one place to another: how it is described, and how it is made again.
struct ClonedKind: Equatable {
    /// For people.
    let word: String
    let describe: String
    /// The member that takes and gives its ARN.
    let arn: String
    /// The member of Describe's answer that has it.
    let output: String
    let create: String
    /// What Create takes of what Describe gives.
    let members: [String]
    let takesTags: Bool
    /// Of two that were made in the same moment the lower one is made first.
    let rank: Int

    private init(_ word: String, _ name: String, _ rank: Int, takesTags: Bool = true, arn: String? = nil, _ members: [String]) {
        let member = name.prefix(1).lowercased() + name.dropFirst()
        self.word = word
        describe = "Describe\(name)"
        create = "Create\(name)"
        output = member
        self.arn = arn ?? member + "Arn"
        self.members = members
        self.takesTags = takesTags
        self.rank = rank
    }

    static let schema = ClonedKind("schema", "Schema", 0, takesTags: false, ["name", "schema", "domain"])
    static let group = ClonedKind("data set group", "DatasetGroup", 1, ["name", "domain", "roleArn", "kmsKeyArn"])
    static let dataset = ClonedKind("data set", "Dataset", 2, ["name", "schemaArn", "datasetGroupArn", "datasetType"])
    static let attribution = ClonedKind(
        "metric attribution",
        "MetricAttribution",
        3,
        takesTags: false,
        ["name", "datasetGroupArn", "metricsOutputConfig"]
    )
    static let dataImport = ClonedKind(
        "import",
        "DatasetImportJob",
        4,
        ["jobName", "datasetArn", "dataSource", "roleArn", "importMode", "publishAttributionMetricsToS3"]
    )
    static let solution = ClonedKind(
        "solution",
        "Solution",
        5,
        [
            "name", "performHPO", "performAutoML", "performAutoTraining", "performIncrementalUpdate", "recipeArn", "datasetGroupArn", "eventType",
            "solutionConfig",
        ]
    )
    static let version = ClonedKind("solution version", "SolutionVersion", 6, ["name", "solutionArn", "trainingMode"])
    static let recommender = ClonedKind("recommender", "Recommender", 7, ["name", "datasetGroupArn", "recipeArn", "recommenderConfig"])
    static let filter = ClonedKind("filter", "Filter", 8, ["name", "datasetGroupArn", "filterExpression"])
    static let tracker = ClonedKind("event tracker", "EventTracker", 9, ["name", "datasetGroupArn"])
    static let campaign = ClonedKind("campaign", "Campaign", 10, ["name", "solutionVersionArn", "minProvisionedTPS", "campaignConfig"])
}
