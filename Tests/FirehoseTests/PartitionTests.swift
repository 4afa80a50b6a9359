import Synchronization
import Testing

@testable import FirehoseEmulator
@testable import ServiceKit
@testable import Wire

/// Queries that find the keys of partitions, and what is made of the keys.
@Suite struct PartitionTests {
    private func keys(_ query: String, _ record: String) throws -> [String: String] {
        try PartitionQuery(query).keys(of: JSON.parse(record))
    }

    @Test(arguments: [
        ("{customer: .customer.id}", #"{"customer":{"id":"c7"}}"#, ["customer": "c7"]),
        ("{a}", #"{"a":"x"}"#, ["a": "x"]),
        ("{a:.a,b:.b}", #"{"a":1,"b":true}"#, ["a": "1", "b": "true"]),
        (#"{"a b": .["x y"]}"#, #"{"x y":"z"}"#, ["a b": "z"]),
        (#"{a: ."x-y".z}"#, #"{"x-y":{"z":"w"}}"#, ["a": "w"]),
        ("{a: .list[0].b, c: .list[-1].b}", #"{"list":[{"b":"p"},{"b":"q"}]}"#, ["a": "p", "c": "q"]),
        ("{a: .[1]}", #"["x","y"]"#, ["a": "y"]),
        (
            "{ year : .sent | strftime(\"%Y\") , rest: (.sent|strftime(\"%m-%d %H%%\")) }", #"{"sent":1700000000}"#,
            ["year": "2023", "rest": "11-14 22%"]
        ),
        (#"{a: .n | tostring, b: .t | ascii_downcase, c: .t | ascii_upcase}"#, #"{"n":[1],"t":"Ä-Bc"}"#, ["a": "[1]", "b": "Ä-bc", "c": "Ä-BC"]),
        (#"{a: "all", b: .o | .p}"#, #"{"o":{"p":2.5}}"#, ["a": "all", "b": "2.5"]),
    ])
    func `a query finds keys`(query: String, record: String, expected: [String: String]) throws {
        #expect(try keys(query, record) == expected)
    }

    @Test(arguments: [
        ("{a: .a}", "{}", "null or empty"), ("{a: .a}", #"{"a":""}"#, "null or empty"), ("{a: .a.b}", #"{"a":1}"#, "no object"),
        ("{a: .a[0]}", #"{"a":{}}"#, "no array"), ("{a: .a}", #"{"a":{}}"#, "texts, numbers"),
        ("{a: .a | strftime(\"%Y\")}", #"{"a":"x"}"#, "strftime"),
        ("{a: .a | ascii_downcase}", #"{"a":1}"#, "no case"),
    ])
    func `a record without its keys is told`(query: String, record: String, said: String) throws {
        let fault = #expect(throws: PartitionQuery.Fault.self) { _ = try keys(query, record) }
        #expect(fault?.reason.contains(said) == true)
    }

    @Test(arguments: [
        "", ".a", "{", "{}", "{a: }", "{a: .a", "{a: .a} .b", "{a: .a?}", "{a: .a // \"x\"}", "{a: .a | test(\"x\")}", "{a: .a[]}", "{a: .a..b}",
        "{(.a): .b}", "{a: .a + 1}", "{a: .a | strftime(\"%Q\")}", "{a: \"x}", "{a: .a, a: .b}", "{a: $x}", "{a: .a[99999999999999999999]}",
        "{a: \(String(repeating: "(", count: 5000)).a}",
    ])
    func `what is not carried out of jq is refused`(query: String) {
        #expect(throws: PartitionQuery.Fault.self) { _ = try PartitionQuery(query) }
    }

    // MARK: In a delivery stream

    private let buckets = Buckets()
    private let time = ManualTime()
    private let service: FirehoseService

    init() throws { service = .delivering(to: buckets, try Store(directory: nil), time) }

    private var call: Call { Call(account: "111111111111", region: "eu-west-1", now: time.now, requestID: "test") }

    private func make(
        _ more: [(name: String, value: Document?)] = [],
        query: String = "{user: .user, kind: .kind}",
        prefix: String = "u=!{partitionKeyFromQuery:user}/"
    ) throws {
        let parameters = [("MetadataExtractionQuery", query), ("JsonParsingEngine", "JQ-1.6")].map {
            Document.members([("ParameterName", .string($0)), ("ParameterValue", .string($1))])
        }
        let processors = Document.list([
            .members([("Type", .string("MetadataExtraction")), ("Parameters", .list(parameters))]),
            .members([("Type", .string("AppendDelimiterToRecord"))]),
        ])
        let destination: [(name: String, value: Document?)] = [
            ("RoleARN", .string("r")), ("BucketARN", .string("arn:aws:s3:::out")), ("Prefix", .string(prefix)),
            ("ErrorOutputPrefix", .string("bad/")),
            ("BufferingHints", .members([("SizeInMBs", .integer(64)), ("IntervalInSeconds", .integer(60))])),
            ("DynamicPartitioningConfiguration", .members([("Enabled", .boolean(true))])),
            ("ProcessingConfiguration", .members([("Enabled", .boolean(true)), ("Processors", processors)])),
        ]
        let names = Set(more.map(\.name))
        let wanted = destination.filter { !names.contains($0.name) } + more
        _ = try service.createDeliveryStream(
            .members([("DeliveryStreamName", .string("s")), ("ExtendedS3DestinationConfiguration", .members(wanted))]),
            call
        )
    }

    private func put(_ texts: [String]) throws {
        let records = texts.map { Document.members([("Data", .bytes(Array($0.utf8)))]) }
        _ = try service.putRecordBatch(.members([("DeliveryStreamName", .string("s")), ("Records", .list(records))]), call)
    }

    @Test func `records of one key are one object`() throws {
        try make()
        try put([#"{"user":"a","kind":1}"#, #"{"user":"b","kind":1}"#, #"{"user":"a","kind":2}"#, "no json", #"{"user":"","kind":1}"#])
        time.advance(bySeconds: 60)
        service.deliverDue()
        let written = buckets.written.withLock { $0 }
        #expect(written.count == 3)
        #expect(written[0].key.hasPrefix("u=a/2023/11/14/22/s-1-"))
        #expect(written[0].text == #"{"user":"a","kind":1}"# + "\n" + #"{"user":"a","kind":2}"# + "\n")
        #expect(written[1].key.hasPrefix("u=b/") && written[2].key.hasPrefix("bad/processing-failed/"))
        let failures = written[2].text.split(separator: "\n")
        #expect(failures.count == 2 && failures.allSatisfy { $0.contains("DynamicPartitioning.MetadataExtractionFailed") })
    }

    @Test func `more partitions than there may be are failures`() throws {
        try make(query: "{user: .user}")
        try put((0..<500).map { #"{"user":"\#($0)"}"# })
        try put((500..<502).map { #"{"user":"\#($0)"}"# } + [#"{"user":"7"}"#])
        time.advance(bySeconds: 60)
        service.deliverDue()
        let written = buckets.written.withLock { $0 }
        #expect(written.count == 501)
        #expect(written.last?.text.split(separator: "\n").count == 2 && written.last?.text.contains("ActivePartitionLimitExceeded") == true)
    }

    @Test func `many keys are measured no more often than there may be partitions`() {
        let records = (0..<20_000).map { TransformedRecords.Record(data: Array("\($0)".utf8), arrival: time.now) }
        var (measured, refused) = (0, 0)
        let partitions = Partition.divide(records) { (record) throws(Partition.Refusal) in
            PartitionKeys(query: ["k": String(decoding: record.data, as: UTF8.self)])
        } length: { _ in
            measured += 1
            return 10
        } refuse: { _, refusal in
            #expect(refusal.code == "ActivePartitionLimitExceeded")
            refused += 1
        }
        #expect(partitions.count == 500 && measured == 500 && refused == 19_500)
    }

    @Test func `what does not fit together is refused`() throws {
        func refusal(_ more: [(name: String, value: Document?)] = [], query: String = "{user}", prefix: String = "!{partitionKeyFromQuery:user}/")
            -> String
        {
            do {
                try make(more, query: query, prefix: prefix)
                return ""
            } catch { return (error as? ServiceError)?.message ?? "" }
        }
        let small = Document.members([("SizeInMBs", .integer(5)), ("IntervalInSeconds", .integer(300))])
        #expect(refusal([("BufferingHints", small)]) == "BufferingHints.SizeInMBs must be at least 64 when Dynamic Partitioning is enabled.")
        #expect(refusal([("BufferingHints", .members([("SizeInMBs", .integer(64)), ("IntervalInSeconds", .integer(59))]))]).contains("at least 60"))
        #expect(refusal(prefix: "x/").contains("must contain keys"))
        #expect(refusal(prefix: "!{partitionKeyFromQuery:other}/").contains("is no key of"))
        #expect(refusal(prefix: "!{partitionKeyFromLambda:user}/").contains("needs the processor Lambda"))
        #expect(refusal(query: "{user: .user | test(\"x\")}").contains("is not carried out by personalite"))
        #expect(refusal([("ErrorOutputPrefix", .string("!{partitionKeyFromQuery:user}/!{firehose:error-output-type}/"))]).contains("Prefix only"))
        let off = Document.members([("Enabled", .boolean(false))])
        let plain = Document.members([("Enabled", .boolean(false))])
        #expect(
            refusal([("DynamicPartitioningConfiguration", off), ("ProcessingConfiguration", plain)]).contains("when Dynamic Partitioning is enabled")
        )
        // It cannot be turned on later, nor left for an endpoint.
        try make([("DynamicPartitioningConfiguration", off), ("ProcessingConfiguration", plain)], prefix: "x/")
        let update = Document.members([("DynamicPartitioningConfiguration", .members([("Enabled", .boolean(true))]))])
        #expect(throws: ServiceError.self) {
            _ = try service.updateDestination(
                .members([
                    ("DeliveryStreamName", .string("s")), ("CurrentDeliveryStreamVersionId", .string("1")),
                    ("DestinationId", .string("destinationId-000000000001")), ("ExtendedS3DestinationUpdate", update),
                ]),
                call
            )
        }
    }
}
