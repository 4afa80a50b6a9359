import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

@Suite struct QuotaTests {
    @Test func `without quotas there is no end`() throws {
        let harness = try PersonalizeHarness()
        for number in 0..<20 { try harness.ask("CreateDatasetGroup", #"{"name":"g\#(number)"}"#) }
    }

    @Test func `AWS's quotas stop the sixth group in the service's words`() throws {
        let harness = try PersonalizeHarness { $0.quotas = .aws }
        for number in 0..<5 { try harness.ask("CreateDatasetGroup", #"{"name":"g\#(number)"}"#) }
        let refusal = harness.refusal("CreateDatasetGroup", #"{"name":"g5"}"#)
        #expect(refusal?.code == "LimitExceededException")
        #expect(refusal?.message == "Cannot create a dataset group. More than 5 resources in ACTIVE state. Please delete some and try again.")
        try harness.ask("DeleteDatasetGroup", #"{"datasetGroupArn":"arn:aws:personalize:us-east-1:000000000000:dataset-group/g0"}"#)
        try harness.ask("CreateDatasetGroup", #"{"name":"g5"}"#)
    }

    @Test func `pending jobs are counted until they are done`() throws {
        let quotas = try Quotas(Array(#"{"pending-dataset-import-jobs":2,"active-dataset-groups":null}"#.utf8))
        let harness = try PersonalizeHarness { $0.quotas = quotas }
        try harness.makeGroup()
        harness.objects.put("b", "k", Array(PersonalizeHarness.walks().utf8))
        let job = { (name: String) in
            #"{"jobName":"\#(name)","datasetArn":"\#(PersonalizeHarness.dataset)","dataSource":{"dataLocation":"s3://b/k"}}"#
        }
        let gate = Gate(harness.jobs)
        try harness.ask("CreateDatasetImportJob", job("a"))
        try harness.ask("CreateDatasetImportJob", job("b"))
        let refusal = harness.refusal("CreateDatasetImportJob", job("c"))
        #expect(refusal?.code == "LimitExceededException")
        #expect(refusal?.message == "More than 2 resources with PENDING or IN_PROGRESS status.")
        gate.open()
        harness.jobs.drain()
        try harness.ask("CreateDatasetImportJob", job("c"))
        harness.jobs.drain()
    }

    @Test func `a file changes what it names`() throws {
        let quotas = try Quotas(Array(#"{"active-filters":7,"active-schemas":null}"#.utf8))
        #expect(quotas[.filters] == 7)
        #expect(quotas[.schemas] == nil)
        #expect(quotas[.campaigns] == 5)
        for wrong in ["", "[]", #"{"filters":1}"#, #"{"active-filters":-1}"#, #"{"active-filters":"7"}"#] {
            #expect(throws: Quotas.Fault.self) { try Quotas(Array(wrong.utf8)) }
        }
    }
}
