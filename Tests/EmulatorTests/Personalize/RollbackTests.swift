import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import S3Emulator
@testable import ServiceKit

/// What a refused operation leaves behind: nothing, in the database as in memory.
@Suite struct RollbackTests {
    private static let reserved = #""tags":[{"tagKey":"aws:x","tagValue":"v"}]"#
    private static let account = "arn:aws:personalize:us-east-1:000000000000"

    @Test func `a refused dataset takes no records, and neither its ARN nor its id names another's`() throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        let fields = #"{"name":"ITEM_ID","type":"string"},{"name":"GENRE","type":["null","string"],"categorical":true}"#
        let schema = #"{"type":"record","name":"Items","namespace":"n","version":"1.0","fields":[\#(fields)]}"#
        try harness.ask("CreateSchema", JSON.text(.object(Document.Fields([("name", .string("items")), ("schema", .string(schema))]))))
        let arn = "\(Self.account):dataset/films/ITEMS"
        let parents = #""schemaArn":"\#(Self.account):schema/items","datasetGroupArn":"\#(PersonalizeHarness.group)""#
        let dataset = #""name":"i",\#(parents),"datasetType":"Items""#
        #expect(harness.refusal("CreateDataset", "{\(dataset),\(Self.reserved)}")?.code == "InvalidInputException")
        let items = #"{"datasetArn":"\#(arn)","items":[{"itemId":"ghost","properties":"{\"genre\":\"x\"}"}]}"#
        #expect(harness.refusal("/items", items)?.code == "ResourceNotFoundException")
        #expect(harness.service.serving.collector(arn) == nil)
        try harness.ask("CreateDataset", "{\(dataset)}")
        try harness.ask("/items", items)
    }

    @Test func `a refused filter and a refused event tracker do not serve`() throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        let group = #""datasetGroupArn":"\#(PersonalizeHarness.group)""#
        let expression = #""filterExpression":"EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (\"click\")""#
        #expect(harness.refusal("CreateFilter", #"{"name":"f",\#(group),\#(expression),\#(Self.reserved)}"#)?.code == "InvalidInputException")
        let served = try #require(harness.service.serving.collector(PersonalizeHarness.dataset)).group
        #expect(harness.service.serving.filters(group: served).isEmpty)
        try harness.ask("CreateFilter", #"{"name":"f",\#(group),\#(expression)}"#)
        #expect(harness.service.serving.filters(group: served).count == 1)
        #expect(harness.refusal("CreateEventTracker", #"{"name":"t",\#(group),\#(Self.reserved)}"#)?.code == "InvalidInputException")
        try harness.ask("CreateEventTracker", #"{"name":"t",\#(group)}"#)
    }

    @Test func `what a transaction registers follows its commit in order, and not its rollback`() throws {
        let harness = try PersonalizeHarness()
        var heard: [Int] = []
        try harness.service.resources(harness.call()) { table in
            table.afterCommit { _ in heard.append(1) }
            table.afterCommit { _ in heard.append(2) }
            #expect(heard.isEmpty)
        }
        #expect(heard == [1, 2])
        #expect(throws: ServiceError.self) {
            try harness.service.resources(harness.call()) { table in
                table.afterCommit { _ in heard.append(3) }
                throw ServiceError("Refused", nil)
            }
        }
        #expect(heard == [1, 2])
    }
}
