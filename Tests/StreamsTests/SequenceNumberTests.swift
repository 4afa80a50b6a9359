import Testing

@testable import Streams

@Suite struct SequenceNumberTests {
    @Test(
        "a version 2 number is spelled as the service spells it",
        arguments: [
            (1_572_297_165, 0, 0, 1_572_297_165, "49600871682957036442365024926191073437251060580128653314"),
            (1_572_382_897, 9, 0xa1, 1_572_383_427, "49600902273357540915989931256902715169698037101720764562"),
            (1_572_297_165, 1, SequenceNumber.lastCounter, 1_572_300_000, "49600871682990487560162820860902168088840613312929464338"),
            (1_700_000_000, 17, 1, 1_700_000_001, "49646437577130777162115407028968674069677692735675433234"),
        ] as [(Int64, Int32, UInt64, Int64, String)]
    )
    func spelling(created: Int64, index: Int32, counter: UInt64, second: Int64, text: String) throws {
        let number = SequenceNumber(shardCreated: created, shardIndex: index, counter: counter, second: second)
        #expect(number.description == text)
        let parsed = try #require(SequenceNumber(text))
        #expect(parsed == number)
        #expect(parsed.version == 2)
        #expect(parsed.shardCreated == created)
        #expect(parsed.shardIndex == index)
        #expect(parsed.counter == counter)
        #expect(parsed.second == second)
    }

    @Test func `neighbouring shards born together differ by a known number`() throws {
        let numbers = (0..<2).map { SequenceNumber(shardCreated: 1_572_297_165, shardIndex: $0, counter: 0, second: 1_572_297_165) }
        let low = numbers[1].low.subtractingReportingOverflow(numbers[0].low)
        let high = numbers[1].high - numbers[0].high - (low.overflow ? 1 : 0)
        // 0x1000000000000000000000000000000000010
        #expect(high == 0x10000)
        #expect(low.partialValue == 0x10)
    }

    @Test func `random fields survive the way to text and back`() throws {
        var random = Seeded(1)
        for _ in 0..<2000 {
            let created = Int64.random(in: 0..<16_025_175_000, using: &random)
            let second = Int64.random(in: 0..<16_025_175_000, using: &random)
            let index = Int32.random(in: 0...(.max), using: &random)
            let counter = UInt64.random(in: 0...SequenceNumber.lastCounter, using: &random)
            let number = SequenceNumber(shardCreated: created, shardIndex: index, counter: counter, second: second)
            let back = try #require(SequenceNumber(number.description))
            #expect(back == number)
            #expect((back.shardCreated, back.second) == (created, second))
            #expect((back.shardIndex, back.counter) == (index, counter))
        }
    }

    @Test func `numbers compare by value, not as text`() throws {
        let small = try #require(SequenceNumber("0"))
        let large = SequenceNumber(shardCreated: 1, shardIndex: 0, counter: 0, second: 1)
        #expect(small < large)
        let first = SequenceNumber(shardCreated: 1, shardIndex: 3, counter: 9, second: 500)
        let second = SequenceNumber(shardCreated: 1, shardIndex: 3, counter: 10, second: 2)
        #expect(first < second)
    }

    @Test(
        "an old version gives up its fields",
        arguments: [
            // 1 | seconds (9) | 00 | random (16) | index (4)
            ("10525ae1800abcdef0123456789a0005", 0, 0x0_525a_e180, 5, 0),
            // 2 | seconds (9) | nibble | 00 | seconds (9) | random (14) | counter (2) | index (8) | 1
            ("20525ae180700" + "0525ae182" + "0123456789abcd" + "7f" + "000000071", 1, 0x0_525a_e180, 7, 0x0_525a_e182),
        ] as [(String, UInt8, Int64, Int32, Int64)]
    )
    func oldVersions(hex: String, version: UInt8, created: Int64, index: Int32, second: Int64) throws {
        let number = try #require(SequenceNumber(decimal(hex)))
        #expect(number.version == version)
        #expect(number.shardCreated == created)
        #expect(number.shardIndex == index)
        if version == 1 {
            #expect(number.second == second)
            #expect(number.counter == 0x7f)
        }
    }

    @Test func `zero is the first number of version 0`() throws {
        let zero = try #require(SequenceNumber("0"))
        #expect(zero.version == 0)
        #expect(zero.shardCreated == 0)
        #expect(zero.shardIndex == 0)
    }

    @Test(
        "forms that are all zero are accepted",
        arguments: ["2" + String(repeating: "0", count: 45) + "2", "2" + String(repeating: "0", count: 45) + "1"]
    )
    func allZero(hex: String) {
        #expect(SequenceNumber(decimal(hex)) != nil)
    }

    @Test func `an index with its top bit reads as negative`() throws {
        let hex = "2" + "05db71a4d" + "0" + "0000000000000000" + "00" + "05db71a4d" + "80000000" + "2"
        let number = try #require(SequenceNumber(decimal(hex)))
        #expect(number.shardIndex == .min)
        #expect(ShardID.text(number.shardIndex) == "shardId--02147483648")
    }

    @Test(
        "a number with a field out of its range is refused",
        arguments: [
            // A counter with its top bit, seconds that are too late (of the shard, of the record, of version 0), and unknown versions.
            "2" + "05db71a4d" + "0" + "8000000000000000" + "00" + "05db71a4d" + "00000000" + "2",
            "2" + "3bb2cc3d8" + "0" + "0000000000000000" + "00" + "05db71a4d" + "00000000" + "2",
            "2" + "05db71a4d" + "0" + "0000000000000000" + "00" + "3bb2cc3d8" + "00000000" + "2",
            "1" + "3bb2cc3d8" + "00" + "0000000000000000" + "0000",
            "2" + "05db71a4d" + "0" + "0000000000000000" + "00" + "05db71a4d" + "00000000" + "3",
            "2" + "05db71a4d" + "0" + "0000000000000000" + "00" + "05db71a4d" + "00000000" + "0",
            "3" + "05db71a4d" + "0" + "0000000000000000" + "00" + "05db71a4d" + "00000000" + "2",
            "1" + "05db71a4d" + "0" + "0000000000000000" + "00" + "05db71a4d" + "00000000" + "2",
        ]
    )
    func refused(hex: String) {
        #expect(SequenceNumber(decimal(hex)) == nil)
    }

    @Test func `the last second that is allowed is read`() {
        let number = SequenceNumber(shardCreated: 16_025_174_999, shardIndex: 0, counter: 0, second: 16_025_174_999)
        #expect(SequenceNumber(number.description)?.shardCreated == 16_025_174_999)
    }

    @Test("text that is no number is refused", arguments: ["", "00", "01", "-1", "1.0", "abc", " 1", String(repeating: "9", count: 129)])
    func noNumber(text: String) {
        #expect(SequenceNumber(text) == nil)
    }

    @Test(
        "a shard id is what stands between its first two hyphens",
        arguments: [
            ("shardId-000000000000", 0), ("shardId-0", 0), ("foo-0", 0), ("-0", 0), ("0", 0), ("a-00002147483647", .max),
            ("shardId-000000000012-tail", 12), ("2.14E4", nil), ("ABKLFD8", nil), ("2147483648", nil), ("shardId-", nil), ("", nil),
            ("99999999999999999999999", nil), ("shardId--1", nil),
        ] as [(String, Int32?)]
    )
    func shardIDs(text: String, index: Int32?) {
        #expect(ShardID.index(of: text) == index)
    }

    @Test func `a shard id has twelve digits`() {
        #expect(ShardID.text(0) == "shardId-000000000000")
        #expect(ShardID.text(.max) == "shardId-002147483647")
    }

    /// The decimal spelling of a hexadecimal number, by schoolbook arithmetic of its own.
    private func decimal(_ hex: String) -> String {
        var digits: [Int] = [0]
        for character in hex {
            var carry = character.hexDigitValue!
            for index in digits.indices.reversed() {
                let value = digits[index] * 16 + carry
                digits[index] = value % 10
                carry = value / 10
            }
            while carry > 0 {
                digits.insert(carry % 10, at: 0)
                carry /= 10
            }
        }
        return digits.map { String($0) }.joined()
    }
}

/// SplitMix64: the same numbers from the same seed, everywhere.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
