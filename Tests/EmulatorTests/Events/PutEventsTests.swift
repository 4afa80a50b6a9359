import Recommend
import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import S3Emulator
@testable import ServiceKit

/// What real clients send, and what they are told.
@Suite struct PutEventsTests {
    private struct Setup {
        let harness: PersonalizeHarness
        let tracker: String

        init() throws {
            harness = try PersonalizeHarness()
            try harness.makeGroup()
            tracker = try harness.makeTracker()
        }

        func body(_ event: String, session: String = "s", user: String = #""userId":"u","#) -> String {
            #"{"trackingId":"\#(tracker)",\#(user)"sessionId":"\#(session)","eventList":[\#(event)]}"#
        }

        var kept: [RecordedEvent] {
            get throws {
                let dataset = try harness.service.resources(harness.call()) { try $0.find(PersonalizeHarness.dataset) as Resource<Dataset>? }
                return try harness.eventStore.all(dataset: dataset?.id ?? 0)
            }
        }
    }

    @Test(arguments: [
        #"{"eventType":"click","itemId":"7","sentAt":1698711110}"#,
        #"{"eventType":"click","itemId":"7","sentAt":1698711110.123,"properties":"{}"}"#,
        #"{"eventType":"click","sentAt":1.69871111E9,"properties":"{\"itemId\":\"7\"}"}"#,
        #"{"eventType":"click","sentAt":1698711110,"properties":"{\"itemId\":7,\"eventValue\":\"3.5\"}"}"#,
        #"{"eventType":"click","itemId":"7","sentAt":1698711110,"properties":"{\"unknownKey\":\"x\"}"}"#,
    ])
    func `every form that clients use is taken`(event: String) throws {
        let setup = try Setup()
        try setup.harness.ask("/events", setup.body(event))
        #expect(try setup.kept.map(\.itemID) == ["7"])
        #expect(try setup.kept.map(\.timestamp.seconds) == [1_698_711_110])
    }

    @Test(arguments: [
        (#"{"eventType":"click","sentAt":1}"#, "InvalidInputException"),
        (#"{"eventType":"click","itemId":"7"}"#, "InvalidInputException"),
        (#"{"eventType":"click","itemId":"7","sentAt":"2020-01-01"}"#, "SerializationException"),
        (#"{"eventType":"click","itemId":"7","sentAt":1,"properties":"\"{}\""}"#, "InvalidInputException"),
        (#"{"eventType":"click","itemId":"7","sentAt":1,"properties":"{"}"#, "InvalidInputException"),
        (#"{"eventType":"click","itemId":"7","sentAt":1,"properties":{}}"#, "SerializationException"),
        (#"{"eventType":"click","itemId":"7","sentAt":1,"properties":"{\"TimeStamp\":1}"}"#, "InvalidInputException"),
        (#"{"eventType":"","itemId":"7","sentAt":1}"#, "InvalidInputException"),
        (#"{"eventType":"click","itemId":"7","sentAt":1,"recommendationId":"12345678901234567890123456789012345678901"}"#, "InvalidInputException"),
    ])
    func `what is wrong is refused and nothing is kept`(event: String, code: String) throws {
        let setup = try Setup()
        #expect(setup.harness.refusal("/events", setup.body(event))?.code == code)
        #expect(try setup.kept.isEmpty)
    }

    @Test func `a time that is null is now`() throws {
        let setup = try Setup()
        try setup.harness.ask("/events", setup.body(#"{"eventType":"c","itemId":"7","sentAt":null},{"eventType":"c","itemId":"8","sentAt":5}"#))
        #expect(try setup.kept.map(\.timestamp) == [setup.harness.time.now, Timestamp(milliseconds: 5000)])
    }

    @Test(arguments: ["itemId", "ITEM_ID", "item_id"])
    func `the item may be named in the properties, and the value too`(key: String) throws {
        let setup = try Setup()
        try setup.harness.ask("/events", setup.body(#"{"eventType":"c","sentAt":1,"properties":"{\"\#(key)\":\"7\",\"EVENT_VALUE\":2}"}"#))
        #expect(try setup.kept.map(\.itemID) == ["7"] && setup.kept.map(\.eventValue) == [2])
    }

    @Test func `properties that are no object have the service's words`() throws {
        let setup = try Setup()
        let refusal = setup.harness.refusal("/events", setup.body(#"{"eventType":"c","itemId":"7","sentAt":1,"properties":"[]"}"#))
        #expect(refusal?.message == "Error parsing properties json")
    }

    @Test func `a session that says null is answered and dropped`() throws {
        let setup = try Setup()
        try setup.harness.ask("/events", setup.body(#"{"eventType":"c","itemId":"7","sentAt":1}"#, session: "null"))
        #expect(try setup.kept.isEmpty)
    }

    @Test func `eleven events are one too many`() throws {
        let setup = try Setup()
        let events = (0..<11).map { #"{"eventType":"c","itemId":"\#($0)","sentAt":1}"# }.joined(separator: ",")
        let refusal = setup.harness.refusal("/events", setup.body(events))
        #expect(refusal?.message?.contains("Member must have length less than or equal to 10") == true)
        #expect(refusal?.message?.contains("kinesis.") == false && refusal?.message?.contains("com.amazonaws.personalizeevents.") == true)
    }

    @Test func `a tracker of nothing, or of another account, is refused`() throws {
        let setup = try Setup()
        let event = #"{"eventType":"c","itemId":"7","sentAt":1}"#
        #expect(setup.harness.refusal("/events", setup.body(event), account: "111122223333")?.code == "InvalidInputException")
        let nobody = #"{"trackingId":"x","sessionId":"s","eventList":[\#(event)]}"#
        #expect(setup.harness.refusal("/events", nobody)?.code == "InvalidInputException")
    }

    @Test func `a deleted tracker takes no more`() throws {
        let setup = try Setup()
        let arn = try #require(try setup.harness.ask("ListEventTrackers", "{}").required("eventTrackers").items.first).required("eventTrackerArn")
            .text
        try setup.harness.ask("DeleteEventTracker", #"{"eventTrackerArn":"\#(arn)"}"#)
        #expect(setup.harness.refusal("/events", setup.body(#"{"eventType":"c","itemId":"7","sentAt":1}"#)) != nil)
    }

    @Test func `an event of more than ten kilobytes is refused`() throws {
        let setup = try Setup()
        // 256 characters of three bytes each.
        let long = String(repeating: "語", count: 256)
        func event(_ shown: Int) -> String {
            let impression = (0..<shown).map { _ in "\"\(long)\"" }.joined(separator: ",")
            return #"{"eventType":"c","itemId":"7","sentAt":1,"impression":[\#(impression)]}"#
        }
        #expect(setup.harness.refusal("/events", setup.body(event(13))) == nil)
        let refusal = setup.harness.refusal("/events", setup.body(event(14)))
        #expect(refusal?.code == "InvalidInputException" && refusal?.message == "An event must have at most 10240 bytes.")
    }

    @Test func `a recommendation that an event names says what was shown`() throws {
        let setup = try Setup()
        try setup.harness.importInteractions(PersonalizeHarness.walks())
        let campaign = try setup.harness.deploy("aws-user-personalization")
        let answer = try setup.harness.ask("/recommendations", #"{"campaignArn":"\#(campaign)","userId":"u1","numResults":30}"#)
        let shown = answer.required("itemList").items.map { $0.required("itemId").text }
        let id = answer.required("recommendationId").text
        try setup.harness.ask("/events", setup.body(#"{"eventType":"c","itemId":"i1","sentAt":1,"recommendationId":"\#(id)"}"#))
        try setup.harness.ask("/events", setup.body(#"{"eventType":"c","itemId":"i1","sentAt":2,"recommendationId":"\#(id)","impression":["x"]}"#))
        try setup.harness.ask("/events", setup.body(#"{"eventType":"c","itemId":"i1","sentAt":3,"recommendationId":"RID-unheard-of"}"#))
        #expect(try setup.kept.map(\.impression) == [Array(shown.prefix(25)), ["x"], nil])
    }

    @Test func `a source that is named is kept`() throws {
        let setup = try Setup()
        let event = #"{"eventType":"c","itemId":"7","sentAt":1,"metricAttribution":{"eventAttributionSource":"mail"}}"#
        try setup.harness.ask("/events", setup.body(event))
        #expect(try setup.kept.map(\.attributionSource) == ["mail"])
        let blank = event.replacing("mail", with: "  ")
        #expect(setup.harness.refusal("/events", setup.body(blank))?.code == "InvalidInputException")
    }

    /// Columns that parameters of an event fill, none of which may be null.
    @Test func `parameters fill the columns that are theirs`() throws {
        let harness = try PersonalizeHarness()
        try harness.ask("CreateDatasetGroup", #"{"name":"films"}"#)
        let text = ["SESSION_ID", "IMPRESSION", "RECOMMENDATION_ID", "EVENT_ATTRIBUTION_SOURCE", "EVENT_ID"]
            .map { #",{"name":"\#($0)","type":"string"}"# }.joined()
        let more = #",{"name":"EVENT_VALUE","type":"float"}"#
        try harness.makeSchema("s", "Interactions", PersonalizeHarness.fields + text + more)
        try harness.ask(
            "CreateDataset",
            #"{"name":"d","schemaArn":"\#(harness.schema("s"))","datasetGroupArn":"\#(PersonalizeHarness.group)","datasetType":"Interactions"}"#
        )
        let tracker = try harness.makeTracker()
        let event = """
            {"eventId":"e","eventType":"c","itemId":"7","sentAt":9.5,"eventValue":2,"recommendationId":"RID-1","impression":["7","8"],\
            "metricAttribution":{"eventAttributionSource":"mail"}}
            """
        try harness.ask("/events", #"{"trackingId":"\#(tracker)","userId":"u","sessionId":"s1","eventList":[\#(event)]}"#)
        let collector = try #require(harness.service.serving.collector(PersonalizeHarness.dataset))
        let table = StreamedTables.table(try harness.eventStore.all(dataset: collector.id), collector.schema.columns, kind: .interactions)
        #expect(
            table.columns.indices.map { table[0, $0] } == [
                .string("u"), .string("7"), .long(9), .string("c"), .string("s1"), .string("7|8"), .string("RID-1"), .string("mail"), .string("e"),
                .double(2),
            ]
        )
    }

    @Test(arguments: [(#""long""#, "s1", true), (#""long""#, "12", false), (#"["null","long"]"#, "s1", false)])
    func `a session that is no value of its column is refused, or null`(type: String, session: String, isRefused: Bool) throws {
        let harness = try PersonalizeHarness()
        try harness.ask("CreateDatasetGroup", #"{"name":"films"}"#)
        try harness.makeSchema("s", "Interactions", PersonalizeHarness.fields + #",{"name":"SESSION_ID","type":\#(type)}"#)
        try harness.ask(
            "CreateDataset",
            #"{"name":"d","schemaArn":"\#(harness.schema("s"))","datasetGroupArn":"\#(PersonalizeHarness.group)","datasetType":"Interactions"}"#
        )
        let tracker = try harness.makeTracker()
        let event = #"{"eventType":"c","itemId":"7","sentAt":1}"#
        let body = #"{"trackingId":"\#(tracker)","userId":"u","sessionId":"\#(session)","eventList":[\#(event)]}"#
        #expect((harness.refusal("/events", body)?.code == "InvalidInputException") == isRefused)
    }

    @Test func `columns that may not be null have to be filled by the properties`() throws {
        let harness = try PersonalizeHarness()
        try harness.ask("CreateDatasetGroup", #"{"name":"films"}"#)
        let wider = PersonalizeHarness.schema.replacing(
            #"{"name":"EVENT_TYPE","type":"string"}"#,
            with: #"{"name":"EVENT_TYPE","type":"string"},{"name":"NUMBER_OF_RATINGS","type":"int"}"#
        )
        try harness.ask("CreateSchema", JSON.text(.object(Document.Fields([("name", .string("s")), ("schema", .string(wider))]))))
        try harness.ask(
            "CreateDataset",
            """
            {"name":"d","schemaArn":"arn:aws:personalize:us-east-1:000000000000:schema/s","datasetGroupArn":"\(PersonalizeHarness.group)",\
            "datasetType":"Interactions"}
            """
        )
        let tracker = try harness.makeTracker()
        func refusal(_ properties: String) -> ServiceError? {
            let properties = JSON.text(.string(properties))
            let event = #"{"eventType":"c","itemId":"7","sentAt":1,"properties":\#(properties)}"#
            return harness.refusal("/events", #"{"trackingId":"\#(tracker)","sessionId":"s","eventList":[\#(event)]}"#)
        }
        #expect(refusal("{}")?.code == "InvalidInputException")
        #expect(refusal(#"{"numberOfRatings":"many"}"#)?.code == "InvalidInputException")
        #expect(refusal(#"{"numberOfRatings":"12"}"#) == nil)
        #expect(refusal(#"{"NUMBER_OF_RATINGS":12}"#) == nil)
    }
}
