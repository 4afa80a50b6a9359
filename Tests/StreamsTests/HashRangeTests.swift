import Testing

@testable import Streams

@Suite struct HashRangeTests {
    @Test(
        "even ranges start where the service starts them",
        arguments: [
            (1, ["0"]),
            (2, ["0", "170141183460469231731687303715884105728"]),
            (3, ["0", "113427455640312821154458202477256070485", "226854911280625642308916404954512140970"]),
            (
                4,
                [
                    "0", "85070591730234615865843651857942052864", "170141183460469231731687303715884105728",
                    "255211775190703847597530955573826158592",
                ]
            ),
            (
                5,
                [
                    "0", "68056473384187692692674921486353642291", "136112946768375385385349842972707284582",
                    "204169420152563078078024764459060926873", "272225893536750770770699685945414569164",
                ]
            ),
            (
                7,
                [
                    "0", "48611766702991209066196372490252601636", "97223533405982418132392744980505203272",
                    "145835300108973627198589117470757804908", "194447066811964836264785489961010406544",
                    "243058833514956045330981862451263008180", "291670600217947254397178234941515609816",
                ]
            ),
        ] as [(Int, [String])]
    )
    func evenStarts(count: Int, starts: [String]) {
        let ranges = HashRange.even(count)
        #expect(ranges.map { String($0.start) } == starts)
        #expect(ranges.last?.end == .max)
        for (left, right) in zip(ranges, ranges.dropFirst()) { #expect(left.end + 1 == right.start) }
    }

    @Test("every divisor of the key space gives ranges of one width", arguments: [2, 4, 8, 64, 1024])
    func powersOfTwo(count: Int) {
        let widths = Set(HashRange.even(count).map { $0.end - $0.start })
        #expect(widths == [UInt128.max / UInt128(count)])
    }

    @Test(
        "an MD5 key falls into the shard of the table",
        arguments: [
            ("16955237001963240173058271559858726497", 0, 0, 0),
            ("195289424170611159128911017612795795343", 1, 2, 2),
            ("299611584147932843547128611849858313266", 2, 3, 4),
            ("190917122200326810055233066464581373159", 1, 2, 2),
            ("261578874264819908609102035485573088411", 2, 3, 3),
            ("80325066489831061459460196859901989661", 0, 0, 1),
            ("193318062818912349798954611745638949166", 1, 2, 2),
            ("52140493028662414212752546179443769121", 0, 0, 0),
            ("8794644914522241879545734344506338268", 0, 0, 0),
            ("171556711552603490594287570722045564601", 1, 2, 2),
        ]
    )
    func routes(key: String, ofThree: Int, ofFour: Int, ofFive: Int) throws {
        let key = try #require(HashKey.parse(key))
        for (count, wanted) in [(3, ofThree), (4, ofFour), (5, ofFive)] {
            #expect(HashRange.even(count).firstIndex { $0.contains(key) } == wanted)
            let stream = Stream(id: 1, name: "s", created: 1, shardCount: count, log: .inMemory())
            #expect(stream.currentLayout.route(key, second: 1).index == Int32(wanted))
        }
    }

    @Test func `both ends of the key space have a shard`() {
        let stream = Stream(id: 1, name: "s", created: 1, shardCount: 3, log: .inMemory())
        #expect(stream.currentLayout.route(0, second: 1).index == 0)
        #expect(stream.currentLayout.route(.max, second: 1).index == 2)
    }

    @Test func `a split key must be above the start by two and below the end`() {
        let range = HashRange(start: 10, end: 20)
        #expect(range.split(at: 11) == nil)
        #expect(range.split(at: 10) == nil)
        #expect(range.split(at: 9) == nil)
        #expect(range.split(at: 20) == nil)
        let split = range.split(at: 12)
        #expect(split?.lower == HashRange(start: 10, end: 11))
        #expect(split?.upper == HashRange(start: 12, end: 20))
        #expect(HashRange.whole.split(at: 2) != nil)
        #expect(HashRange.whole.split(at: .max) == nil)
    }

    @Test func `halves meet in the middle and join again`() throws {
        let halves = try #require(HashRange.whole.halves)
        #expect(halves.upper.start == 1 << 127)
        #expect(halves.lower.joined(with: halves.upper) == .whole)
        #expect(halves.upper.joined(with: halves.lower) == nil)
        #expect(HashRange(start: 5, end: 5).halves == nil)
    }

    @Test func `hash keys are decimal numbers below 2^128`() {
        #expect(HashKey.parse("340282366920938463463374607431768211455") == .max)
        #expect(HashKey.parse("0") == 0)
        for bad in ["340282366920938463463374607431768211456", "", "01", "00", "-1", "+1", "1 ", "x", "9999999999999999999999999999999999999999"] {
            #expect(HashKey.parse(bad) == nil, "\(bad)")
        }
        #expect(HashKey.digest([UInt8](repeating: 0, count: 14) + [1, 2]) == 258)
    }
}
