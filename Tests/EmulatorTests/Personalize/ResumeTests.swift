import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

/// Jobs that the end of the process cut off are run again by the next.
@Suite struct ResumeTests {
    private static let role = #""roleArn":"arn:aws:iam::000000000000:role/r""#
    private static let account = "arn:aws:personalize:us-east-1:000000000000"
    private static let paths =
        #""jobInput":{"s3DataSource":{"path":"s3://b/in.json"}},"jobOutput":{"s3DataDestination":{"path":"s3://b/out/"}}"#

    /// What is asked for, and how it is found again.
    private static let jobs: [(operation: String, body: String, describe: String, arn: String, member: String)] = [
        (
            "CreateDatasetExportJob",
            #"{"jobName":"j","datasetArn":"\#(PersonalizeHarness.dataset)","ingestionMode":"BULK",\#(role),"jobOutput":{"s3DataDestination":{"path":"s3://b/out/"}}}"#,
            "DescribeDatasetExportJob", "dataset-export-job/j", "datasetExportJob"
        ),
        (
            "CreateDataDeletionJob",
            #"{"jobName":"j","datasetGroupArn":"\#(PersonalizeHarness.group)","dataSource":{"dataLocation":"s3://b/users.csv"},\#(role)}"#,
            "DescribeDataDeletionJob", "data-deletion-job/j", "dataDeletionJob"
        ),
        (
            "CreateBatchInferenceJob", #"{"jobName":"j","solutionVersionArn":"\#(account):solution/aws-sims/v",\#(role),\#(paths)}"#,
            "DescribeBatchInferenceJob", "batch-inference-job/j", "batchInferenceJob"
        ),
        (
            "CreateBatchSegmentJob", #"{"jobName":"j","solutionVersionArn":"\#(account):solution/aws-item-affinity/v",\#(role),\#(paths)}"#,
            "DescribeBatchSegmentJob", "batch-segment-job/j", "batchSegmentJob"
        ),
    ]

    @Test(arguments: 0..<4)
    func `a job that was cut off is run again`(number: Int) throws {
        let job = Self.jobs[number]
        let folder = TemporaryFolder()
        let harness = try PersonalizeHarness(directory: folder.path)
        try harness.makeGroup()
        try harness.importInteractions(PersonalizeHarness.walks())
        for recipe in ["aws-sims", "aws-item-affinity"] {
            let body =
                #"{"name":"\#(recipe)","datasetGroupArn":"\#(PersonalizeHarness.group)","recipeArn":"arn:aws:personalize:::recipe/\#(recipe)"}"#
            try harness.ask("CreateSolution", body)
            try harness.ask("CreateSolutionVersion", #"{"solutionArn":"\#(Self.account):solution/\#(recipe)","name":"v"}"#)
        }
        harness.jobs.drain()
        let gate = Gate(harness.jobs)
        try harness.ask(job.operation, job.body)
        let stopper = Gate.Stopper(harness.jobs)
        gate.open()
        stopper.wait()
        harness.service.store.close()
        let again = try PersonalizeHarness(directory: folder.path)
        again.objects.put("b", "in.json", Array("{\"itemId\":\"i3\"}\n".utf8))
        again.objects.put("b", "users.csv", Array("USER_ID\nu1\n".utf8))
        let status = { (harness: PersonalizeHarness) in
            let key = "\(job.member)Arn"
            return try harness.ask(job.describe, #"{"\#(key)":"\#(Self.account):\#(job.arn)"}"#).required(job.member).required("status").text
        }
        #expect(try status(again).hasSuffix("IN_PROGRESS"))
        again.service.resumeWork()
        again.jobs.drain()
        #expect(["ACTIVE", "COMPLETED"].contains(try status(again)))
    }
}
