import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

@Suite struct AutoTrainingTests {
    private static let solution = "arn:aws:personalize:us-east-1:000000000000:solution/s"

    private func harness(autoTraining: Bool = true, config: String = "", delay: Double = 0) throws -> PersonalizeHarness {
        let harness = try PersonalizeHarness(jobDelay: delay) { $0.autoTraining = autoTraining }
        try harness.makeGroup()
        try harness.importInteractions(PersonalizeHarness.walks())
        try harness.ask(
            "CreateSolution",
            #"{"name":"s","datasetGroupArn":"\#(PersonalizeHarness.group)","recipeArn":"arn:aws:personalize:::recipe/aws-sims"\#(config)}"#
        )
        return harness
    }

    /// What types of training the versions come from, after the clock has moved and maintenance ran.
    private func versions(_ harness: PersonalizeHarness, after seconds: Double) throws -> [String] {
        harness.time.advance(bySeconds: seconds)
        harness.service.runMaintenance()
        harness.jobs.drain()
        return try harness.ask("ListSolutionVersions", #"{"solutionArn":"\#(Self.solution)"}"#).required("solutionVersions").items
            .map { $0.required("trainingType").text }
    }

    @Test func `nothing trains itself unless the server may`() throws {
        let harness = try harness(autoTraining: false)
        #expect(try versions(harness, after: 30 * 86_400) == [])
    }

    @Test func `the first version comes within the hour, the next after seven days with new data only`() throws {
        let harness = try harness()
        #expect(try versions(harness, after: 3599) == [])
        #expect(try versions(harness, after: 1) == ["AUTOMATIC"])
        #expect(try versions(harness, after: 8 * 86_400) == ["AUTOMATIC"])
        let tracker = try harness.makeTracker()
        try harness.ask(
            "/events",
            #"{"trackingId":"\#(tracker)","userId":"u1","sessionId":"s","eventList":[{"eventType":"watch","itemId":"i3","sentAt":1700000000}]}"#
        )
        #expect(try versions(harness, after: 1) == ["AUTOMATIC", "AUTOMATIC"])
        #expect(try versions(harness, after: 1) == ["AUTOMATIC", "AUTOMATIC"])
    }

    @Test func `a version made by hand takes the place of the first`() throws {
        let harness = try harness(config: #","solutionConfig":{"autoTrainingConfig":{"schedulingExpression":"rate(1 day)"}}"#)
        try harness.ask("CreateSolutionVersion", #"{"solutionArn":"\#(Self.solution)"}"#)
        #expect(try versions(harness, after: 4000) == ["MANUAL"])
        try harness.importInteractions(PersonalizeHarness.walks(users: 50), job: "more", mode: "INCREMENTAL")
        #expect(try versions(harness, after: 86_400) == ["MANUAL", "AUTOMATIC"])
    }

    @Test func `without performAutoTraining nothing is due`() throws {
        let harness = try harness(config: #","performAutoTraining":false"#)
        #expect(try versions(harness, after: 30 * 86_400) == [])
    }

    @Test(arguments: ["rate(0 days)", "rate(31 days)", "rate(99 days)", "rate(2  days)x"])
    func `a rate that is none is refused`(expression: String) throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        let refusal = harness.refusal(
            "CreateSolution",
            """
            {"name":"s","datasetGroupArn":"\(PersonalizeHarness.group)","recipeArn":"arn:aws:personalize:::recipe/aws-sims",\
            "solutionConfig":{"autoTrainingConfig":{"schedulingExpression":"\(expression)"}}}
            """
        )
        #expect(refusal?.code == "InvalidInputException")
    }

    @Test func `an hour is an hour of the server's clock`() throws {
        let harness = try harness(delay: 2)
        harness.time.advance(bySeconds: 2)
        #expect(try versions(harness, after: 3600).count == 1)
    }
}
