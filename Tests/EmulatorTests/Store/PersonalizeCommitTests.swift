import SQLite
import Shapes
import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

/// Every operation of Personalize that creates or changes something, with a commit that fails: the answer is an error, and nothing has
/// happened, in the database, in what is served, in lists, or in jobs.
@Suite struct PersonalizeCommitTests {
    private static func arn(_ resource: String) -> String { TransitionTests.arn(resource) }
    private static let group = #""datasetGroupArn":"\#(PersonalizeHarness.group)""#
    private static let shop = #""datasetGroupArn":"\#(arn("dataset-group/shop"))""#
    private static let role = TransitionTests.role
    private static let job = """
        \(role),"jobInput":{"s3DataSource":{"path":"s3://b/k"}},"jobOutput":{"s3DataDestination":{"path":"s3://b/o/"}}
        """
    private static let version = #""solutionVersionArn":"\#(arn("solution/c/v"))""#
    private static let segments = #""solutionVersionArn":"\#(arn("solution/segments/v"))""#
    private static let recipe = "arn:aws:personalize:::recipe"
    private static let fields = #"{\"name\":\"ITEM_ID\",\"type\":\"string\"},{\"name\":\"GENRE\",\"type\":\"string\",\"categorical\":true}"#
    private static let items = #"{\"type\":\"record\",\"name\":\"Items\",\"namespace\":\"n\",\"version\":\"1.0\",\"fields\":[\#(fields)]}"#
    private static let expression = #"INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (\"watch\")"#
    private static let metric = #"{"eventType":"watch","metricName":"other","expression":"SAMPLECOUNT()"}"#

    /// What each operation is asked.
    private static let requests: [String: String] = [
        "CreateBatchInferenceJob": #"{"jobName":"n",\#(version),\#(job)}"#,
        "CreateBatchSegmentJob": #"{"jobName":"n",\#(segments),\#(job)}"#,
        "CreateCampaign": #"{"name":"n",\#(version)}"#,
        "CreateDataDeletionJob": #"{"jobName":"n",\#(group),"dataSource":{"dataLocation":"s3://b/users.csv"},\#(role)}"#,
        "CreateDataset": #"{"name":"n","schemaArn":"\#(arn("schema/items"))",\#(group),"datasetType":"Items"}"#,
        "CreateDatasetExportJob": #"{"jobName":"n","datasetArn":"\#(PersonalizeHarness.dataset)",\#(job)}"#,
        "CreateDatasetGroup": #"{"name":"n"}"#,
        "CreateDatasetImportJob":
            #"{"jobName":"n","datasetArn":"\#(PersonalizeHarness.dataset)","dataSource":{"dataLocation":"s3://bucket/interactions.csv"},\#(role)}"#,
        "CreateEventTracker": #"{"name":"n","datasetGroupArn":"\#(arn("dataset-group/empty"))"}"#,
        "CreateFilter": #"{"name":"n",\#(group),"filterExpression":"\#(expression)"}"#,
        "CreateMetricAttribution": #"{"name":"n",\#(shop),"metrics":[\#(metric)],"metricsOutputConfig":{\#(role)}}"#,
        "CreateRecommender": #"{"name":"n",\#(shop),"recipeArn":"\#(recipe)/aws-ecomm-popular-items-by-views"}"#,
        "CreateSchema": #"{"name":"n","schema":"\#(items)"}"#,
        "CreateSolution": #"{"name":"n",\#(group),"recipeArn":"\#(recipe)/aws-sims"}"#,
        "CreateSolutionVersion": #"{"solutionArn":"\#(arn("solution/idle"))"}"#,
        "DeleteCampaign": #"{"campaignArn":"\#(arn("campaign/c"))"}"#,
        "DeleteDataset": #"{"datasetArn":"\#(arn("dataset/shop/INTERACTIONS"))"}"#,
        "DeleteDatasetGroup": #"{"datasetGroupArn":"\#(arn("dataset-group/empty"))"}"#,
        "DeleteEventTracker": #"{"eventTrackerArn":"TRACKER"}"#,
        "DeleteFilter": #"{"filterArn":"\#(arn("filter/f"))"}"#,
        "DeleteMetricAttribution": #"{"metricAttributionArn":"\#(arn("metric-attribution/m"))"}"#,
        "DeleteRecommender": #"{"recommenderArn":"\#(arn("recommender/r"))"}"#,
        "DeleteSchema": #"{"schemaArn":"\#(arn("schema/idle"))"}"#,
        "DeleteSolution": #"{"solutionArn":"\#(arn("solution/idle"))"}"#,
        "StartRecommender": #"{"recommenderArn":"\#(arn("recommender/off"))"}"#,
        "StopRecommender": #"{"recommenderArn":"\#(arn("recommender/r"))"}"#,
        "StopSolutionVersionCreation": #"{"solutionVersionArn":"\#(arn("solution/batch/v"))"}"#,
        "TagResource": #"{"resourceArn":"\#(PersonalizeHarness.group)","tags":[{"tagKey":"k","tagValue":"v"}]}"#,
        "UntagResource": #"{"resourceArn":"\#(PersonalizeHarness.group)","tagKeys":["old"]}"#,
        "UpdateCampaign": #"{"campaignArn":"\#(arn("campaign/c"))","minProvisionedTPS":2}"#,
        "UpdateDataset": #"{"datasetArn":"\#(arn("dataset/films/USERS"))","schemaArn":"\#(arn("schema/idle"))"}"#,
        "UpdateMetricAttribution": #"{"metricAttributionArn":"\#(arn("metric-attribution/m"))","addMetrics":[\#(metric)]}"#,
        "UpdateRecommender":
            #"{"recommenderArn":"\#(arn("recommender/r"))","recommenderConfig":{"minRecommendationRequestsPerSecond":2}}"#,
        "UpdateSolution": #"{"solutionArn":"\#(arn("solution/idle"))","performAutoTraining":false}"#,
    ]

    private static func changes(_ operation: String) -> Bool {
        !["Describe", "List", "Get"].contains { operation.hasPrefix($0) }
    }

    @Test func `an operation whose commit fails has not happened`() throws {
        let operations = PersonalizeService.operations.map(\.name).filter(Self.changes)
        #expect(Set(operations) == Set(Self.requests.keys))
        let harness = try TransitionTests.world()
        try TransitionTests.work(harness)
        try harness.makeSchema("items", "Items", #"{"name":"ITEM_ID","type":"string"},{"name":"GENRE","type":"string","categorical":true}"#)
        try harness.ask("TagResource", #"{"resourceArn":"\#(PersonalizeHarness.group)","tags":[{"tagKey":"old","tagValue":"v"}]}"#)
        try harness.ask("CreateRecommender", #"{"name":"off",\#(Self.shop),"recipeArn":"\#(Self.recipe)/aws-ecomm-popular-items-by-views"}"#)
        harness.jobs.drain()
        try harness.ask("StopRecommender", #"{"recommenderArn":"\#(Self.arn("recommender/off"))"}"#)
        try TransitionTests.force(Self.arn("solution/batch/v"), .createInProgress, harness)
        let tracker = try #require(try TransitionTests.tracker(harness))
        let before = try Seen(harness, tracking: tracker.1)
        let commits = try FailingCommits(harness.service.store, count: 0)
        for operation in operations {
            let request = (Self.requests[operation] ?? "").replacing("TRACKER", with: tracker.0)
            // One failure for the operation; what an operation writes after it would go through.
            commits.fail(next: 1)
            let refusal = harness.refusal(operation, request)
            commits.fail(next: 0)
            #expect(refusal?.status == 500 && FailingCommits.isCause(of: refusal), "\(operation): \(String(describing: refusal))")
            harness.jobs.drain()
            let after = try Seen(harness, tracking: tracker.1)
            for (what, value) in before.parts { #expect(after.parts[what] == value, "\(operation) changed \(what)") }
        }
        // The same requests are good ones: what refused them was the commit alone.
        try harness.ask("CreateDataset", Self.requests["CreateDataset"] ?? "")
        #expect(try Seen(harness, tracking: tracker.1).parts["rows"] != before.parts["rows"])
    }

    /// Everything that can be seen of a service from outside and from inside.
    private struct Seen {
        var parts: [String: [String]] = [:]

        init(_ harness: PersonalizeHarness, tracking: String) throws {
            let contents = try harness.service.store.contents
            parts["rows"] = contents.sorted { $0.key < $1.key }.flatMap { table, rows in rows.map { "\(table) \($0)" } }
            parts["lists"] = PersonalizeService.operations.map(\.name).filter { $0.hasPrefix("List") }.map { operation in
                "\(operation) \((try? harness.ask(operation, "{}")).map { JSON.text($0) } ?? "refused")"
            }
            let serving = harness.service.serving
            parts["deployments"] = serving.deployments.map { "\($0)" }.sorted()
            parts["filters"] = serving.groups.sorted { $0.rawValue < $1.rawValue }.flatMap { group in
                serving.filters(group: group).map { "\($0)" }.sorted()
            }
            let datasets = ["films/INTERACTIONS", "films/ITEMS", "films/USERS", "shop/INTERACTIONS"]
            parts["datasets"] = datasets.map { "\(String(describing: serving.collector(PersonalizeCommitTests.arn("dataset/\($0)"))))" }
            parts["tracker"] = ["\(String(describing: try? serving.interactions(trackingId: tracking, harness.call())))"]
            let models = try contents["resource"]?.compactMap { row in
                let id = ModelID(rawValue: try row["id"])
                return try harness.service.models.model(id).map { _ in id.description }
            }
            parts["models"] = models ?? []
        }
    }
}
