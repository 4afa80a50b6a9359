import ServiceKit
import Testing
import Wire

@testable import LambdaEmulator

@Suite struct RecordFilterTests {
    private func filter(_ patterns: String...) -> RecordFilter {
        RecordFilter(.members([("Filters", .list(patterns.map { .members([("Pattern", .string($0))]) }))]))
    }

    private func record(_ data: String, key: String = "k") throws -> StreamRecord {
        let document = Document.members([
            ("SequenceNumber", .string("1")), ("PartitionKey", .string(key)), ("Data", .bytes(Array(data.utf8))),
        ])
        return try #require(StreamRecord(document))
    }

    @Test(arguments: [
        (#"{"data":{"kind":["click"]}}"#, #"{"kind":"click"}"#, true), (#"{"data":{"kind":["click"]}}"#, #"{"kind":"view"}"#, false),
        (#"{"data":{"n":[{"numeric":[">",5]}]}}"#, #"{"n":6}"#, true), (#"{"data":{"kind":[{"exists":false}]}}"#, "no JSON", false),
        (#"{"data":{"kind":[{"exists":false}]}}"#, "{}", true), (#"{"partitionKey":["k"]}"#, "no JSON", true),
        (#"{"partitionKey":["x"]}"#, "{}", false),
        (#"{"partitionKey":[{"prefix":"k"}],"data":{"a":[1]}}"#, #"{"a":1}"#, true),
    ])
    func `records match by key and by data`(pattern: String, data: String, matches: Bool) throws {
        #expect(filter(pattern).matches(try record(data)) == matches)
    }

    @Test func `one of several patterns is enough, and none lets everything through`() throws {
        let two = filter(#"{"data":{"a":[1]}}"#, #"{"data":{"b":[1]}}"#)
        #expect(try two.matches(record(#"{"b":1}"#)) && !two.matches(record(#"{"c":1}"#)))
        #expect(try RecordFilter(nil).matches(record("x")))
    }

    @Test func `what is no pattern is refused`() {
        for text in ["[]", "{", #"{"data":"x"}"#, #"{"data":{"$or":[{"a":[1]}]}}"#, #"{"a":[""# + String(repeating: "x", count: 4096) + #""]}"#] {
            let criteria = Document.members([("Filters", .list([.members([("Pattern", .string(text))])]))])
            #expect(throws: ServiceError.self) { try RecordFilter.check(criteria) }
        }
    }
}
