import Recommend
import Shapes
import Streams
import Synchronization
import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import ServiceKit

@Suite struct DeletionTests {
    private static let arn = "arn:aws:personalize:us-east-1:000000000000:data-deletion-job/d"

    private func delete(_ harness: PersonalizeHarness, _ path: String) throws -> Document {
        try harness.ask(
            "CreateDataDeletionJob",
            """
            {"jobName":"d","datasetGroupArn":"\(PersonalizeHarness.group)","dataSource":{"dataLocation":"\(path)"},\
            "roleArn":"arn:aws:iam::000000000000:role/r"}
            """
        )
        harness.jobs.drain()
        return try described(harness)
    }

    private func described(_ harness: PersonalizeHarness) throws -> Document {
        try harness.ask("DescribeDataDeletionJob", #"{"dataDeletionJobArn":"\#(Self.arn)"}"#).required("dataDeletionJob")
    }

    @Test func `a deletion that does not reach the disk is not completed`() throws {
        let folder = TemporaryFolder()
        let files = FailingFiles()
        let (log, _) = try RecordLog.open(directory: folder.path, policy: .always, files: files)
        defer { log.close() }
        let harness = try PersonalizeHarness(recordLog: log)
        try harness.makeGroup()
        let tracker = try harness.makeTracker()
        try harness.ask(
            "/events",
            #"{"trackingId":"\#(tracker)","userId":"u1","sessionId":"s","eventList":[{"eventType":"watch","itemId":"i3","sentAt":1700000000}]}"#
        )
        log.flush()
        harness.objects.put("b", "users.csv", Array("USER_ID\nu1\n".utf8))
        files.fails.withLock { $0 = true }
        #expect(try delete(harness, "s3://b/users.csv")["status"] == .string("FAILED"))
    }

    @Test func `users vanish from datasets, streamed events and models`() throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        let tracker = try harness.makeTracker()
        try harness.importInteractions(PersonalizeHarness.walks())
        let campaign = try harness.deploy("aws-user-personalization")
        try harness.ask(
            "/events",
            #"{"trackingId":"\#(tracker)","userId":"u1","sessionId":"s","eventList":[{"eventType":"watch","itemId":"i3","sentAt":1700000000}]}"#
        )
        let before = try harness.recommendations(campaign, user: "u1")
        let other = try harness.recommendations(campaign, user: "u2")
        let stranger = try harness.recommendations(campaign, user: "stranger")
        #expect(before != stranger)
        harness.objects.put("b", "users/a.csv", Array("USER_ID\nu1\n".utf8))
        harness.objects.put("b", "users/deep/b.csv", Array("USER_ID\nu5\nnobody\n".utf8))
        harness.objects.put("b", "users/readme.txt", Array("no csv".utf8))
        let job = try delete(harness, "s3://b/users/")
        #expect(job["status"] == .string("COMPLETED"))
        #expect(job["numDeleted"] == .integer(41))
        #expect(try harness.recommendations(campaign, user: "u1") == stranger)
        #expect(try harness.recommendations(campaign, user: "u2") == other)
        let dataset = try #require(harness.service.resources(harness.call()) { try $0.find(PersonalizeHarness.dataset) as Resource<Dataset>? })
        let users = try #require(harness.service.datasets.table(dataset.id)?.column("USER_ID")).dictionary
        #expect(users.index(of: "u1") == nil && users.index(of: "u5") == nil && users.index(of: "u2") != nil)
        #expect(try harness.eventStore.all(dataset: dataset.id).isEmpty)
    }

    @Test func `a job walks through its own names for the states`() throws {
        let harness = try PersonalizeHarness(jobDelay: 10)
        try harness.makeGroup()
        let gate = Gate(harness.jobs)
        harness.objects.put("b", "k.csv", Array("USER_ID\nu\n".utf8))
        try harness.ask(
            "CreateDataDeletionJob",
            #"{"jobName":"d","datasetGroupArn":"\#(PersonalizeHarness.group)","dataSource":{"dataLocation":"s3://b/k.csv"},"roleArn":"arn:aws:iam::000000000000:role/r"}"#
        )
        #expect(try described(harness)["status"] == .string("PENDING"))
        harness.time.advance(bySeconds: 6)
        #expect(try described(harness)["status"] == .string("IN_PROGRESS"))
        #expect(harness.refusal("DeleteDataset", #"{"datasetArn":"\#(PersonalizeHarness.dataset)"}"#)?.code == "ResourceInUseException")
        gate.open()
        harness.jobs.drain()
        harness.time.advance(bySeconds: 6)
        #expect(try described(harness)["status"] == .string("COMPLETED"))
        #expect(try described(harness)["numDeleted"] == .integer(0))
        let listed = try harness.ask("ListDataDeletionJobs", #"{"datasetGroupArn":"\#(PersonalizeHarness.group)"}"#).required("dataDeletionJobs")
            .items
        #expect(listed.map { $0["status"] } == [.string("COMPLETED")])
    }

    @Test(arguments: [("s3://b/none/", "No files were found"), ("s3://b/none.csv", "Insufficient privileges"), ("s3://b/wrong.csv", "USER_ID")])
    func `what cannot be read fails with a reason`(path: String, reason: String) throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        harness.objects.put("b", "wrong.csv", Array("ID\nu\n".utf8))
        let job = try delete(harness, path)
        #expect(job["status"] == .string("FAILED"))
        #expect(job["failureReason"]?.textIfAny?.contains(reason) == true, "\(job["failureReason"] ?? .null)")
        #expect(job["numDeleted"] == nil)
    }
}
