import Recommend
import Shapes
import Testing
import Wire

@testable import Emulator

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
        (PersonalizeHarness.walks() + "u1,i1,yesterday,watch\n", "Input csv has rows that do not conform to the dataset schema."),
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

    @Test func `an incremental import needs an earlier full one`() throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        #expect(throws: ServiceError.self) { try harness.importInteractions(PersonalizeHarness.walks(), mode: "INCREMENTAL") }
        try harness.importInteractions(PersonalizeHarness.walks())
        try harness.importInteractions(PersonalizeHarness.walks(users: 50), job: "j2", mode: "INCREMENTAL")
        let dataset = try #require(try harness.service.resources(harness.call()) { try $0.find(PersonalizeHarness.dataset) as Resource<Dataset>? })
        #expect(harness.service.datasets.table(dataset.id)?.rowCount == 60 * 20 + 50 * 20)
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
