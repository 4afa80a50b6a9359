import Dispatch
import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import ReferenceApp
@testable import S3Emulator
@testable import ServiceKit

@Suite struct KinesisConsumerTests {
    private struct App {
        let harness: EmulatorHarness
        var parts: ServerComponents { harness.emulator.parts }

        init(directory: String? = nil) throws {
            harness = try EmulatorHarness(directory: directory, referenceApp: true)
            parts.resume()
        }

        @discardableResult
        func personalize(_ operation: String, _ body: String) throws -> Document {
            try JSON.parse(harness.json("AmazonPersonalize.\(operation)", body).text)
        }

        func kinesis(_ operation: String, _ body: String) throws -> Document {
            let text = harness.json("Kinesis_20131202.\(operation)", body).text
            return try text.isEmpty ? .null : JSON.parse(text)
        }

        /// A dataset that takes events; the tracking id.
        func makeTracker() throws -> String {
            let group = "arn:aws:personalize:us-east-1:000000000000:dataset-group/g"
            try personalize("CreateDatasetGroup", #"{"name":"g"}"#)
            let schema = Document.Fields([("name", .string("s")), ("schema", .string(PersonalizeHarness.schema))])
            try personalize("CreateSchema", JSON.text(.object(schema)))
            try personalize(
                "CreateDataset",
                """
                {"name":"d","schemaArn":"arn:aws:personalize:us-east-1:000000000000:schema/s","datasetGroupArn":"\(group)","datasetType":"Interactions"}
                """
            )
            return try personalize("CreateEventTracker", #"{"name":"t","datasetGroupArn":"\#(group)"}"#).required("trackingId").text
        }

        func send(_ data: String) -> WireResponse {
            harness.answer(
                WireRequest(
                    method: "POST",
                    path: Route.gatewayPrefix + "data",
                    headers: ["host": "localhost"],
                    body: Array(#"{"stream-name":"my-stream","PartitionKey":"p","Data":\#(data)}"#.utf8)
                )
            )
        }

        func click(_ item: Int, tracker: String, sentAt: String = "1698711110", interactions: Int = 1) -> String {
            #"{"userId":429,"itemId":"\#(item)","eventType":"click","sentAt":\#(sentAt),"trackingId":"\#(tracker)","interactions":\#(interactions)}"#
        }

        /// Lets the consumer come to rest: each page takes a few turns of its queue.
        func rest() throws {
            let consumer = try #require(parts.consumer)
            for _ in 0..<20 { consumer.queue.sync {} }
        }

        var events: [RecordedEvent] {
            get throws { try (1...20).flatMap { try parts.personalize.eventStore.all(dataset: DatasetID(rawValue: $0)) } }
        }

        func end() {
            harness.emulator.shutdown()
        }
    }

    @Test func `a record becomes an event, and a broken one is counted and blocks nothing`() throws {
        let app = try App()
        let tracker = try app.makeTracker()
        let answer = try JSON.parse(app.send(app.click(1, tracker: tracker)).text)
        #expect(answer["Message"]?.text == "Event sent successfully")
        #expect(answer["data"]?["EncryptionType"]?.text == "KMS")
        for broken in [app.click(2, tracker: "nobody"), app.click(3, tracker: tracker, sentAt: #""yesterday""#), #""no object""#] {
            _ = app.send(broken)
        }
        _ = app.send(app.click(4, tracker: tracker, sentAt: #""1698711111""#))
        try app.rest()
        #expect(try app.events.map(\.itemID) == ["1", "4"])
        #expect(try app.events.map(\.timestamp.milliseconds) == [1_698_711_110_000, 1_698_711_111_000])
        #expect(try app.events.allSatisfy { $0.userID == "429" })
        #expect(try #require(app.parts.consumer).counts == (2, 3))
        app.end()
    }

    @Test func `a restart goes on behind the last record and sends none twice`() throws {
        try withDataDirectory { directory in
            let first = try App(directory: directory)
            let tracker = try first.makeTracker()
            for item in 0..<5 { _ = first.send(first.click(item, tracker: tracker)) }
            try first.rest()
            #expect(try #require(first.parts.consumer).counts.delivered == 5)
            first.end()
            let second = try App(directory: directory)
            try second.rest()
            #expect(try #require(second.parts.consumer).counts == (0, 0))
            _ = second.send(second.click(9, tracker: tracker))
            try second.rest()
            #expect(try #require(second.parts.consumer).counts == (1, 0))
            #expect(try second.events.map(\.itemID) == ["0", "1", "2", "3", "4", "9"])
            second.end()
        }
    }

    @Test func `readers go on into a stream made anew`() throws {
        let app = try App()
        let tracker = try app.makeTracker()
        _ = app.send(app.click(1, tracker: tracker))
        try app.rest()
        _ = try app.kinesis("DeleteStream", #"{"StreamName":"my-stream"}"#)
        _ = try app.kinesis("CreateStream", #"{"StreamName":"my-stream","ShardCount":2}"#)
        for item in 2..<6 { _ = app.send(app.click(item, tracker: tracker)) }
        try app.rest()
        #expect(try app.events.map(\.itemID) == ["1", "2", "3", "4", "5"])
        app.end()
    }

    @Test func `a reset leaves an empty stream that is followed again`() throws {
        let app = try App()
        let tracker = try app.makeTracker()
        _ = app.send(app.click(1, tracker: tracker))
        try app.rest()
        let answer = app.harness.answer(WireRequest(method: "POST", path: "/_personalite/reset", headers: ["host": "localhost"]))
        #expect(answer.status == 200)
        #expect(try app.events.isEmpty)
        let again = try app.makeTracker()
        _ = app.send(app.click(2, tracker: again))
        try app.rest()
        #expect(try app.events.map(\.itemID) == ["2"])
        app.end()
    }
}
