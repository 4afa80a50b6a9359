import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import S3Emulator
@testable import ServiceKit

@Suite struct BatchTests {
    private static let role = "arn:aws:iam::000000000000:role/r"

    private func trained(_ harness: PersonalizeHarness, _ recipe: String) throws -> String {
        try harness.ask(
            "CreateSolution",
            #"{"name":"s","datasetGroupArn":"\#(PersonalizeHarness.group)","recipeArn":"arn:aws:personalize:::recipe/\#(recipe)"}"#
        )
        let version = try harness.ask("CreateSolutionVersion", #"{"solutionArn":"arn:aws:personalize:us-east-1:000000000000:solution/s","name":"v"}"#)
        harness.jobs.drain()
        return version.required("solutionVersionArn").text
    }

    private func body(_ version: String, input: String = "s3://b/in.json", output: String = "s3://b/out/", _ more: String = "") -> String {
        """
        {"jobName":"j","solutionVersionArn":"\(version)","roleArn":"\(Self.role)","jobInput":{"s3DataSource":{"path":"\(input)"}},\
        "jobOutput":{"s3DataDestination":{"path":"\(output)"}}\(more)}
        """
    }

    /// The answers to the lines of an input.
    private func run(_ harness: PersonalizeHarness, _ kind: String, _ version: String, _ lines: [String], _ more: String = "") throws -> [Document] {
        harness.objects.put("b", "in.json", Array(lines.joined(separator: "\n").utf8))
        try harness.ask("Create\(kind)", body(version, more))
        harness.jobs.drain()
        let member = kind.prefix(1).lowercased() + kind.dropFirst()
        let kebab = kind == "BatchInferenceJob" ? "batch-inference-job" : "batch-segment-job"
        let job = try harness.ask("Describe\(kind)", #"{"\#(member)Arn":"arn:aws:personalize:us-east-1:000000000000:\#(kebab)/j"}"#).required(member)
        #expect(job["status"] == .string("ACTIVE"), "\(job["failureReason"] ?? .null)")
        return try harness.objects.text("b", "out/in.json.out").split(separator: "\n").map { try JSON.parse(Array($0.utf8)) }
    }

    private func ready() throws -> PersonalizeHarness {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        try harness.importInteractions(PersonalizeHarness.walks())
        return harness
    }

    @Test func `users get what the runtime gives them, and bad lines an error of their own`() throws {
        let harness = try ready()
        let version = try trained(harness, "aws-user-personalization")
        let campaign = try harness.ask("CreateCampaign", #"{"name":"c","solutionVersionArn":"\#(version)"}"#).required("campaignArn").text
        let answers = try run(
            harness,
            "BatchInferenceJob",
            version,
            [#"{"userId":"u1"}"#, "no json", #"{"user":"u1"}"#, "", #"{"userId":"stranger"}"#]
        )
        #expect(answers.count == 4)
        let live = try harness.ask("/recommendations", #"{"campaignArn":"\#(campaign)","userId":"u1"}"#).required("itemList").items
        #expect(answers[0].required("output").required("recommendedItems").items.map(\.text) == live.map { $0.required("itemId").text })
        #expect(answers[0].required("output").required("scores").items.map(\.number) == live.map { $0.required("score").number })
        #expect(JSON.text(answers[0]).contains(#""input":{"userId":"u1"}"#) && JSON.text(answers[0]).contains(#""error":null"#))
        #expect(answers[1]["error"] == .string("The line is not a JSON object.") && answers[1]["input"] == .string("no json"))
        #expect(answers[2]["error"] == .string("The line has no userId.") && answers[2]["output"] == nil)
    }

    @Test func `lists are ranked, items get their neighbours, everybody gets what is popular`() throws {
        let harness = try ready()
        let ranking = try trained(harness, "aws-personalized-ranking")
        let ranked = try run(harness, "BatchInferenceJob", ranking, [#"{"userId":"u1","itemList":["i3","nobody","i5"]}"#]).first
        let output = try #require(ranked?["output"])
        #expect(output.required("recommendedItems").items.last?.text == "nobody")
        #expect(output.required("scores").items.count == 3)
        for recipe in ["aws-sims", "aws-popularity-count"] {
            let harness = try ready()
            let version = try trained(harness, recipe)
            let line = recipe == "aws-sims" ? #"{"itemId":"i3"}"# : #"{"userId":"x"}"#
            let answer = try #require(try run(harness, "BatchInferenceJob", version, [line], #","numResults":7"#).first)
            #expect(answer.required("output").required("recommendedItems").items.count == 7)
            #expect(answer.required("output")["scores"] == nil && !JSON.text(answer).contains("error"))
        }
    }

    @Test func `filters and their values go with the lines`() throws {
        let harness = try ready()
        let version = try trained(harness, "aws-user-personalization")
        let filter = try harness.ask(
            "CreateFilter",
            #"{"name":"f","datasetGroupArn":"\#(PersonalizeHarness.group)","filterExpression":"EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ($TYPE)"}"#
        ).required("filterArn").text
        let lines = [#"{"userId":"u1","filterValues":{"TYPE":"\"watch\""}}"#, #"{"userId":"u1"}"#, #"{"userId":"u1","filterValues":{"TYPE":3}}"#]
        let answers = try run(harness, "BatchInferenceJob", version, lines, #","filterArn":"\#(filter)","numResults":40"#)
        let counts = answers.prefix(2).map { $0.required("output").required("recommendedItems").items.count }
        #expect(counts[0] < counts[1])
        #expect(answers[2]["error"] == .string("filterValues must be a map of texts."))
        let gate = Gate(harness.jobs)
        try harness.ask("CreateBatchInferenceJob", body(version, #","filterArn":"\#(filter)""#).split(separator: #""j""#).joined(separator: #""k""#))
        #expect(harness.refusal("DeleteFilter", #"{"filterArn":"\#(filter)"}"#)?.code == "ResourceInUseException")
        let solution = #"{"solutionArn":"arn:aws:personalize:us-east-1:000000000000:solution/s"}"#
        #expect(harness.refusal("DeleteSolution", solution)?.code == "ResourceInUseException")
        gate.open()
        harness.jobs.drain()
        try harness.ask("DeleteFilter", #"{"filterArn":"\#(filter)"}"#)
    }

    @Test func `segments name users for items and for attributes`() throws {
        let affine = try ready()
        let affinity = try trained(affine, "aws-item-affinity")
        let answers = try run(affine, "BatchSegmentJob", affinity, [#"{"itemId":"i3"}"#, #"{"itemId":"nothing"}"#], #","numResults":5"#)
        let users = answers[0].required("output").required("usersList").items.map(\.text)
        #expect(users.count == 5 && Set(users).count == 5 && users.allSatisfy { $0.hasPrefix("u") })
        #expect(JSON.text(answers[0]).hasSuffix(#","error":null}"#))
        #expect(answers[1]["error"] == .string("The item was not seen in training."))
        #expect(try affine.objects.text("b", "out/_CHECK").isEmpty)
        let again = try ready()
        try again.makeSchema("items", "Items", #"{"name":"ITEM_ID","type":"string"},{"name":"GENRE","type":"string","categorical":true}"#)
        let dataset = try again.ask(
            "CreateDataset",
            #"{"name":"i","schemaArn":"\#(again.schema("items"))","datasetGroupArn":"\#(PersonalizeHarness.group)","datasetType":"Items"}"#
        ).required("datasetArn").text
        again.objects.put("b", "i.csv", Array(("ITEM_ID,GENRE\n" + (0..<40).map { "i\($0),g\($0 % 4)\n" }.joined()).utf8))
        try again.ask("CreateDatasetImportJob", #"{"jobName":"i","datasetArn":"\#(dataset)","dataSource":{"dataLocation":"s3://b/i.csv"}}"#)
        again.jobs.drain()
        let version = try trained(again, "aws-item-attribute-affinity")
        let lines = [
            #"{"itemAttributes":"ITEMS.genre = \"g1\""}"#, #"{"itemAttributes": "ITEMS.GENRE = "g1""}"#,
            #"{"itemAttributes":"ITEMS.GENRE = \"g9\""}"#,
            #"{"itemAttributes":"ITEMS.GENRE = \"g1\" OR ITEMS.GENRE = \"g2\""}"#,
        ]
        let found = try run(again, "BatchSegmentJob", version, lines)
        #expect(found[0].required("output") == found[1].required("output"))
        #expect(found[0].required("output").required("usersList").items.count == 25)
        #expect(found[2]["error"] == .string("No item has these attributes."))
        #expect(found[3]["error"] == .string("Invalid itemAttributes: conditions can be joined by AND only."))
    }

    @Test func `scores are written as Java writes them`() throws {
        let harness = try ready()
        let version = try trained(harness, "aws-user-personalization")
        _ = try run(harness, "BatchInferenceJob", version, [#"{"userId":"u1"}"#], #","numResults":40"#)
        let line = try harness.objects.text("b", "out/in.json.out")
        let scores = try #require(line.split(separator: "[").last?.split(separator: "]").first).split(separator: ",")
        #expect(scores.count == 40 && scores.contains { $0.contains("E-") })
        #expect(scores.allSatisfy { text in Double(text).map { JavaNumber.text($0) == text } ?? false })
    }

    @Test(arguments: [0.0, 0.001, 0.4, 0.999])
    func `nothing that a job writes looks older than the job, in whole seconds`(fraction: Double) throws {
        let harness = try ready()
        let version = try trained(harness, "aws-user-personalization")
        harness.time.advance(bySeconds: Double(harness.time.now.seconds) + 1 + fraction - Double(harness.time.now.milliseconds) / 1000)
        _ = try run(harness, "BatchInferenceJob", version, [#"{"userId":"u1"}"#])
        try harness.ask(
            "CreateDatasetExportJob",
            """
            {"jobName":"x","datasetArn":"\(PersonalizeHarness.dataset)","ingestionMode":"ALL","roleArn":"\(Self.role)",\
            "jobOutput":{"s3DataDestination":{"path":"s3://b/x/"}}}
            """
        )
        harness.jobs.drain()
        for key in ["out/_CHECK", "out/in.json.out", "x/x.csv"] {
            let written = try #require(harness.objects.written("b", key))
            #expect(written.seconds * 1000 >= harness.time.now.milliseconds && written.seconds <= harness.time.now.seconds + 1, "\(key)")
        }
    }

    @Test func `what a batch job leaves in a folder is no input of the next`() throws {
        let harness = try ready()
        let version = try trained(harness, "aws-user-personalization")
        harness.objects.put("b", "in/a.json", Array(#"{"userId":"u1"}"#.utf8))
        harness.objects.put("b", "in/_CHECK", [])
        try harness.ask("CreateBatchInferenceJob", body(version, input: "s3://b/in/"))
        harness.jobs.drain()
        #expect(try harness.objects.keys(bucket: "b", prefix: "out/", account: "") == ["out/_CHECK", "out/a.json.out"])
    }

    @Test func `what a job cannot be asked is refused`() throws {
        let harness = try ready()
        let version = try trained(harness, "aws-similar-items")
        let refused = { (kind: String, body: String) in harness.refusal("Create\(kind)", body) }
        let inference = "BatchInferenceJob"
        #expect(refused(inference, body(version, input: "http://x/y"))?.message == "Invalid S3 input path")
        for output in ["https://x/", "s3://b/out", "s3://b/in.json"] {
            #expect(refused(inference, body(version, output: output))?.message == "Invalid S3 output path")
        }
        for results in [0, 501] { #expect(refused(inference, body(version, #","numResults":\#(results)"#))?.code == "InvalidInputException") }
        #expect(refused("BatchSegmentJob", body(version))?.code == "InvalidInputException")
        #expect(
            refused(inference, body(version, #","themeGenerationConfig":{"fieldsForThemeGeneration":{"itemName":"N"}}"#))?.code
                == "InvalidInputException"
        )
        let themes = #","batchInferenceJobMode":"THEME_GENERATION","themeGenerationConfig":{"fieldsForThemeGeneration":{"itemName":"N"}}"#
        let theme = refused(inference, body(version, themes))
        #expect(theme?.code == "InvalidInputException" && theme?.hint != nil)
        #expect(refused(inference, body("\(version)x"))?.code == "ResourceNotFoundException")
        let missing = #","filterArn":"arn:aws:personalize:us-east-1:000000000000:filter/none""#
        #expect(refused(inference, body(version, missing))?.code == "ResourceNotFoundException")
    }

    @Test func `an input that is not there fails the job`() throws {
        let harness = try ready()
        let version = try trained(harness, "aws-sims")
        try harness.ask("CreateBatchInferenceJob", body(version))
        harness.jobs.drain()
        let listed = try harness.ask("ListBatchInferenceJobs", #"{"solutionVersionArn":"\#(version)"}"#).required("batchInferenceJobs").items
        #expect(listed.map { $0["status"] } == [.string("CREATE FAILED")])
        #expect(listed.first?["failureReason"] == .string("Insufficient privileges for accessing data in Amazon S3."))
        #expect(listed.first?["batchInferenceJobMode"] == .string("BATCH_INFERENCE"))
    }
}
