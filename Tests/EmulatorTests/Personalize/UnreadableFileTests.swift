import Foundation
import Recommend
import Shapes
import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

/// A table or model that cannot be read is not one that is not there: whoever needs it fails, says which file it was, and leaves it as it is.
@Suite struct UnreadableFileTests {
    enum Fault: CaseIterable {
        case flipped, refused, missing

        /// The words of the reason.
        var words: String {
            switch self {
            case .flipped: "checksum does not agree"
            case .refused: "symbolic links"
            case .missing: "No such file"
            }
        }

        func strike(_ path: String) throws {
            switch self {
            case .flipped:
                var bytes = try Data(contentsOf: URL(filePath: path))
                bytes[bytes.count / 2] ^= 1
                try bytes.write(to: URL(filePath: path))
            case .refused:
                try FileManager.default.moveItem(atPath: path, toPath: path + ".good")
                // A link to itself, which nobody can open, not even root.
                try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: path)
            case .missing: try FileManager.default.removeItem(atPath: path)
            }
        }
    }

    private static let account = "arn:aws:personalize:us-east-1:000000000000"
    private static let role = #""roleArn":"arn:aws:iam::000000000000:role/r""#
    private static let paths =
        #""jobInput":{"s3DataSource":{"path":"s3://b/in.json"}},"jobOutput":{"s3DataDestination":{"path":"s3://b/out/"}}"#

    private func made(_ folder: TemporaryFolder) throws -> (harness: PersonalizeHarness, table: String) {
        let harness = try PersonalizeHarness(directory: folder.path)
        try harness.makeGroup()
        try harness.importInteractions(PersonalizeHarness.walks())
        let name = try #require(Directory.names(folder.path + "/datasets").first)
        return (harness, "\(folder.path)/datasets/\(name)")
    }

    /// Status and reason of something that a job made.
    private func end(_ harness: PersonalizeHarness, _ member: String, _ arn: String) throws -> (status: String, reason: String) {
        let operation = "Describe" + member.prefix(1).uppercased() + member.dropFirst()
        let found = try harness.ask(operation, #"{"\#(member)Arn":"\#(Self.account):\#(arn)"}"#).required(member)
        return (found.required("status").text, found["failureReason"]?.textIfAny ?? "")
    }

    @Test(arguments: Fault.allCases) func `jobs that need a table fail with its name and reason`(fault: Fault) throws {
        let folder = TemporaryFolder()
        let (harness, table) = try made(folder)
        try harness.ask(
            "CreateSolution",
            #"{"name":"s","datasetGroupArn":"\#(PersonalizeHarness.group)","recipeArn":"arn:aws:personalize:::recipe/aws-user-personalization"}"#
        )
        try fault.strike(table)
        let before = try? Data(contentsOf: URL(filePath: table))
        try harness.importInteractions(PersonalizeHarness.walks(users: 70), job: "more", mode: "INCREMENTAL")
        try harness.ask(
            "CreateDatasetExportJob",
            #"{"jobName":"e","datasetArn":"\#(PersonalizeHarness.dataset)","ingestionMode":"ALL",\#(Self.role),"jobOutput":{"s3DataDestination":{"path":"s3://b/out/"}}}"#
        )
        try harness.ask("CreateSolutionVersion", #"{"solutionArn":"\#(Self.account):solution/s","name":"v"}"#)
        harness.objects.put("b", "users.csv", Array("USER_ID\nu1\n".utf8))
        try harness.ask(
            "CreateDataDeletionJob",
            #"{"jobName":"d","datasetGroupArn":"\#(PersonalizeHarness.group)","dataSource":{"dataLocation":"s3://b/users.csv"},\#(Self.role)}"#
        )
        harness.jobs.drain()
        let ends = [
            ("datasetImportJob", "dataset-import-job/more"), ("datasetExportJob", "dataset-export-job/e"), ("solutionVersion", "solution/s/v"),
            ("dataDeletionJob", "data-deletion-job/d"),
        ]
        for (member, arn) in ends {
            let (status, reason) = try end(harness, member, arn)
            #expect(status == (member == "dataDeletionJob" ? "FAILED" : "CREATE FAILED"), "\(member)")
            #expect(reason.contains("datasets/\(URL(filePath: table).lastPathComponent)"), "\(member): \(reason)")
            #expect(reason.contains(fault.words), "\(member): \(reason)")
        }
        #expect((try? Data(contentsOf: URL(filePath: table))) == before)
        #expect(refusalOfExport(harness) == nil)
    }

    /// What was streamed can be exported all the same.
    private func refusalOfExport(_ harness: PersonalizeHarness) -> String? {
        let body =
            #"{"jobName":"put","datasetArn":"\#(PersonalizeHarness.dataset)","ingestionMode":"PUT",\#(Self.role),"jobOutput":{"s3DataDestination":{"path":"s3://b/out/"}}}"#
        if let refusal = harness.refusal("CreateDatasetExportJob", body) { return refusal.code }
        harness.jobs.drain()
        let status = try? end(harness, "datasetExportJob", "dataset-export-job/put").status
        return status == "ACTIVE" ? nil : status
    }

    @Test func `a FULL import needs no earlier rows, and sets aside the file that nobody can read`() throws {
        let folder = TemporaryFolder()
        let (harness, table) = try made(folder)
        try Fault.flipped.strike(table)
        let damaged = try Data(contentsOf: URL(filePath: table))
        try harness.importInteractions(PersonalizeHarness.walks(users: 55), job: "anew")
        #expect(try end(harness, "datasetImportJob", "dataset-import-job/anew").status == "ACTIVE")
        #expect(try Table.load(from: table).rowCount == 55 * 20)
        #expect(try Data(contentsOf: URL(filePath: table + ".unreadable-1")) == damaged)
    }

    @Test(arguments: Fault.allCases) func `filters do not answer without the rows, and do once the file can be read`(fault: Fault) throws {
        let folder = TemporaryFolder()
        let (harness, table) = try made(folder)
        let campaign = try harness.deploy("aws-user-personalization")
        let filter = try harness.ask(
            "CreateFilter",
            #"{"name":"f","datasetGroupArn":"\#(PersonalizeHarness.group)","filterExpression":"EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (\"watch\")"}"#
        ).required("filterArn").text
        let body = #"{"campaignArn":"\#(campaign)","userId":"u1","numResults":40,"filterArn":"\#(filter)"}"#
        harness.service.served.prepare()
        let whole = try harness.ask("/recommendations", body).required("itemList")
        try fault.strike(table)
        harness.service.store.close()
        let again = try PersonalizeHarness(directory: folder.path)
        again.service.served.prepare()
        let refusal = try #require(again.refusal("/recommendations", body))
        #expect(refusal.status == 500)
        #expect(refusal.storedFile?.reason.contains(fault.words) == true)
        #expect(try again.recommendations(campaign, user: "u1").count == 5)
        guard fault == .refused else { return }
        try FileManager.default.removeItem(atPath: table)
        try FileManager.default.moveItem(atPath: table + ".good", toPath: table)
        again.service.runMaintenance()
        #expect(try again.ask("/recommendations", body).required("itemList") == whole)
    }

    @Test(arguments: [Fault.flipped, .refused]) func `whoever needs a model that cannot be read is told which`(fault: Fault) throws {
        let folder = TemporaryFolder()
        let (harness, _) = try made(folder)
        let campaign = try harness.deploy("aws-sims")
        let name = try #require(Directory.names(folder.path + "/models").first)
        harness.service.store.close()
        try fault.strike("\(folder.path)/models/\(name)")
        let again = try PersonalizeHarness(directory: folder.path)
        let refusal = try #require(again.refusal("/recommendations", #"{"campaignArn":"\#(campaign)","itemId":"i1"}"#))
        #expect(refusal.storedFile?.file == "models/\(name)")
        #expect(refusal.storedFile?.reason.contains(fault.words) == true)
        again.objects.put("b", "in.json", Array("{\"itemId\":\"i3\"}\n".utf8))
        let version = try again.ask("ListSolutionVersions", "{}").required("solutionVersions").items[0].required("solutionVersionArn").text
        try again.ask("CreateBatchInferenceJob", #"{"jobName":"j","solutionVersionArn":"\#(version)",\#(Self.role),\#(Self.paths)}"#)
        again.jobs.drain()
        let (status, reason) = try end(again, "batchInferenceJob", "batch-inference-job/j")
        #expect(status == "CREATE FAILED")
        #expect(reason.contains("models/\(name)"))
    }
}
