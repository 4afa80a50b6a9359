import Testing
import Wire

@testable import Emulator

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
                return harness.eventStore.all(dataset: dataset?.id ?? 0)
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
        (#"{"eventType":"click","itemId":"7","sentAt":null}"#, "InvalidInputException"),
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
}
