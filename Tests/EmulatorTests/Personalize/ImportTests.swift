import Recommend
import Shapes
import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

typealias Dataset = Personalize.Dataset

@Suite struct ImportTests {
    private func job(_ harness: PersonalizeHarness, _ name: String = "j") throws -> Document {
        try harness.ask(
            "DescribeDatasetImportJob",
            #"{"datasetImportJobArn":"arn:aws:personalize:us-east-1:000000000000:dataset-import-job/\#(name)"}"#
        )
        .required("datasetImportJob")
    }

    @Test func `a good file becomes active and echoes what was asked`() throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        try harness.importInteractions(PersonalizeHarness.walks())
        let job = try job(harness)
        #expect(job["status"] == .string("ACTIVE"))
        #expect(job["importMode"] == .string("FULL"))
        #expect(job["failureReason"] == nil)
        #expect(job["dataSource"]?["dataLocation"] == .string("s3://bucket/interactions.csv"))
    }

    @Test(arguments: [
        ("USER_ID,ITEM_ID\nu,i\n", "Input CSV is missing the following columns:[TIMESTAMP, EVENT_TYPE]."),
        (
            PersonalizeHarness.walks() + String(repeating: "u1,i1,yesterday,watch\n", count: 64),
            "Input csv has rows that do not conform to the dataset schema."
        ),
        ("USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\nu,i,1,watch\n", "1 rows"),
    ])
    func `a bad file fails with the reason`(csv: String, reason: String) throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        try harness.importInteractions(csv)
        let job = try job(harness)
        #expect(job["status"] == .string("CREATE FAILED"))
        let text = try #require(job["failureReason"]?.textIfAny)
        #expect(text.hasPrefix("Failed to create a data import job for interactions dataset."))
        #expect(text.contains(reason))
    }

    /// Twelve empty years and one that is two, among thousands: at AWS such a file was taken, and its filters worked.
    @Test func `a few odd rows are left out, or kept with null, and told of`() throws {
        let log = LogCollector()
        let harness = try PersonalizeHarness(log: log.logger)
        try harness.makeGroup()
        let fields = #"{"name":"ITEM_ID","type":"string"},{"name":"YEAR","type":"int"},{"name":"PRICE","type":["null","float"]}"#
        try harness.makeSchema("items", "Items", fields)
        let dataset = try harness.ask(
            "CreateDataset",
            #"{"name":"i","schemaArn":"\#(harness.schema("items"))","datasetGroupArn":"\#(PersonalizeHarness.group)","datasetType":"Items"}"#
        ).required("datasetArn").text
        var lines = ["ITEM_ID,YEAR,PRICE"] + (0..<200).map { "i\($0),\(1900 + $0 % 100),1" }
        lines[7] = "i6,,1"
        lines[20] = "i19,2006–2007,1"
        lines[30] = "i29,1999,cheap"
        harness.objects.put("b", "f/items.csv", Array(lines.joined(separator: "\n").utf8))
        harness.objects.put("b", "f/archive/old.csv", Array("ITEM_ID,YEAR,PRICE\nold,1,1\n".utf8))
        harness.objects.put("b", "f/archive/notes.txt", Array("hello".utf8))
        try harness.ask("CreateDatasetImportJob", #"{"jobName":"odd","datasetArn":"\#(dataset)","dataSource":{"dataLocation":"s3://b/f/"}}"#)
        harness.jobs.drain()
        #expect(try job(harness, "odd")["status"] == .string("ACTIVE"))
        let collector = try #require(harness.service.serving.collector(dataset))
        let table = try harness.service.attributeIndex.table(collector.id, .items, collector.schema.columns)
        #expect(table.rowCount == 198)
        let ids = try #require(table.column("ITEM_ID"))
        let row = try #require((0..<table.rowCount).first { ids[$0] == .string("i29") })
        #expect(table[row, 2] == .null && table[row, 1] == .long(1999))
        #expect(!(0..<table.rowCount).contains { ids[$0] == .string("old") })
        let hint = "3 of 200 rows do not conform to the schema, lines 8, 21, 31: 2 left out, 1 kept with null"
        #expect(log.lines.contains { $0.contains(hint) })
        #expect(log.lines.contains { $0.contains("s3://b/f/items.csv line 21: YEAR: not a whole number") })
        let call = harness.call()
        let arn = "arn:aws:personalize:us-east-1:000000000000:dataset-import-job/odd"
        _ = try harness.service.describeDatasetImportJob(Personalize.DescribeDatasetImportJobRequest(datasetImportJobArn: arn), call)
        #expect(call.acknowledgement.hint == hint)
        try harness.ask("DeleteDataset", #"{"datasetArn":"\#(dataset)"}"#)
        #expect(try harness.service.resources(harness.call()) { try $0.hint(of: arn) } == nil)
    }

    @Test func `an incremental import needs an earlier full one`() throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        #expect(throws: ServiceError.self) { try harness.importInteractions(PersonalizeHarness.walks(), mode: "INCREMENTAL") }
        try harness.importInteractions(PersonalizeHarness.walks())
        try harness.importInteractions(PersonalizeHarness.walks(users: 50), job: "j2", mode: "INCREMENTAL")
        let dataset = try #require(try harness.service.resources(harness.call()) { try $0.find(PersonalizeHarness.dataset) as Resource<Dataset>? })
        #expect(try harness.service.datasets.table(dataset.id)?.rowCount == 60 * 20 + 50 * 20)
    }

    @Test func `a location that is none is refused at once`() throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        let refusal = harness.refusal(
            "CreateDatasetImportJob",
            #"{"jobName":"j","datasetArn":"\#(PersonalizeHarness.dataset)","dataSource":{"dataLocation":"https://x/y"}}"#
        )
        #expect(refusal?.code == "InvalidInputException")
        #expect(refusal?.message == "Invalid Data location.")
    }

    @Test func `too little data fails training with the service's words`() throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        try harness.importInteractions(PersonalizeHarness.walks(users: 20, items: 40, steps: 60))
        try harness.ask(
            "CreateSolution",
            #"{"name":"s","datasetGroupArn":"\#(PersonalizeHarness.group)","recipeArn":"arn:aws:personalize:::recipe/aws-user-personalization"}"#
        )
        let version = try harness.ask("CreateSolutionVersion", #"{"solutionArn":"arn:aws:personalize:us-east-1:000000000000:solution/s"}"#)
        harness.jobs.drain()
        let described = try harness.ask("DescribeSolutionVersion", JSON.text(version)).required("solutionVersion")
        #expect(described["status"] == .string("CREATE FAILED"))
        #expect(described["failureReason"] == .string("Create failed. Dataset has fewer than 25 users with at least 2 interactions each."))
    }
}
