import SQLite
import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

/// A deletion without a delay can be seen once.
@Suite struct TombstoneTests {
    private static let account = "arn:aws:personalize:us-east-1:000000000000"

    /// The order in which a dataset group is taken down: operation's noun, member of its description, ARN.
    private static func parts(_ tracker: String) -> [(noun: String, member: String, arn: String)] {
        [
            ("Campaign", "campaign", "\(account):campaign/c"), ("Solution", "solution", "\(account):solution/c"),
            ("Filter", "filter", "\(account):filter/f"), ("EventTracker", "eventTracker", tracker),
            ("MetricAttribution", "metricAttribution", "\(account):metric-attribution/m"), ("Dataset", "dataset", PersonalizeHarness.dataset),
            ("DatasetGroup", "datasetGroup", PersonalizeHarness.group),
        ]
    }

    /// One of everything.
    private func build(_ harness: PersonalizeHarness) throws -> String {
        try harness.makeGroup()
        try harness.importInteractions(PersonalizeHarness.walks())
        _ = try harness.deploy("aws-popularity-count")
        let expression = #"EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (\"*\")"#
        try harness.ask("CreateFilter", #"{"name":"f","datasetGroupArn":"\#(PersonalizeHarness.group)","filterExpression":"\#(expression)"}"#)
        try harness.ask(
            "CreateMetricAttribution",
            """
            {"name":"m","datasetGroupArn":"\(PersonalizeHarness.group)",\
            "metrics":[{"eventType":"watch","metricName":"n","expression":"SAMPLECOUNT()"}],\
            "metricsOutputConfig":{"roleArn":"arn:aws:iam::000000000000:role/r"}}
            """
        )
        _ = try harness.makeTracker()
        return try #require(try harness.ask("ListEventTrackers", "{}").required("eventTrackers").items.first).required("eventTrackerArn").text
    }

    private func status(_ harness: PersonalizeHarness, _ part: (noun: String, member: String, arn: String)) -> String {
        do {
            let body = #"{"\#(part.member)Arn":"\#(part.arn)"}"#
            return try harness.ask("Describe\(part.noun)", body).required(part.member).required("status").text
        } catch {
            return (error as? ServiceError)?.code ?? "\(error)"
        }
    }

    @Test func `what is deleted is described once more, by its own account only, and then is no more`() throws {
        let harness = try PersonalizeHarness()
        for part in Self.parts(try build(harness)) {
            let body = #"{"\#(part.member)Arn":"\#(part.arn)"}"#
            try harness.ask("Delete\(part.noun)", body)
            #expect(harness.refusal("Describe\(part.noun)", body, account: "111122223333")?.code == "InvalidInputException")
            #expect(harness.refusal("Delete\(part.noun)", body)?.code == "ResourceNotFoundException", "\(part.noun)")
            #expect([status(harness, part), status(harness, part)] == ["DELETE PENDING", "ResourceNotFoundException"], "\(part.noun)")
        }
    }

    @Test func `no list has it, nothing waits for it, and its name is free at once`() throws {
        let harness = try PersonalizeHarness()
        let parts = Self.parts(try build(harness))
        for part in parts { try harness.ask("Delete\(part.noun)", #"{"\#(part.member)Arn":"\#(part.arn)"}"#) }
        for (list, key) in [("Campaigns", "campaigns"), ("Solutions", "solutions"), ("Filters", "Filters"), ("DatasetGroups", "datasetGroups")] {
            #expect(try harness.ask("List\(list)", "{}").required(key).items.isEmpty)
        }
        try harness.ask("DeleteSchema", #"{"schemaArn":"\#(harness.schema("s"))"}"#)
        #expect(harness.refusal("TagResource", #"{"resourceArn":"\#(parts[0].arn)","tags":[]}"#)?.code == "ResourceNotFoundException")
        try harness.makeGroup()
        #expect(status(harness, parts[6]) == "ACTIVE")
        // What the first of that name left is gone with the second.
        let forget = parts[5]
        #expect(status(harness, forget) == "ACTIVE")
        #expect(status(harness, parts[0]) == "DELETE PENDING")
    }

    @Test func `a deletion that takes time has its states, and leaves nothing`() throws {
        let harness = try PersonalizeHarness(jobDelay: 10)
        try harness.makeGroup()
        let part = Self.parts("")[5]
        try harness.ask("DeleteDataset", #"{"datasetArn":"\#(part.arn)"}"#)
        #expect(status(harness, part) == "DELETE PENDING")
        harness.time.advance(bySeconds: 6)
        #expect(status(harness, part) == "DELETE IN_PROGRESS")
        harness.time.advance(bySeconds: 6)
        #expect(status(harness, part) == "ResourceNotFoundException")
    }

    @Test func `only the newest are remembered`() throws {
        let harness = try PersonalizeHarness()
        for number in 0..<130 {
            try harness.ask("CreateDatasetGroup", #"{"name":"g\#(number)"}"#)
            try harness.ask("DeleteDatasetGroup", #"{"datasetGroupArn":"\#(Self.account):dataset-group/g\#(number)"}"#)
        }
        let count = try harness.service.store.read { try $0.fetchOne(Int.self, "SELECT count(*) FROM resource") }
        #expect(count == 100)
        #expect(status(harness, ("DatasetGroup", "datasetGroup", "\(Self.account):dataset-group/g129")) == "DELETE PENDING")
        #expect(status(harness, ("DatasetGroup", "datasetGroup", "\(Self.account):dataset-group/g0")) == "ResourceNotFoundException")
    }
}
