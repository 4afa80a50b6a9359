import Shapes
import Testing

@testable import Wire

@Suite struct ShapeCheckTests {
    private func check(_ json: String, _ shape: Shape) throws -> (Document, String) {
        var violations: [Violation] = []
        let checked = try shape.check(try JSON.parse(json), &violations, package: "com.example.v1")
        return (checked, violations.isEmpty ? "" : Violation.message(violations))
    }

    @Test(arguments: [
        (#"{"StreamName":true}"#, "class java.lang.Boolean can not be converted to an String"),
        (#"{"StreamName":1.5}"#, "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String"),
        (#"{"StreamName":[]}"#, "Start of list found where not expected"),
        (#"{"StreamName":{}}"#, "Start of structure or map found where not expected."),
        (#"{"StreamName":"a","ShardCount":"1"}"#, "class java.lang.String can not be converted to an Integer"),
        (#"{"StreamName":"a","ShardCount":true}"#, "class java.lang.Boolean can not be converted to an Integer"),
        (#"{"StreamName":"a","Tags":1}"#, "Expected map or null"),
        (#"{"StreamName":"a","StreamModeDetails":1}"#, "Expected null"),
    ])
    func `a wrong type is refused in Coral's words`(json: String, message: String) {
        #expect(throws: Shape.TypeMismatch(message: message)) { try check(json, Kinesis.CreateStreamInput.shape) }
    }

    @Test(arguments: [
        (#"{"StreamName":"s","Records":1}"#, "Expected list or null"),
        (
            #"{"StreamName":"s","Records":[{"PartitionKey":"a","Data":1}]}"#,
            "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to a Blob"
        ),
        (
            #"{"StreamName":"s","Records":[{"PartitionKey":"a","Data":"abc"}]}"#,
            "'abc' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 bytes but found: 3"
        ),
    ])
    func `wrong types inside lists are refused too`(json: String, message: String) {
        #expect(throws: Shape.TypeMismatch(message: message)) { try check(json, Kinesis.PutRecordsInput.shape) }
    }

    @Test func `constraints are gathered and worded as AWS words them`() throws {
        let (_, message) = try check(#"{"StreamName":"","ShardCount":0}"#, Kinesis.CreateStreamInput.shape)
        #expect(
            message == """
                3 validation errors detected: \
                Value '' at 'streamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; \
                Value '' at 'streamName' failed to satisfy constraint: Member must have length greater than or equal to 1; \
                Value '0' at 'shardCount' failed to satisfy constraint: Member must have value greater than or equal to 1
                """
        )
    }

    @Test func `keys and values of a map are held to their patterns, bounded or not`() throws {
        let name = Shape("Name", .string, pattern: "[a-z]+")
        let map = Shape("Input", .structure([.init("Pairs", Shape("Pairs", .map(key: name, value: name)))]))
        #expect(try check(#"{"Pairs":{"a":"b"}}"#, map).1 == "")
        let rule = "[Member must satisfy regular expression pattern: [a-z]+]"
        let (_, key) = try check(#"{"Pairs":{"1":"b"}}"#, map)
        #expect(
            key == "1 validation error detected: Value '{1=b}' at 'pairs' failed to satisfy constraint: Map keys must satisfy constraint: \(rule)"
        )
        let (_, value) = try check(#"{"Pairs":{"a":"2"}}"#, map)
        #expect(
            value == "1 validation error detected: Value '{a=2}' at 'pairs' failed to satisfy constraint: Map value must satisfy constraint: \(rule)"
        )
    }

    @Test func `a missing member is null`() throws {
        let (_, message) = try check("{}", Kinesis.CreateStreamInput.shape)
        #expect(message == "1 validation error detected: Value null at 'streamName' failed to satisfy constraint: Member must not be null")
    }

    @Test func `members of list items are counted from one`() throws {
        let (_, message) = try check(
            #"{"StreamName":"s","Records":[{"Data":"","PartitionKey":"a"},{"Data":"","PartitionKey":""}]}"#,
            Kinesis.PutRecordsInput.shape
        )
        #expect(
            message.contains("at 'records.2.member.partitionKey' failed to satisfy constraint: Member must have length greater than or equal to 1")
        )
    }

    @Test func `no more than ten clauses are named`() throws {
        let records = (0..<30).map { _ in #"{"Data":""}"# }.joined(separator: ",")
        let json = #"{"StreamName":" ","Records":[\#(records)],"StreamARN":"x","StreamId":"y"}"#
        let (_, message) = try check(json, Kinesis.PutRecordsInput.shape)
        #expect(message.components("failed to satisfy constraint") <= 10)
    }

    @Test func `fractions are floored, large integers held, nulls and strangers left out`() throws {
        let (checked, message) = try check(#"{"StreamName":"s","ShardCount":2.9,"Tags":null,"Whatever":[1]}"#, Kinesis.CreateStreamInput.shape)
        #expect(message == "")
        let input = Kinesis.CreateStreamInput(checked)
        #expect(input.shardCount == 2)
        #expect(input.tags == nil)
        #expect(checked["Whatever"] == nil)
        let (held, _) = try check(#"{"StreamName":"s","ShardCount":99999999999}"#, Kinesis.CreateStreamInput.shape)
        #expect(Kinesis.CreateStreamInput(held).shardCount == Int(Int32.max))
    }

    @Test func `a text far beyond its limit is not matched against its pattern`() throws {
        let long = String(repeating: ":kinesis:", count: 100_000)
        let (_, message) = try check(#"{"StreamName":"s","StreamARN":"\#(long)","Records":[]}"#, Kinesis.PutRecordsInput.shape)
        #expect(message.contains("Member must have length less than or equal to 2048"))
    }
}

extension String {
    /// How many times `part` occurs.
    fileprivate func components(_ part: String) -> Int {
        var count = 0
        var rest = self[...]
        while let found = rest.firstRange(of: part) {
            count += 1
            rest = rest[found.upperBound...]
        }
        return count
    }
}
