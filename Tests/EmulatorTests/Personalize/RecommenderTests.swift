import enum Recommend.UseCase
import Shapes
import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

@Suite struct RecommenderTests {
    private static let group = "arn:aws:personalize:us-east-1:000000000000:dataset-group/shop"
    private static let dataset = "arn:aws:personalize:us-east-1:000000000000:dataset/shop/INTERACTIONS"

    /// A shop whose users view everything they walk past and buy every third thing, or nothing.
    private func shop(_ harness: PersonalizeHarness, purchases: Bool = true) throws {
        let fields = PersonalizeHarness.fields
        try harness.ask("CreateDatasetGroup", #"{"name":"shop","domain":"ECOMMERCE"}"#)
        harness.time.advance(bySeconds: 100)
        try harness.makeSchema("shop", "Interactions", fields, domain: "ECOMMERCE")
        try harness.ask(
            "CreateDataset",
            #"{"name":"d","schemaArn":"\#(harness.schema("shop"))","datasetGroupArn":"\#(Self.group)","datasetType":"Interactions"}"#
        )
        harness.time.advance(bySeconds: 100)
        var lines = PersonalizeHarness.walks(steps: 40).split(separator: "\n").map(String.init)
        for (index, line) in lines.enumerated().dropFirst() {
            let cells = line.split(separator: ",").dropLast().joined(separator: ",")
            lines[index] = cells + (purchases && index % 2 == 0 ? ",Purchase" : ",View")
        }
        harness.objects.put("bucket", "shop.csv", Array((lines.joined(separator: "\n") + "\n").utf8))
        try harness.ask(
            "CreateDatasetImportJob",
            #"{"jobName":"shop","datasetArn":"\#(Self.dataset)","dataSource":{"dataLocation":"s3://bucket/shop.csv"}}"#
        )
        harness.jobs.drain()
        harness.time.advance(bySeconds: 100)
    }

    private func body(_ recipe: String, name: String = "r", config: String = "") -> String {
        #"{"name":"\#(name)","datasetGroupArn":"\#(Self.group)","recipeArn":"arn:aws:personalize:::recipe/\#(recipe)"\#(config)}"#
    }

    private func arn(_ name: String = "r") -> String { "arn:aws:personalize:us-east-1:000000000000:recommender/\(name)" }

    private func described(_ harness: PersonalizeHarness, _ name: String = "r") throws -> Document {
        try harness.ask("DescribeRecommender", #"{"recommenderArn":"\#(arn(name))"}"#).required("recommender")
    }

    private func ask(_ harness: PersonalizeHarness, _ name: String = "r") throws -> [Document] {
        try harness.ask("/recommendations", #"{"recommenderArn":"\#(arn(name))","userId":"u1","itemId":"i3","numResults":5}"#).required("itemList")
            .items
    }

    @Test(arguments: [
        "aws-ecomm-popular-items-by-views", "aws-ecomm-popular-items-by-purchases", "aws-ecomm-frequently-bought-together",
        "aws-ecomm-customers-who-viewed-x-also-viewed", "aws-ecomm-recommended-for-you",
    ])
    func `every use case of a shop is trained and answers without scores`(recipe: String) throws {
        let harness = try PersonalizeHarness()
        try shop(harness)
        try harness.ask("CreateRecommender", body(recipe))
        harness.jobs.drain()
        let found = try described(harness)
        #expect(found["status"] == .string("ACTIVE"))
        #expect(found["recipeArn"] == .string("arn:aws:personalize:::recipe/\(recipe)"))
        #expect(found["latestRecommenderUpdate"] == nil)
        #expect(found["modelMetrics"]?["coverage"] != nil)
        let list = try ask(harness)
        #expect(list.count == 5)
        #expect(list.allSatisfy { $0["score"] == nil })
    }

    @Test(arguments: UseCase.allCases)
    func `every use case takes columns to leave out`(useCase: UseCase) throws {
        let recipe = try #require(PersonalizeRecipe.named("arn:aws:personalize:::recipe/\(useCase.rawValue)"))
        let items = try AvroSchema(
            #"{"type":"record","name":"Items","fields":[{"name":"ITEM_ID","type":"string"},{"name":"PROMOTED","type":["null","string"]}]}"#
        )
        func fault(_ column: String) -> ServiceError? {
            let config = Personalize.RecommenderConfig(
                trainingDataConfig: Personalize.TrainingDataConfig(excludedDatasetColumns: ["ITEMS": [column]])
            )
            do throws(ServiceError) {
                try RecommenderSettings.check(config, recipe, [.items: items])
                return nil
            } catch {
                return error
            }
        }
        #expect(fault("PROMOTED") == nil)
        #expect(fault("NONE")?.code == "InvalidInputException")
    }

    @Test func `an update that changes nothing is refused`() throws {
        let harness = try PersonalizeHarness()
        try shop(harness)
        let config = #"{"minRecommendationRequestsPerSecond":2}"#
        try harness.ask("CreateRecommender", body("aws-ecomm-popular-items-by-views", config: #","recommenderConfig":\#(config)"#))
        harness.jobs.drain()
        let update = { (config: String) in #"{"recommenderArn":"\#(arn())","recommenderConfig":\#(config)}"# }
        let refusal = harness.refusal("UpdateRecommender", update(config))
        #expect(refusal?.code == "InvalidInputException" && refusal?.message == "Resource Arn \(arn()) is already configured as desired.")
        #expect(try described(harness)["latestRecommenderUpdate"] == nil)
        try harness.ask("UpdateRecommender", update(#"{"minRecommendationRequestsPerSecond":3}"#))
    }

    @Test func `too few events of the use case's type fail in the service's words`() throws {
        let harness = try PersonalizeHarness()
        try shop(harness, purchases: false)
        try harness.ask("CreateRecommender", body("aws-ecomm-popular-items-by-purchases"))
        harness.jobs.drain()
        let found = try described(harness)
        #expect(found["status"] == .string("CREATE FAILED"))
        #expect(found["failureReason"] == .string("Dataset has fewer than 1000 interactions after filtering by event type: Purchase"))
        #expect(harness.refusal("/recommendations", #"{"recommenderArn":"\#(arn())","userId":"u"}"#)?.code == "InvalidInputException")
        try harness.ask("DeleteRecommender", #"{"recommenderArn":"\#(arn())"}"#)
        #expect(try described(harness)["status"] == .string("DELETE PENDING"))
        #expect(harness.refusal("DescribeRecommender", #"{"recommenderArn":"\#(arn())"}"#)?.code == "ResourceNotFoundException")
    }

    @Test func `a recommender is of the domain of its group`() throws {
        let harness = try PersonalizeHarness()
        try shop(harness)
        try harness.makeGroup()
        let custom =
            #"{"name":"r","datasetGroupArn":"\#(PersonalizeHarness.group)","recipeArn":"arn:aws:personalize:::recipe/aws-ecomm-recommended-for-you"}"#
        #expect(harness.refusal("CreateRecommender", custom)?.message == "Please use a domains-specific Dataset Group to create the Recommender")
        for recipe in ["aws-vod-top-picks", "aws-user-personalization"] {
            #expect(harness.refusal("CreateRecommender", body(recipe))?.code == "InvalidInputException")
        }
        #expect(harness.refusal("CreateRecommender", body("aws-none"))?.code == "ResourceNotFoundException")
        let exploring = #","recommenderConfig":{"itemExplorationConfig":{"explorationWeight":"0.1"}}"#
        #expect(harness.refusal("CreateRecommender", body("aws-ecomm-popular-items-by-views", config: exploring))?.code == "InvalidInputException")
        try harness.ask("CreateRecommender", body("aws-ecomm-recommended-for-you", config: exploring))
        #expect(harness.refusal("CreateRecommender", body("aws-ecomm-recommended-for-you"))?.code == "ResourceAlreadyExistsException")
        #expect(harness.refusal("DeleteDatasetGroup", #"{"datasetGroupArn":"\#(Self.group)"}"#)?.code == "ResourceInUseException")
    }

    @Test func `it stops and starts through its states, and serves only while it is active`() throws {
        let harness = try PersonalizeHarness(jobDelay: 10)
        try shop(harness)
        try harness.ask("CreateRecommender", body("aws-ecomm-popular-items-by-views"))
        #expect(try described(harness)["status"] == .string("CREATE PENDING"))
        harness.jobs.drain()
        harness.time.advance(bySeconds: 10)
        #expect(try ask(harness).count == 5)
        let walk = { (operation: String, states: [String]) in
            try harness.ask(operation, #"{"recommenderArn":"\#(arn())"}"#)
            #expect(try described(harness)["status"] == .string(states[0]))
            for other in ["StartRecommender", "StopRecommender", "DeleteRecommender"] {
                #expect(harness.refusal(other, #"{"recommenderArn":"\#(arn())"}"#)?.code == "ResourceInUseException")
            }
            for state in states.dropFirst() {
                harness.time.advance(bySeconds: 5)
                #expect(try described(harness)["status"] == .string(state))
            }
        }
        try walk("StopRecommender", ["STOP PENDING", "STOP IN_PROGRESS", "INACTIVE"])
        #expect(harness.refusal("/recommendations", #"{"recommenderArn":"\#(arn())","userId":"u"}"#)?.code == "InvalidInputException")
        #expect(harness.refusal("StopRecommender", #"{"recommenderArn":"\#(arn())"}"#)?.code == "ResourceInUseException")
        try walk("StartRecommender", ["START PENDING", "START IN_PROGRESS", "ACTIVE"])
        #expect(try ask(harness).count == 5)
    }

    @Test func `other training data need another model, and the old one serves meanwhile`() throws {
        let harness = try PersonalizeHarness()
        try shop(harness)
        let items = #"{"name":"ITEM_ID","type":"string"},{"name":"PRICE","type":"float"},{"name":"CATEGORY_L1","type":"string","categorical":true}"#
        try harness.makeSchema("items", "Items", items, domain: "ECOMMERCE")
        try harness.ask(
            "CreateDataset",
            #"{"name":"i","schemaArn":"\#(harness.schema("items"))","datasetGroupArn":"\#(Self.group)","datasetType":"Items"}"#
        )
        try harness.ask("CreateRecommender", body("aws-ecomm-recommended-for-you"))
        harness.jobs.drain()
        let model = { try harness.runtime.engine.serving.deployment(arn(), .recommender, harness.call()).model }
        let first = try model()
        let gate = Gate(harness.jobs)
        let config = #"{"trainingDataConfig":{"excludedDatasetColumns":{"ITEMS":["PRICE"]}}}"#
        try harness.ask("UpdateRecommender", #"{"recommenderArn":"\#(arn())","recommenderConfig":\#(config)}"#)
        #expect(try described(harness)["latestRecommenderUpdate"]?["status"] == .string("CREATE IN_PROGRESS"))
        #expect(try described(harness)["recommenderConfig"] == nil)
        #expect(try model() == first)
        gate.open()
        harness.jobs.drain()
        #expect(try described(harness)["latestRecommenderUpdate"]?["status"] == .string("ACTIVE"))
        #expect(try described(harness)["recommenderConfig"]?["trainingDataConfig"] != nil)
        #expect(try model() != first)
        #expect(try ask(harness).count == 5)
        let exploration = #"{"itemExplorationConfig":{"explorationWeight":"0.9"}}"#
        try harness.ask("UpdateRecommender", #"{"recommenderArn":"\#(arn())","recommenderConfig":\#(exploration)}"#)
        harness.jobs.drain()
        #expect(try harness.runtime.engine.serving.deployment(arn(), .recommender, harness.call()).itemExploration == ["explorationWeight": "0.9"])
        let wrong = #"{"trainingDataConfig":{"excludedDatasetColumns":{"ITEMS":["COLOUR"]}}}"#
        #expect(
            harness.refusal("UpdateRecommender", #"{"recommenderArn":"\#(arn())","recommenderConfig":\#(wrong)}"#)?.code == "InvalidInputException"
        )
    }

    @Test func `it serves after a restart, and is trained then if it was cut off`() throws {
        let folder = TemporaryFolder()
        let harness = try PersonalizeHarness(directory: folder.path)
        try shop(harness)
        try harness.ask("CreateRecommender", body("aws-ecomm-popular-items-by-views", name: "done"))
        harness.jobs.drain()
        let gate = Gate(harness.jobs)
        try harness.ask("CreateRecommender", body("aws-ecomm-popular-items-by-views", name: "cut"))
        let stopper = Gate.Stopper(harness.jobs)
        gate.open()
        stopper.wait()
        harness.service.store.close()
        let again = try PersonalizeHarness(directory: folder.path)
        #expect(try ask(again, "done").count == 5)
        #expect(try described(again, "cut")["status"] == .string("CREATE IN_PROGRESS"))
        again.service.resumeWork()
        again.jobs.drain()
        #expect(try described(again, "cut")["status"] == .string("ACTIVE"))
        #expect(try ask(again, "cut").count == 5)
    }

    @Test func `it trains itself anew each week when data came in`() throws {
        let harness = try PersonalizeHarness { $0.autoTraining = true }
        try shop(harness)
        try harness.ask("CreateRecommender", body("aws-ecomm-popular-items-by-views"))
        harness.jobs.drain()
        let made = try described(harness).required("lastUpdatedDateTime")
        harness.time.advance(bySeconds: 8 * 86_400)
        harness.service.runMaintenance()
        harness.jobs.drain()
        #expect(try described(harness)["lastUpdatedDateTime"] == made)
        let tracker = try harness.ask("CreateEventTracker", #"{"name":"t","datasetGroupArn":"\#(Self.group)"}"#).required("trackingId").text
        try harness.ask(
            "/events",
            #"{"trackingId":"\#(tracker)","userId":"u1","sessionId":"s","eventList":[{"eventType":"View","itemId":"i3","sentAt":1700000000}]}"#
        )
        harness.service.runMaintenance()
        harness.jobs.drain()
        #expect(try described(harness)["lastUpdatedDateTime"] != made)
        #expect(try ask(harness).count == 5)
    }
}
