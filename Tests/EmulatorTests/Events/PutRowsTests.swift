import Recommend
import Streams
import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import S3Emulator
@testable import ServiceKit

/// PutItems, PutUsers, PutActions, PutActionInteractions: what is taken, what is refused, and that it lasts.
@Suite struct PutRowsTests {
    private static let group = PersonalizeHarness.group

    private func body(_ properties: String?, id: String = "i1", dataset: String = ShopHarness.itemsArn) -> String {
        let properties = properties.map { #","properties":\#(JSON.text(.string($0)))"# } ?? ""
        return #"{"datasetArn":"\#(dataset)","items":[{"itemId":"\#(id)"\#(properties)}]}"#
    }

    private func row(_ shop: ShopHarness, _ id: String = "i1") throws -> [Value]? {
        let collector = try #require(shop.harness.service.serving.collector(ShopHarness.itemsArn))
        let table = try shop.harness.service.attributeIndex.table(collector.id, .items, collector.schema.columns)
        let ids = try #require(table.column("ITEM_ID"))
        guard let row = (0..<table.rowCount).first(where: { ids[$0] == .string(id) }) else { return nil }
        return (0..<table.columns.count).map { table[row, $0] }
    }

    @Test(arguments: [
        (#"{"genre":"Comedy|Noir","price":1.5,"year":1999}"#, [Value.string("Comedy|Noir"), .double(1.5), .long(1999)]),
        (#"{"GENRE":"Comedy","PRICE":"2","YEAR":"1999"}"#, [.string("Comedy"), .double(2), .long(1999)]),
        (#"{"year":1999.0,"colour":"red"}"#, [.null, .null, .long(1999)]),
        (#"{"year":1999,"genre":null,"price":""}"#, [.null, .null, .long(1999)]),
        (#"{"year":1999,"genre":7}"#, [.string("7"), .null, .long(1999)]),
    ])
    func `properties become columns`(properties: String, expected: [Value]) throws {
        let shop = try ShopHarness().open(fills: false)
        try shop.harness.ask("/items", body(properties))
        #expect(try row(shop) == [.string("i1")] + expected)
    }

    @Test func `a record takes the place of the whole record before it`() throws {
        let shop = try ShopHarness().open(fills: false)
        try shop.load(ShopHarness.items, into: ShopHarness.itemsArn, job: "items")
        try shop.harness.ask("/items", body(#"{"year":1}"#))
        #expect(try row(shop) == [.string("i1"), .null, .null, .long(1)])
        try shop.harness.ask("/items", body(#"{"year":2,"genre":"Noir"}"#))
        #expect(try row(shop) == [.string("i1"), .string("Noir"), .null, .long(2)])
        #expect(try row(shop, "i2") == [.string("i2"), .string("Comedy"), .double(2), .long(1982)])
        // A full import replaces what was imported; what was streamed and is not in it stays.
        try shop.load("ITEM_ID,GENRE,PRICE,YEAR\ni3,Noir,1,3\n", into: ShopHarness.itemsArn, job: "again")
        #expect(try row(shop, "i2") == nil && row(shop, "i3") != nil && row(shop) == [.string("i1"), .string("Noir"), .null, .long(2)])
    }

    @Test(arguments: [
        nil, "{}", #"{"year":"new"}"#, #"{"year":null}"#, #"{"year":1,"price":"cheap"}"#, #"{"year":1,"genre":["a"]}"#, #"{"year":2147483648}"#,
        "[]", "{", #""{}""#,
    ])
    func `what does not fit the schema is refused and leaves nothing`(properties: String?) throws {
        let shop = try ShopHarness().open(fills: false)
        #expect(shop.harness.refusal("/items", body(properties))?.code == "InvalidInputException")
        #expect(try row(shop) == nil)
    }

    @Test func `a dataset that is not there, of another kind, or not ready is refused`() throws {
        let shop = try ShopHarness().open(fills: false)
        let fine = #"{"year":1}"#
        let missing = shop.harness.refusal("/items", body(fine, dataset: "\(ShopHarness.account):dataset/none/ITEMS"))
        #expect(missing?.code == "ResourceNotFoundException" && missing?.status == 404)
        #expect(shop.harness.refusal("/items", body(fine, dataset: ShopHarness.usersArn))?.code == "InvalidInputException")
        #expect(shop.harness.refusal("/items", body(fine), account: "111122223333")?.code == "InvalidInputException")
        let slow = try PersonalizeHarness(jobDelay: 10)
        try slow.ask("CreateDatasetGroup", #"{"name":"films"}"#)
        slow.time.advance(bySeconds: 20)
        try slow.ask("CreateSchema", JSON.text(.object(Document.Fields([("name", .string("Items")), ("schema", .string(ShopHarness.itemSchema))]))))
        try slow.ask(
            "CreateDataset",
            #"{"name":"d","schemaArn":"\#(ShopHarness.account):schema/Items","datasetGroupArn":"\#(Self.group)","datasetType":"Items"}"#
        )
        let early = slow.refusal("/items", body(fine))
        #expect(early?.code == "ResourceInUseException" && early?.status == 409)
        slow.time.advance(bySeconds: 20)
        #expect(slow.refusal("/items", body(fine)) == nil)
    }

    @Test func `actions and what users do with them`() throws {
        let harness = try PersonalizeHarness()
        let tracker = try harness.makeActions()
        let action = #"{"datasetArn":"\#(ShopHarness.account):dataset/films/ACTIONS","actions":[{"actionId":"a1","properties":"{\"value\":3}"}]}"#
        try harness.ask("/actions", action)
        func interaction(_ type: String, session: String = "s") -> String {
            """
            {"trackingId":"\(tracker)","actionInteractions":[{"actionId":"a1","userId":"u1","sessionId":"\(session)","timestamp":1700000000,\
            "eventType":"\(type)"}]}
            """
        }
        for type in ["Taken", "Not Taken", "NOT_TAKEN", "viewed"] { try harness.ask("/action-interactions", interaction(type)) }
        try harness.ask("/action-interactions", interaction("Taken", session: "null"))
        let dataset = try #require(harness.service.serving.collector("\(ShopHarness.account):dataset/films/ACTION_INTERACTIONS"))
        #expect(try harness.eventStore.all(dataset: dataset.id).map(\.eventType) == ["Taken", "Not Taken", "NOT_TAKEN", "viewed"])
        #expect(harness.refusal("/action-interactions", interaction("bought"))?.code == "InvalidInputException")
        #expect(harness.refusal("/action-interactions", interaction("Taken").replacing(tracker, with: "nobody"))?.code == "InvalidInputException")
        #expect(harness.refusal("/actions", action.replacing("value", with: "colour"))?.code == nil)
        #expect(harness.refusal("/actions", action.replacing("3", with: "\\\"much\\\""))?.code == "InvalidInputException")
    }

    @Test func `rows outlive a restart, and what was removed stays removed`() throws {
        let folder = TemporaryFolder()
        let (log, _) = try RecordLog.open(directory: folder.path, summaries: PersonalizeServices.logSummaries)
        let rows = StreamedRows(log: log)
        let events = EventStore(log: log)
        try rows.append((1...3).map { StreamedRow(id: "i\($0)", properties: "{}") }, dataset: 1).wait()
        try rows.append([StreamedRow(id: "i2", properties: nil)], dataset: 1).wait()
        try rows.overtake(["i1"], dataset: 1).wait()
        #expect(try rows.remove(["i3", "nobody"], dataset: 1).count == 1)
        func event(_ user: String, _ item: String) -> RecordedEvent {
            RecordedEvent(sequence: 0, userID: user, sessionID: "s", itemID: item, eventType: "c", timestamp: Timestamp(milliseconds: 1))
        }
        try events.append([event("u1", "a"), event("u2", "b"), event("u1", "c")], dataset: 2).wait()
        #expect(try events.remove(["u1"], dataset: 2).count == 2)
        try events.append([event("u1", "a")], dataset: 2).wait()
        log.close()

        let (again, _) = try RecordLog.open(directory: folder.path, summaries: PersonalizeServices.logSummaries)
        let restored = StreamedRows(log: again)
        let events2 = EventStore(log: again)
        _ = try again.recover { summary throws(LogError) in
            try restored.restore(summary, isKept: { _ in true })
            try events2.restore(summary, isKept: { _ in true })
        }
        for rows in [rows, restored] {
            #expect(rows.all(dataset: 1).map(\.id) == ["i1", "i2", "i2"])
            #expect(rows.newest(dataset: 1) == [StreamedRow(id: "i2", properties: nil)])
        }
        for events in [events, events2] {
            // Numbers go on where they were, so that models trained before still know what they have seen.
            #expect(try events.all(dataset: 2).map(\.itemID) == ["b", "a"])
            #expect(try events.all(dataset: 2).map(\.sequence) == [2, 4] && events.lastSequence(dataset: 2) == 4)
            #expect(try events.history(of: "u1", dataset: 2, after: 3).map(\.itemID) == ["a"])
        }
        again.close()
    }

    @Test func `streamed events have the columns of their dataset`() throws {
        let columns = [
            ColumnSpec("USER_ID", .string), ColumnSpec("ITEM_ID", .string), ColumnSpec("TIMESTAMP", .long), ColumnSpec("EVENT_TYPE", .string),
            ColumnSpec("EVENT_VALUE", .float, nullable: true), ColumnSpec("IMPRESSION", .string, nullable: true),
            ColumnSpec("EVENT_ATTRIBUTION_SOURCE", .string, nullable: true), ColumnSpec("NUMBER_OF_RATINGS", .int),
        ]
        var event = RecordedEvent(sequence: 1, sessionID: "s", itemID: "i", eventType: "click", timestamp: Timestamp(milliseconds: 5_999))
        event.impression = ["a", "b"]
        event.attributionSource = "mail"
        event.properties = #"{"numberOfRatings":"12"}"#
        let table = StreamedTables.table([event], columns, kind: .interactions)
        #expect(
            (0..<columns.count).map { table[0, $0] } == [
                .string("s"), .string("i"), .long(5), .string("click"), .null, .string("a|b"), .string("mail"), .long(12),
            ]
        )
        event.properties = nil
        #expect(throws: ServiceError.self) { try StreamedTables.values(event, columns, kind: .interactions) }
    }
}
