import Foundation
import SQLite
import Synchronization
import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

/// Whatever throws, work ends in a status with a reason.
@Suite struct UnendedWorkTests {
    private static let solution = "arn:aws:personalize:us-east-1:000000000000:solution/s"

    private func prepared(_ folder: TemporaryFolder) throws -> PersonalizeHarness {
        let harness = try PersonalizeHarness(directory: folder.path)
        try harness.makeGroup()
        try harness.importInteractions(PersonalizeHarness.walks())
        try harness.ask(
            "CreateSolution",
            #"{"name":"s","datasetGroupArn":"\#(PersonalizeHarness.group)","recipeArn":"arn:aws:personalize:::recipe/aws-user-personalization"}"#
        )
        return harness
    }

    private func version(_ harness: PersonalizeHarness) throws -> Document {
        try harness.ask("DescribeSolutionVersion", #"{"solutionVersionArn":"\#(Self.solution)/v"}"#).required("solutionVersion")
    }

    private func importJob(_ harness: PersonalizeHarness) throws -> Document {
        let arn = "arn:aws:personalize:us-east-1:000000000000:dataset-import-job/again"
        return try harness.ask("DescribeDatasetImportJob", #"{"datasetImportJobArn":"\#(arn)"}"#).required("datasetImportJob")
    }

    @Test func `training whose model cannot be saved fails, and the next succeeds`() throws {
        let folder = TemporaryFolder()
        let harness = try prepared(folder)
        #expect(FileManager.default.createFile(atPath: folder.path + "/models", contents: Data()))
        try harness.ask("CreateSolutionVersion", #"{"solutionArn":"\#(Self.solution)","name":"v"}"#)
        harness.jobs.drain()
        #expect(try version(harness).required("status").text == "CREATE FAILED")
        let reason = try version(harness).required("failureReason").text
        #expect(reason.contains("Not a directory"), "\(reason)")
        try FileManager.default.removeItem(atPath: folder.path + "/models")
        let next = try harness.ask("CreateSolutionVersion", #"{"solutionArn":"\#(Self.solution)","name":"w"}"#)
        harness.jobs.drain()
        let body = #"{"solutionVersionArn":"\#(next.required("solutionVersionArn").text)"}"#
        #expect(try harness.ask("DescribeSolutionVersion", body).required("solutionVersion").required("status").text == "ACTIVE")
    }

    @Test func `a status that cannot be written is written once the database takes it`() throws {
        let folder = TemporaryFolder()
        let harness = try prepared(folder)
        let gate = Gate(harness.jobs)
        try harness.ask("CreateSolutionVersion", #"{"solutionArn":"\#(Self.solution)","name":"v"}"#)
        harness.objects.put("bucket", "interactions.csv", Array(PersonalizeHarness.walks().utf8))
        try harness.ask(
            "CreateDatasetImportJob",
            """
            {"jobName":"again","datasetArn":"\(PersonalizeHarness.dataset)","dataSource":{"dataLocation":"s3://bucket/interactions.csv"},\
            "roleArn":"arn:aws:iam::000000000000:role/r"}
            """
        )
        // As on a full disk: reading goes on, no status can be written.
        try harness.service.store.write { transaction in
            try transaction.database.execute("CREATE TRIGGER full BEFORE UPDATE ON resource BEGIN SELECT RAISE(ABORT, 'full'); END")
        }
        gate.open()
        harness.jobs.drain()
        harness.service.runMaintenance()
        for resource in [try version(harness), try importJob(harness)] {
            #expect(["CREATE PENDING", "CREATE IN_PROGRESS"].contains(resource.required("status").text))
        }
        try harness.service.store.write { try $0.database.execute("DROP TRIGGER full") }
        harness.service.runMaintenance()
        for resource in [try version(harness), try importJob(harness)] {
            #expect(resource.required("status").text == "CREATE FAILED")
            #expect(resource.required("failureReason").text.contains("full"), "\(resource)")
        }
        #expect(harness.service.queue.isEmpty)
    }
}
