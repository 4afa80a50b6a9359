import Wire

/// A dataset group of a hundred thousand items with metadata, a trained campaign and filters, made through the API.
struct LargeCatalogue {
    static let users = 2000
    static let items = 100_000
    let campaign: String
    /// Of one genre, below a price, without what the user has seen.
    let filter: String

    static func user(_ number: Int) -> String { "user-\(number % users)" }

    private static let account = "arn:aws:personalize:us-east-1:000000000000"
    private static let interactionFields = """
        {"name":"USER_ID","type":"string"},{"name":"ITEM_ID","type":"string"},{"name":"TIMESTAMP","type":"long"},{"name":"EVENT_TYPE","type":"string"}
        """
    private static let itemFields = """
        {"name":"ITEM_ID","type":"string"},{"name":"GENRE","type":["null","string"],"categorical":true},{"name":"PRICE","type":"float"},\
        {"name":"YEAR","type":"int"}
        """
    static let genres = ["Comedy", "Drama", "Horror", "Western", "Noir", "Musical", "Mystery", "War", "Romance", "Animation"]

    init(_ stage: Stage) throws(BenchFault) {
        func create(_ operation: String, _ input: [(String, Document)]) throws(BenchFault) -> Document {
            try stage.client.call("AmazonPersonalize.\(operation)", service: "personalize", input)
        }
        func wait(_ operation: String, _ part: String, _ arn: String) throws(BenchFault) {
            try stage.untilActive { () throws(BenchFault) in try create("Describe\(operation)", [("\(part)Arn", .string(arn))])[part] }
        }
        func load(_ kind: String, _ fields: String, _ csv: [UInt8]) throws(BenchFault) {
            let schema = #"{"type":"record","name":"\#(kind)","namespace":"n","fields":[\#(fields)],"version":"1.0"}"#
            try stage.client.put("/large/\(kind).csv", csv)
            _ = try create("CreateSchema", [("name", .string("large-\(kind)")), ("schema", .string(schema))])
            let dataset = try create(
                "CreateDataset",
                [
                    ("name", .string("large-\(kind)")), ("schemaArn", .string("\(Self.account):schema/large-\(kind)")),
                    ("datasetGroupArn", .string("\(Self.account):dataset-group/large")), ("datasetType", .string(kind)),
                ]
            )
            _ = try create(
                "CreateDatasetImportJob",
                [
                    ("jobName", .string("large-\(kind)")), ("datasetArn", dataset["datasetArn"] ?? .null),
                    ("roleArn", .string("arn:aws:iam::000000000000:role/bench")),
                    ("dataSource", .object(.init([("dataLocation", .string("s3://large/\(kind).csv"))]))),
                ]
            )
            try wait("DatasetImportJob", "datasetImportJob", "\(Self.account):dataset-import-job/large-\(kind)")
        }
        try stage.client.put("/large")
        _ = try create("CreateDatasetGroup", [("name", .string("large"))])
        try load("Interactions", Self.interactionFields, Self.interactions)
        try load("Items", Self.itemFields, Self.itemRows)
        let recipe = "arn:aws:personalize:::recipe/aws-user-personalization"
        let group = Document.string("\(Self.account):dataset-group/large")
        _ = try create("CreateSolution", [("name", .string("large")), ("datasetGroupArn", group), ("recipeArn", .string(recipe))])
        let version = try create("CreateSolutionVersion", [("solutionArn", .string("\(Self.account):solution/large"))])["solutionVersionArn"]
        try wait("SolutionVersion", "solutionVersion", version?.textIfAny ?? "")
        _ = try create("CreateCampaign", [("name", .string("large")), ("solutionVersionArn", version ?? .null)])
        campaign = "\(Self.account):campaign/large"
        let expression = """
            INCLUDE ItemID WHERE Items.GENRE IN ($GENRE) AND Items.PRICE < $MOST | EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("watch")
            """
        _ = try create("CreateFilter", [("name", .string("large")), ("datasetGroupArn", group), ("filterExpression", .string(expression))])
        filter = "\(Self.account):filter/large"
    }

    /// Numbers without a pattern, the same in every run.
    private struct Draws {
        private var state: UInt64 = 1

        mutating func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
    }

    /// Each viewer has a taste: a range of the catalogue, and now and then something else.
    private static var interactions: [UInt8] {
        var text = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n"
        var draws = Draws()
        for user in 0..<users {
            for step in 0..<100 {
                let draw = draws.next(items)
                let item = step % 5 == 4 ? draw : (user * 50 + draw % 400) % items
                text += "user-\(user),item-\(item),\(1_700_000_000 + step * 60),\(step % 2 == 0 ? "watch" : "click")\n"
            }
        }
        return Array(text.utf8)
    }

    private static var itemRows: [UInt8] {
        var text = "ITEM_ID,GENRE,PRICE,YEAR\n"
        var draws = Draws()
        for item in 0..<items {
            let genre = genres[draws.next(10)] + (draws.next(3) == 0 ? "|" + genres[draws.next(10)] : "")
            text += "item-\(item),\(draws.next(20) == 0 ? "" : genre),\(draws.next(10_000)).5,\(1950 + draws.next(75))\n"
        }
        return Array(text.utf8)
    }
}
