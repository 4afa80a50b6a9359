import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

/// Which models memory holds on to.
@Suite struct ModelMemoryTests {
    private func trained(_ harness: PersonalizeHarness, count: Int) throws -> String {
        try harness.makeGroup()
        try harness.importInteractions(PersonalizeHarness.walks())
        let campaign = try harness.deploy("aws-sims")
        for _ in 1..<count {
            try harness.ask("CreateSolutionVersion", #"{"solutionArn":"arn:aws:personalize:us-east-1:000000000000:solution/c"}"#)
            harness.jobs.drain()
        }
        return campaign
    }

    @Test func `with a data directory only what is deployed stays`() throws {
        let folder = TemporaryFolder()
        let harness = try PersonalizeHarness(directory: folder.path)
        let campaign = try trained(harness, count: 4)
        harness.service.runMaintenance()
        #expect(harness.service.models.resident == Set(harness.service.serving.deployments.map(\.model)))
        #expect(harness.service.models.resident.count == 1)
        #expect(Directory.names(folder.path + "/models").count == 4)
        #expect(try harness.ask("/recommendations", #"{"campaignArn":"\#(campaign)","itemId":"i1"}"#).required("itemList").items.count > 0)
        try harness.ask("DeleteCampaign", #"{"campaignArn":"\#(campaign)"}"#)
        harness.service.runMaintenance()
        #expect(harness.service.models.resident.isEmpty)
        let newest = try harness.ask("ListSolutionVersions", "{}").required("solutionVersions").items[3].required("solutionVersionArn").text
        let again = try harness.ask("CreateCampaign", #"{"name":"again","solutionVersionArn":"\#(newest)"}"#).required("campaignArn").text
        #expect(try harness.ask("/recommendations", #"{"campaignArn":"\#(again)","itemId":"i1"}"#).required("itemList").items.count > 0)
    }

    @Test func `without one models stay until nothing can ask for them`() throws {
        let harness = try PersonalizeHarness()
        let campaign = try trained(harness, count: 3)
        harness.service.runMaintenance()
        #expect(harness.service.models.resident.count == 3)
        try harness.ask("DeleteCampaign", #"{"campaignArn":"\#(campaign)"}"#)
        try harness.ask("DeleteSolution", #"{"solutionArn":"arn:aws:personalize:us-east-1:000000000000:solution/c"}"#)
        harness.service.runMaintenance()
        #expect(harness.service.models.resident.isEmpty)
    }
}
