import Wire

/// A dataset group of made-up viewers with a trained campaign and an event tracker, made through the API.
struct SampleCatalogue {
    static let users = 500
    static let items = 2000
    let campaign: String
    let trackingID: String

    static func user(_ number: Int) -> String { "user-\(number % users)" }
    static func item(_ number: Int) -> String { "item-\(number % items)" }

    private static let account = "arn:aws:personalize:us-east-1:000000000000"
    private static let schema = """
        {"type":"record","name":"Interactions","namespace":"com.amazonaws.personalize.schema","fields":[{"name":"USER_ID","type":"string"},\
        {"name":"ITEM_ID","type":"string"},{"name":"TIMESTAMP","type":"long"}],"version":"1.0"}
        """

    init(_ stage: Stage) throws(BenchFault) {
        let client = stage.client
        func create(_ operation: String, _ input: [(String, Document)]) throws(BenchFault) -> Document {
            try client.call("AmazonPersonalize.\(operation)", service: "personalize", input)
        }
        func wait(_ operation: String, _ part: String, _ arn: String) throws(BenchFault) {
            try stage.untilActive { () throws(BenchFault) in try create("Describe\(operation)", [("\(part)Arn", .string(arn))])[part] }
        }
        try client.put("/bench")
        try client.put("/bench/interactions.csv", Self.interactions)
        let group = "\(Self.account):dataset-group/bench"
        _ = try create("CreateDatasetGroup", [("name", .string("bench"))])
        try wait("DatasetGroup", "datasetGroup", group)
        _ = try create("CreateSchema", [("name", .string("bench")), ("schema", .string(Self.schema))])
        let dataset = try create(
            "CreateDataset",
            [
                ("name", .string("bench")), ("schemaArn", .string("\(Self.account):schema/bench")), ("datasetGroupArn", .string(group)),
                ("datasetType", .string("Interactions")),
            ]
        )
        let datasetARN = dataset["datasetArn"]?.textIfAny ?? ""
        try wait("Dataset", "dataset", datasetARN)
        _ = try create(
            "CreateDatasetImportJob",
            [
                ("jobName", .string("bench")), ("datasetArn", .string(datasetARN)), ("roleArn", .string("arn:aws:iam::000000000000:role/bench")),
                ("dataSource", .object(.init([("dataLocation", .string("s3://bench/interactions.csv"))]))),
            ]
        )
        try wait("DatasetImportJob", "datasetImportJob", "\(Self.account):dataset-import-job/bench")
        let tracker = try create("CreateEventTracker", [("name", .string("bench")), ("datasetGroupArn", .string(group))])
        try wait("EventTracker", "eventTracker", tracker["eventTrackerArn"]?.textIfAny ?? "")
        let solution = "\(Self.account):solution/bench"
        _ = try create(
            "CreateSolution",
            [
                ("name", .string("bench")), ("datasetGroupArn", .string(group)),
                ("recipeArn", .string("arn:aws:personalize:::recipe/aws-user-personalization")),
            ]
        )
        try wait("Solution", "solution", solution)
        let version = try create("CreateSolutionVersion", [("solutionArn", .string(solution))])["solutionVersionArn"]?.textIfAny ?? ""
        try wait("SolutionVersion", "solutionVersion", version)
        _ = try create(
            "CreateCampaign",
            [("name", .string("bench")), ("solutionVersionArn", .string(version)), ("minProvisionedTPS", .integer(1))]
        )
        campaign = "\(Self.account):campaign/bench"
        try wait("Campaign", "campaign", campaign)
        trackingID = tracker["trackingId"]?.textIfAny ?? ""
    }

    /// Each viewer has a taste: a range of the catalogue, and now and then something else.
    private static var interactions: [UInt8] {
        var text = "USER_ID,ITEM_ID,TIMESTAMP\n"
        var state: UInt64 = 1
        for user in 0..<users {
            for step in 0..<60 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let draw = Int(state >> 33)
                let item = step % 5 == 4 ? draw % items : (user * 7 + draw % 120) % items
                text += "user-\(user),item-\(item),\(1_700_000_000 + step * 60)\n"
            }
        }
        return Array(text.utf8)
    }
}
