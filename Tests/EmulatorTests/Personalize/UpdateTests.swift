import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

/// Resources that go on working while they are changed.
@Suite struct UpdateTests {
    private static let solution = "arn:aws:personalize:us-east-1:000000000000:solution/c"
    private static let campaign = "arn:aws:personalize:us-east-1:000000000000:campaign/c"

    /// A campaign of a first version, and a second version to move to.
    private func deployed(_ harness: PersonalizeHarness, config: String = "{}", alias: String? = nil) throws {
        try harness.makeGroup()
        try harness.importInteractions(PersonalizeHarness.walks())
        harness.time.advance(bySeconds: 100)
        try harness.ask(
            "CreateSolution",
            #"{"name":"c","datasetGroupArn":"\#(PersonalizeHarness.group)","recipeArn":"arn:aws:personalize:::recipe/aws-user-personalization"}"#
        )
        harness.time.advance(bySeconds: 100)
        try version(harness, "v1")
        try harness.ask("CreateCampaign", #"{"name":"c","solutionVersionArn":"\#(Self.solution)/\#(alias ?? "v1")","campaignConfig":\#(config)}"#)
        harness.time.advance(bySeconds: 100)
    }

    private func version(_ harness: PersonalizeHarness, _ name: String) throws {
        try harness.ask("CreateSolutionVersion", #"{"solutionArn":"\#(Self.solution)","name":"\#(name)"}"#)
        harness.jobs.drain()
        harness.time.advance(bySeconds: 100)
    }

    private func described(_ harness: PersonalizeHarness) throws -> Document {
        try harness.ask("DescribeCampaign", #"{"campaignArn":"\#(Self.campaign)"}"#).required("campaign")
    }

    private func model(_ harness: PersonalizeHarness) throws -> ModelID {
        try harness.runtime.engine.serving.deployment(Self.campaign, .campaign, harness.call()).model
    }

    @Test func `the old version serves until the update is through`() throws {
        let harness = try PersonalizeHarness(jobDelay: 10)
        try deployed(harness)
        let first = try model(harness)
        try version(harness, "v2")
        try harness.ask("UpdateCampaign", #"{"campaignArn":"\#(Self.campaign)","solutionVersionArn":"\#(Self.solution)/v2","minProvisionedTPS":2}"#)
        var found = try described(harness)
        #expect(found["status"] == .string("ACTIVE"))
        #expect(found["solutionVersionArn"] == .string("\(Self.solution)/v1"))
        #expect(found["minProvisionedTPS"] == .integer(1))
        #expect(found["latestCampaignUpdate"]?["status"] == .string("CREATE PENDING"))
        #expect(found["latestCampaignUpdate"]?["solutionVersionArn"] == .string("\(Self.solution)/v2"))
        #expect(try model(harness) == first)
        for operation in ["UpdateCampaign", "DeleteCampaign"] {
            #expect(harness.refusal(operation, #"{"campaignArn":"\#(Self.campaign)"}"#)?.code == "ResourceInUseException")
        }
        harness.time.advance(bySeconds: 6)
        #expect(try described(harness)["latestCampaignUpdate"]?["status"] == .string("CREATE IN_PROGRESS"))
        harness.time.advance(bySeconds: 5)
        found = try described(harness)
        #expect(found["latestCampaignUpdate"]?["status"] == .string("ACTIVE"))
        #expect(found["solutionVersionArn"] == .string("\(Self.solution)/v2"))
        #expect(found["minProvisionedTPS"] == .integer(2))
        #expect(try model(harness) != first)
        try harness.ask("DeleteCampaign", #"{"campaignArn":"\#(Self.campaign)"}"#)
    }

    @Test func `what an update needs cannot be deleted under it`() throws {
        let harness = try PersonalizeHarness(jobDelay: 10)
        try deployed(harness)
        try harness.ask(
            "CreateSolution",
            #"{"name":"other","datasetGroupArn":"\#(PersonalizeHarness.group)","recipeArn":"arn:aws:personalize:::recipe/aws-sims"}"#
        )
        harness.time.advance(bySeconds: 100)
        let other = "arn:aws:personalize:us-east-1:000000000000:solution/other"
        try harness.ask("CreateSolutionVersion", #"{"solutionArn":"\#(other)","name":"v"}"#)
        harness.jobs.drain()
        harness.time.advance(bySeconds: 100)
        try harness.ask("UpdateCampaign", #"{"campaignArn":"\#(Self.campaign)","solutionVersionArn":"\#(other)/v"}"#)
        for solution in [other, Self.solution] {
            #expect(harness.refusal("DeleteSolution", #"{"solutionArn":"\#(solution)"}"#)?.code == "ResourceInUseException")
        }
        harness.time.advance(bySeconds: 10)
        let listed = try harness.ask("ListCampaigns", #"{"solutionArn":"\#(other)"}"#).required("campaigns").items
        #expect(listed.map { $0["campaignArn"] } == [.string(Self.campaign)])
        #expect(harness.refusal("DeleteSolution", #"{"solutionArn":"\#(other)"}"#)?.code == "ResourceInUseException")
        try harness.ask("DeleteSolution", #"{"solutionArn":"\#(Self.solution)"}"#)
    }

    @Test func `an update outlives the process`() throws {
        let folder = TemporaryFolder()
        var harness: PersonalizeHarness? = try PersonalizeHarness(directory: folder.path, jobDelay: 10)
        try deployed(try #require(harness))
        try version(try #require(harness), "v2")
        let first = try model(try #require(harness))
        try harness?.ask("UpdateCampaign", #"{"campaignArn":"\#(Self.campaign)","solutionVersionArn":"\#(Self.solution)/v2"}"#)
        let now = try #require(harness).time.now
        harness?.service.store.close()
        harness = nil
        let again = try PersonalizeHarness(directory: folder.path, jobDelay: 10, time: ManualTime(now))
        #expect(try model(again) == first)
        #expect(try described(again)["latestCampaignUpdate"]?["status"] == .string("CREATE PENDING"))
        again.time.advance(bySeconds: 11)
        #expect(try model(again) != first)
        #expect(try described(again)["solutionVersionArn"] == .string("\(Self.solution)/v2"))
    }

    @Test func `a campaign that follows its solution is redeployed by the next version`() throws {
        let harness = try PersonalizeHarness()
        try deployed(harness, config: #"{"syncWithLatestSolutionVersion":true}"#, alias: "$LATEST")
        let first = try model(harness)
        try version(harness, "v2")
        #expect(try model(harness) != first)
        let found = try described(harness)
        #expect(found["solutionVersionArn"] == .string("\(Self.solution)/$LATEST"))
        #expect(found["latestCampaignUpdate"]?["status"] == .string("ACTIVE"))
    }

    @Test func `a campaign of the alias that does not follow stays where it is, across a restart too`() throws {
        let folder = TemporaryFolder()
        let harness = try PersonalizeHarness(directory: folder.path)
        try deployed(harness, alias: "$LATEST")
        let first = try model(harness)
        try version(harness, "v2")
        #expect(try model(harness) == first)
        harness.service.store.close()
        #expect(try model(try PersonalizeHarness(directory: folder.path)) == first)
    }

    @Test func `a solution takes over what its update says when it is through`() throws {
        let harness = try PersonalizeHarness(jobDelay: 10)
        try deployed(harness)
        let ask =
            #"{"solutionArn":"\#(Self.solution)","performAutoTraining":true,"solutionUpdateConfig":{"autoTrainingConfig":{"schedulingExpression":"rate(3 days)"}}}"#
        try harness.ask("UpdateSolution", ask)
        let describe = { try harness.ask("DescribeSolution", #"{"solutionArn":"\#(Self.solution)"}"#).required("solution") }
        #expect(try describe()["solutionConfig"] == nil)
        #expect(try describe()["latestSolutionUpdate"]?["status"] == .string("CREATE PENDING"))
        #expect(harness.refusal("UpdateSolution", ask)?.code == "ResourceInUseException")
        harness.time.advance(bySeconds: 10)
        #expect(try describe()["solutionConfig"]?["autoTrainingConfig"]?["schedulingExpression"] == .string("rate(3 days)"))
        #expect(try describe()["latestSolutionUpdate"]?["status"] == .string("ACTIVE"))
        let contrary =
            #"{"solutionArn":"\#(Self.solution)","performAutoTraining":false,"solutionUpdateConfig":{"autoTrainingConfig":{"schedulingExpression":"rate(3 days)"}}}"#
        #expect(harness.refusal("UpdateSolution", contrary)?.code == "InvalidInputException")
    }

    @Test func `an update of a campaign that changes nothing is refused`() throws {
        let harness = try PersonalizeHarness()
        try deployed(harness, alias: "$LATEST")
        let same = [
            "", #","solutionVersionArn":"\#(Self.solution)/$LATEST""#, #","minProvisionedTPS":1"#, #","campaignConfig":{}"#,
            #","minProvisionedTPS":1,"solutionVersionArn":"\#(Self.solution)/$LATEST""#,
        ]
        for more in same {
            let refusal = harness.refusal("UpdateCampaign", #"{"campaignArn":"\#(Self.campaign)"\#(more)}"#)
            #expect(refusal?.code == "InvalidInputException", "\(more)")
            #expect(refusal?.message == "Resource Arn \(Self.campaign) is already configured as desired.")
        }
        #expect(try described(harness)["latestCampaignUpdate"] == nil)
        // The alias means another version now.
        try version(harness, "v2")
        try harness.ask("UpdateCampaign", #"{"campaignArn":"\#(Self.campaign)","solutionVersionArn":"\#(Self.solution)/$LATEST"}"#)
    }

    @Test func `a data set shows its update in its own status`() throws {
        let harness = try PersonalizeHarness(jobDelay: 10)
        try harness.makeGroup()
        let item = #"{"name":"ITEM_ID","type":"string"},{"name":"GENRE","type":["null","string"],"categorical":true}"#
        try harness.makeSchema("old", "Items", item)
        try harness.makeSchema("new", "Items", item + #",{"name":"PRICE","type":["null","float"]}"#)
        let items = try harness.ask(
            "CreateDataset",
            #"{"name":"i","datasetType":"Items","datasetGroupArn":"\#(PersonalizeHarness.group)","schemaArn":"\#(harness.schema("old"))"}"#
        ).required("datasetArn").text
        harness.time.advance(bySeconds: 20)
        try harness.ask("UpdateDataset", #"{"datasetArn":"\#(items)","schemaArn":"\#(harness.schema("new"))"}"#)
        func statuses() throws -> [Document?] {
            let listed = try harness.ask("ListDatasets", #"{"datasetGroupArn":"\#(PersonalizeHarness.group)"}"#).required("datasets").items.last
            return [try harness.ask("DescribeDataset", #"{"datasetArn":"\#(items)"}"#).required("dataset")["status"], listed?["status"]]
        }
        for status in ["UPDATE PENDING", "UPDATE IN_PROGRESS", "ACTIVE"] {
            #expect(try statuses() == [.string(status), .string(status)])
            harness.time.advance(bySeconds: 5)
        }
    }

    @Test func `a schema may only grow, by columns that may be null`() throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        let item = #"{"name":"ITEM_ID","type":"string"}"#
        let genre = #"{"name":"GENRE","type":["null","string"],"categorical":true}"#
        let schemas = [
            ("old", "\(item),\(genre)"), ("new", #"\#(item),\#(genre),{"name":"PRICE","type":["float","null"]}"#),
            ("less", #"\#(item),{"name":"X","type":"string"}"#),
            ("strict", #"\#(item),\#(genre),{"name":"PRICE","type":"float"}"#), ("other", #"\#(item),{"name":"GENRE","type":["null","string"]}"#),
        ]
        for (name, fields) in schemas { try harness.makeSchema(name, "Items", fields) }
        let items = try harness.ask(
            "CreateDataset",
            #"{"name":"i","datasetType":"Items","datasetGroupArn":"\#(PersonalizeHarness.group)","schemaArn":"\#(harness.schema("old"))"}"#
        ).required("datasetArn").text
        let update = { (dataset: String, schema: String) in #"{"datasetArn":"\#(dataset)","schemaArn":"\#(harness.schema(schema))"}"# }
        for wrong in ["less", "strict", "other", "s"] {
            #expect(harness.refusal("UpdateDataset", update(items, wrong))?.code == "InvalidInputException")
        }
        #expect(harness.refusal("UpdateDataset", update(PersonalizeHarness.dataset, "s"))?.code == "InvalidInputException")
        #expect(harness.refusal("UpdateDataset", update(items, "none"))?.code == "ResourceNotFoundException")
        try harness.ask("UpdateDataset", update(items, "new"))
        let found = try harness.ask("DescribeDataset", #"{"datasetArn":"\#(items)"}"#).required("dataset")
        #expect(found["schemaArn"] == .string(harness.schema("new")))
        #expect(found["latestDatasetUpdate"]?["schemaArn"] == .string(harness.schema("new")))
        #expect(found["latestDatasetUpdate"]?["status"] == .string("ACTIVE"))
    }
}
