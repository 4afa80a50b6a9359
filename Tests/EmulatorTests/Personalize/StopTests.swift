import Logging
import Shapes
import Synchronization
import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

@Suite struct StopTests {
    private static let version = "arn:aws:personalize:us-east-1:000000000000:solution/s/v"

    /// A solution that can be trained.
    private func ready(_ harness: PersonalizeHarness) throws {
        try harness.makeGroup()
        harness.time.advance(bySeconds: 100)
        try harness.importInteractions(PersonalizeHarness.walks())
        try harness.ask(
            "CreateSolution",
            #"{"name":"s","datasetGroupArn":"\#(PersonalizeHarness.group)","recipeArn":"arn:aws:personalize:::recipe/aws-sims"}"#
        )
        harness.time.advance(bySeconds: 100)
    }

    private func create(_ harness: PersonalizeHarness) throws {
        try harness.ask("CreateSolutionVersion", #"{"solutionArn":"arn:aws:personalize:us-east-1:000000000000:solution/s","name":"v"}"#)
    }

    private func status(_ harness: PersonalizeHarness) throws -> String {
        try harness.ask("DescribeSolutionVersion", #"{"solutionVersionArn":"\#(Self.version)"}"#).required("solutionVersion").required("status").text
    }

    private static func stop(_ harness: PersonalizeHarness) throws {
        try harness.ask("StopSolutionVersionCreation", #"{"solutionVersionArn":"\#(Self.version)"}"#)
    }

    @Test func `a pending version is stopped at once`() throws {
        let harness = try PersonalizeHarness(jobDelay: 10)
        try ready(harness)
        let gate = Gate(harness.jobs)
        try create(harness)
        try Self.stop(harness)
        #expect(try status(harness) == "CREATE STOPPED")
        gate.open()
        harness.jobs.drain()
        #expect(try status(harness) == "CREATE STOPPED")
        #expect(harness.refusal("StopSolutionVersionCreation", #"{"solutionVersionArn":"\#(Self.version)"}"#)?.code == "ResourceInUseException")
        try harness.ask("DeleteSolution", #"{"solutionArn":"arn:aws:personalize:us-east-1:000000000000:solution/s"}"#)
    }

    @Test func `a version in progress stops over a passing state`() throws {
        let harness = try PersonalizeHarness(jobDelay: 10)
        try ready(harness)
        let gate = Gate(harness.jobs)
        try create(harness)
        harness.time.advance(bySeconds: 6)
        #expect(try status(harness) == "CREATE IN_PROGRESS")
        try Self.stop(harness)
        #expect(try status(harness) == "CREATE STOPPING")
        harness.time.advance(bySeconds: 6)
        #expect(try status(harness) == "CREATE STOPPED")
        gate.open()
        harness.jobs.drain()
        #expect(try status(harness) == "CREATE STOPPED")
    }

    @Test func `training itself ends at its next step`() throws {
        let started = Mutex<@Sendable () -> Void>({})
        let log = WatchedLog { if $0 == "training started" { started.withLock { $0 }() } }
        let harness = try PersonalizeHarness(log: Logger(label: "test") { _ in log })
        try ready(harness)
        started.withLock { $0 = { try? Self.stop(harness) } }
        try create(harness)
        harness.jobs.drain()
        #expect(try status(harness) == "CREATE STOPPED")
        let id = try #require(harness.service.resources(harness.call()) { try $0.find(Self.version, as: Personalize.SolutionVersion.self)?.id })
        #expect(try harness.service.models.model(id.model) == nil)
        #expect(harness.refusal("GetSolutionMetrics", #"{"solutionVersionArn":"\#(Self.version)"}"#)?.code == "ResourceInUseException")
    }
}
