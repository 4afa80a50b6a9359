import Recommend
import Shapes
import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import S3Emulator
@testable import ServiceKit

/// Every custom recipe through the control plane, and every block of solutionConfig.
@Suite struct RecipeTests {
    private static let items =
        #"{"name":"ITEM_ID","type":"string"},{"name":"GENRE","type":["null","string"],"categorical":true},{"name":"PRICE","type":"float"},"#
        + #"{"name":"NAME","type":"string","itemName":true},"#
        + #"{"name":"TEXT","type":["null","string"],"textual":true}"#

    /// A group with interactions and items.
    private func harness() throws -> PersonalizeHarness {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        try harness.importInteractions(PersonalizeHarness.walks())
        try harness.makeSchema("items", "Items", Self.items)
        let dataset = try harness.ask(
            "CreateDataset",
            #"{"name":"i","schemaArn":"\#(harness.schema("items"))","datasetGroupArn":"\#(PersonalizeHarness.group)","datasetType":"Items"}"#
        ).required("datasetArn").text
        let rows = (0..<40).map { "i\($0),g\($0 % 4),\($0).5,film \($0),a film about thing \($0 % 7)" }
        harness.objects.put("bucket", "items.csv", Array(("ITEM_ID,GENRE,PRICE,NAME,TEXT\n" + rows.joined(separator: "\n") + "\n").utf8))
        try harness.ask(
            "CreateDatasetImportJob",
            #"{"jobName":"items","datasetArn":"\#(dataset)","dataSource":{"dataLocation":"s3://bucket/items.csv"}}"#
        )
        harness.jobs.drain()
        return harness
    }

    private func body(_ recipe: String, _ more: String = "") -> String {
        #"{"name":"s","datasetGroupArn":"\#(PersonalizeHarness.group)","recipeArn":"arn:aws:personalize:::recipe/\#(recipe)"\#(more)}"#
    }

    private func trained(_ harness: PersonalizeHarness, _ recipe: String, _ more: String = "", mode: String = "FULL") throws -> Document {
        try harness.ask("CreateSolution", body(recipe, more))
        let version = try harness.ask("CreateSolutionVersion", #"{"solutionArn":"arn:aws:personalize:us-east-1:000000000000:solution/s"}"#)
        harness.jobs.drain()
        return try harness.ask("DescribeSolutionVersion", JSON.text(version)).required("solutionVersion")
    }

    @Test(arguments: Recommend.Recipe.allCases.filter { $0 != .nextBestAction && $0 != .hrnnColdstart })
    func `every recipe is trained and has figures`(recipe: Recommend.Recipe) throws {
        let harness = try harness()
        let version = try trained(harness, recipe.rawValue)
        #expect(version["status"] == .string("ACTIVE"), "\(version["failureReason"] ?? .null)")
        let arn = version.required("solutionVersionArn").text
        let metrics = try harness.ask("GetSolutionMetrics", #"{"solutionVersionArn":"\#(arn)"}"#).required("metrics").dictionary(\.number)
        #expect(metrics["coverage"] != nil)
        if recipe.family == .segments { #expect(metrics["hits_at_1_percent"] != nil && metrics["recall_at_1_percent"] != nil) }
        if recipe == .trendingNow { #expect(metrics["trend_prediction_accuracy"] != nil) }
        let campaign = harness.refusal("CreateCampaign", #"{"name":"c","solutionVersionArn":"\#(arn)"}"#)
        #expect((campaign == nil) == (recipe.family != .segments))
    }

    @Test(arguments: [#","itemName":true"#, #","textual":true"#])
    func `semantic similarity needs a name and a text of items`(attribute: String) throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        try harness.importInteractions(PersonalizeHarness.walks())
        try harness.makeSchema("items", "Items", #"{"name":"ITEM_ID","type":"string"},{"name":"TEXT","type":"string"\#(attribute)}"#)
        let dataset = try harness.ask(
            "CreateDataset",
            #"{"name":"i","schemaArn":"\#(harness.schema("items"))","datasetGroupArn":"\#(PersonalizeHarness.group)","datasetType":"Items"}"#
        ).required("datasetArn").text
        harness.objects.put("bucket", "items.csv", Array(("ITEM_ID,TEXT\n" + (0..<40).map { "i\($0),word\($0 % 7)\n" }.joined()).utf8))
        try harness.ask(
            "CreateDatasetImportJob",
            #"{"jobName":"items","datasetArn":"\#(dataset)","dataSource":{"dataLocation":"s3://bucket/items.csv"}}"#
        )
        harness.jobs.drain()
        let version = try trained(harness, "aws-semantic-similarity")
        #expect(version["status"] == .string("CREATE FAILED"))
        let reason = "The recipe aws-semantic-similarity requires an Items dataset with an itemName field and a textual field."
        #expect(version["failureReason"] == .string(reason))
    }

    @Test(arguments: [
        ("Users", #"{"name":"USER_ID","type":"string"},{"name":"N","type":"string","itemName":true}"#),
        ("Items", #"{"name":"ITEM_ID","type":"string"},{"name":"N","type":"int","itemName":true}"#),
        (
            "Items",
            #"{"name":"ITEM_ID","type":"string"},{"name":"N","type":"string","itemName":true},{"name":"M","type":"string","itemName":true}"#
        ),
    ])
    func `a name of items is one text, of items`(kind: String, fields: String) throws {
        let harness = try PersonalizeHarness()
        try harness.ask("CreateDatasetGroup", #"{"name":"films"}"#)
        #expect(throws: ServiceError.self) {
            try harness.makeSchema("s", kind, fields)
            let schema = harness.schema("s")
            let body = #"{"name":"i","schemaArn":"\#(schema)","datasetGroupArn":"\#(PersonalizeHarness.group)","datasetType":"\#(kind)"}"#
            try harness.ask("CreateDataset", body)
        }
    }

    @Test func `a version shows an empty configuration when none was given, and a time above none`() throws {
        let harness = try harness()
        let version = try trained(harness, "aws-user-personalization")
        #expect(version["solutionConfig"] == .object(Document.Fields()))
        #expect(version["trainingHours"]?.numberIfAny == 0.001)
        let solution = try harness.ask("DescribeSolution", #"{"solutionArn":"arn:aws:personalize:us-east-1:000000000000:solution/s"}"#)
        #expect(solution.required("solution")["solutionConfig"] == nil)
        try harness.ask("DeleteSolution", #"{"solutionArn":"arn:aws:personalize:us-east-1:000000000000:solution/s"}"#)
        #expect(try trained(harness, "aws-item-attribute-affinity")["solutionConfig"] == nil)
    }

    @Test(arguments: [(0.0, 0.001), (1.7, 0.001), (5.4, 0.002), (3862.8, 1.073)])
    func `hours of training have three decimals`(seconds: Double, hours: Double) {
        #expect(TrainingWork.trainingHours(seconds) == hours)
    }

    @Test func `next best action needs its datasets`() throws {
        let harness = try harness()
        let version = try trained(harness, "aws-next-best-action")
        #expect(version["status"] == .string("CREATE FAILED"))
        #expect(version["failureReason"] == .string("The dataset group has no Actions."))
    }

    @Test func `a search of hyperparameters shows what it chose`() throws {
        let harness = try harness()
        let config = """
            ,"performHPO":true,"solutionConfig":{"hpoConfig":{"hpoResourceConfig":{"maxNumberOfTrainingJobs":"3","maxParallelTrainingJobs":"2"},\
            "algorithmHyperParameterRanges":{"integerHyperParameterRanges":[{"name":"bptt","minValue":4,"maxValue":8}]}}}
            """
        let version = try trained(harness, "aws-user-personalization", config)
        #expect(version["status"] == .string("ACTIVE"))
        let tuned = try #require(version["tunedHPOParams"]?["algorithmHyperParameters"]).dictionary(\.text)
        #expect(tuned.keys.sorted() == ["bptt"])
        #expect((4...8).contains(Int(tuned["bptt"] ?? "") ?? 0))
    }

    @Test func `weights, objective and columns are honoured`() throws {
        let harness = try harness()
        let weights = #","solutionConfig":{"eventsConfig":{"eventParametersList":[{"eventType":"watch","weight":0.5}]}}"#
        let weighted = try trained(harness, "aws-user-personalization-v2", weights)
        #expect(weighted["status"] == .string("ACTIVE"))
        let arn = weighted.required("solutionVersionArn").text
        let metrics = try harness.ask("GetSolutionMetrics", #"{"solutionVersionArn":"\#(arn)"}"#).required("metrics").dictionary(\.number)
        #expect(metrics["normalized_discounted_cumulative_gain_with_event_weights_at_10"] != nil)
        try harness.ask("DeleteSolution", #"{"solutionArn":"arn:aws:personalize:us-east-1:000000000000:solution/s"}"#)
        let objective = #","solutionConfig":{"optimizationObjective":{"itemAttribute":"PRICE","objectiveSensitivity":"HIGH"}}"#
        let rewarded = try trained(harness, "aws-user-personalization", objective)
        let rewards = try harness.ask("GetSolutionMetrics", #"{"solutionVersionArn":"\#(rewarded.required("solutionVersionArn").text)"}"#)
        #expect(rewards.required("metrics").dictionary(\.number)["average_rewards_at_10"] != nil)
        try harness.ask("DeleteSolution", #"{"solutionArn":"arn:aws:personalize:us-east-1:000000000000:solution/s"}"#)
        let columns = #","solutionConfig":{"trainingDataConfig":{"includedDatasetColumns":{"Items":["GENRE"]}}}"#
        #expect(try trained(harness, "aws-similar-items", columns)["status"] == .string("ACTIVE"))
        let subject = try harness.service.resources(harness.call()) { table in
            let version = try table.list(Personalize.SolutionVersion.self).last
            return try TrainingSubject(#require(version), table, harness.call())
        }
        #expect(try harness.service.work.training.trainer.request(subject).excludedColumns == [.items: ["PRICE", "NAME", "TEXT"]])
    }

    @Test func `UPDATE refreshes the newest full version`() throws {
        let harness = try harness()
        let update = #"{"solutionArn":"arn:aws:personalize:us-east-1:000000000000:solution/s","trainingMode":"UPDATE"}"#
        try harness.ask("CreateSolution", body("aws-user-personalization"))
        #expect(harness.refusal("CreateSolutionVersion", update)?.code == "InvalidInputException")
        try harness.ask("CreateSolutionVersion", #"{"solutionArn":"arn:aws:personalize:us-east-1:000000000000:solution/s","name":"full"}"#)
        harness.jobs.drain()
        try harness.importInteractions(PersonalizeHarness.walks(items: 60), job: "more")
        let version = try harness.ask("CreateSolutionVersion", update)
        harness.jobs.drain()
        let described = try harness.ask("DescribeSolutionVersion", JSON.text(version)).required("solutionVersion")
        #expect(described["status"] == .string("ACTIVE"))
        #expect(described["trainingMode"] == .string("UPDATE"))
    }

    @Test(arguments: [
        ("aws-user-personalization", #","performAutoML":true"#), ("aws-sims-none", ""), ("aws-vod-top-picks", ""),
        ("aws-popularity-count", #","performHPO":true"#), ("aws-user-personalization-v2", #","performHPO":true"#),
        ("aws-sims", #","performIncrementalUpdate":true"#), ("aws-sims", #","solutionConfig":{"hpoConfig":{}}"#),
        ("aws-sims", #","solutionConfig":{"autoMLConfig":{}}"#),
        ("aws-sims", #","performAutoTraining":false,"solutionConfig":{"autoTrainingConfig":{"schedulingExpression":"rate(2 days)"}}"#),
        ("aws-sims", #","solutionConfig":{"eventsConfig":{"eventParametersList":[{"eventType":"watch"}]}}"#),
        ("aws-user-personalization-v2", #","eventType":"x","solutionConfig":{"eventsConfig":{"eventParametersList":[{"eventType":"watch"}]}}"#),
        ("aws-user-personalization-v2", #","solutionConfig":{"eventsConfig":{"eventParametersList":[]}}"#),
        ("aws-user-personalization-v2", #","solutionConfig":{"eventsConfig":{"eventParametersList":[{"weight":1}]}}"#),
        ("aws-user-personalization-v2", #","solutionConfig":{"eventsConfig":{"eventParametersList":[{"eventType":"a"},{"eventType":"A"}]}}"#),
        ("aws-sims", #","solutionConfig":{"optimizationObjective":{"itemAttribute":"PRICE"}}"#),
        ("aws-user-personalization", #","solutionConfig":{"optimizationObjective":{"itemAttribute":"GENRE"}}"#),
        ("aws-user-personalization", #","solutionConfig":{"optimizationObjective":{"itemAttribute":"NONE"}}"#),
        ("aws-user-personalization", #","solutionConfig":{"optimizationObjective":{}}"#),
        ("aws-user-personalization", #","solutionConfig":{"trainingDataConfig":{"excludedDatasetColumns":{"USERS":["AGE"]}}}"#),
        ("aws-user-personalization", #","solutionConfig":{"trainingDataConfig":{"excludedDatasetColumns":{"ITEMS":["NONE"]}}}"#),
        ("aws-user-personalization", #","solutionConfig":{"trainingDataConfig":{"excludedDatasetColumns":{"INTERACTIONS":["EVENT_TYPE"]}}}"#),
        ("aws-sims", #","solutionConfig":{"trainingDataConfig":{"excludedDatasetColumns":{"ITEMS":["PRICE"]}}}"#),
        ("aws-sims", #","solutionConfig":{"eventValueThreshold":"much"}"#),
        ("aws-sims", #","solutionConfig":{"algorithmHyperParameters":{"bptt":"3"}}"#),
        ("aws-user-personalization", #","solutionConfig":{"algorithmHyperParameters":{"bptt":"99"}}"#),
        ("aws-trending-now", #","solutionConfig":{"featureTransformationParameters":{"trend_discovery_frequency":"7 minutes"}}"#),
        ("aws-sims", #","performHPO":true,"solutionConfig":{"hpoConfig":{"hpoObjective":{"metricName":"coverage","metricRegex":"x"}}}"#),
        ("aws-sims", #","performHPO":true,"solutionConfig":{"hpoConfig":{"hpoResourceConfig":{"maxNumberOfTrainingJobs":"41"}}}"#),
        ("aws-sims", #","performHPO":true,"solutionConfig":{"hpoConfig":{"hpoResourceConfig":{"maxParallelTrainingJobs":"11"}}}"#),
    ])
    func `what a recipe does not take is refused with a reason`(recipe: String, more: String) throws {
        let refusal = try harness().refusal("CreateSolution", body(recipe, more))
        #expect(["InvalidInputException", "ResourceNotFoundException"].contains(refusal?.code ?? ""), "\(refusal.debugDescription)")
        #expect(refusal?.message?.isEmpty == false)
    }
}
