import Testing

@testable import Streams

@Suite struct StreamTests {
    @Test func `records come back as they were put, in order, with milliseconds`() throws {
        let stream = makeStream()
        let first = stream.put([0, 5, .max], data: [[1, 2], [], [3]], at: start + 123)
        let second = stream.put([9], data: [[4]], at: start + 1456)
        let seen = try stream.readAll(at: start + 2000)
        #expect(seen.map { $0.data } == [[1, 2], [], [3], [4]])
        #expect(seen.map { $0.arrival } == [start + 123, start + 123, start + 123, start + 1456])
        #expect(seen.map { $0.number } == (first + second).map { $0.number })
        #expect(seen.map { $0.key.count } == [1, 2, 3, 1])
        #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.number < $1.number })
        #expect(seen[0].number > stream.shards(at: start)[0].startingNumber)
    }

    @Test func `a sequence number carries the second of arrival`() {
        let number = makeStream().put([0], at: start + 61_500)[0].number
        #expect(number?.second == birth + 61)
        #expect(number?.shardCreated == birth)
        #expect(number?.counter == 1)
    }

    @Test func `a clock that goes back does not upset the order`() throws {
        let stream = makeStream()
        for time in [start + 5000, start + 1000, start - 9_000_000, start + 5001] { stream.put([0], at: time) }
        let seen = try stream.readAll(at: start + 6000)
        #expect(seen.map { $0.arrival } == [start + 5000, start + 5000, start + 5000, start + 5001])
        #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.number < $1.number })
    }

    @Test func `records of one shard keep the order of the request`() throws {
        let stream = makeStream(shards: 4)
        let quarter = UInt128(1) << 126
        let hashes = (0..<100).map { UInt128($0 % 4) * quarter + UInt128($0) }
        let outcomes = stream.put(hashes, at: start)
        for shard in 0..<Int32(4) {
            let numbers = outcomes.filter { $0.shard == shard }.compactMap { $0.number }
            #expect(numbers.count == 25)
            #expect(numbers == numbers.sorted())
            #expect(try stream.readAll(shard, at: start).map { $0.number } == numbers)
        }
        #expect(Set(outcomes.compactMap { $0.number }).count == 100)
    }

    @Test func `the tip is the tip of the moment it was asked for`() throws {
        let stream = makeStream()
        stream.put([0], at: start)
        let tip = try stream.begin(0, .latest, at: start)
        stream.put([0], data: [[42]], at: start + 1)
        #expect(try stream.read(from: tip, limit: 10, now: start + 2).records.map { $0.data } == [[42]])
        // The same position again gives the same answer.
        #expect(try stream.read(from: tip, limit: 10, now: start + 2).records.map { $0.data } == [[42]])
    }

    @Test func `a sequence number is a position to begin at or after`() throws {
        let stream = makeStream()
        let numbers = (0..<5).map { stream.put([0], data: [[UInt8($0)]], at: start + Int64($0) * 1000)[0].number! }
        for index in 0..<5 {
            #expect(try stream.readAll(from: .at(numbers[index]), at: start + 9000).map { $0.number } == Array(numbers[index...]))
            #expect(try stream.readAll(from: .after(numbers[index]), at: start + 9000).map { $0.number } == Array(numbers[(index + 1)...]))
        }
        let shard = stream.shards(at: start)[0]
        #expect(try stream.readAll(from: .at(shard.startingNumber), at: start + 9000).count == 5)
        #expect(try stream.readAll(from: .after(shard.startingNumber), at: start + 9000).count == 5)
        // No record has these: between two, by the second, and beyond the tip.
        let early = SequenceNumber(shardCreated: birth, shardIndex: 0, counter: 3, second: birth)
        let late = SequenceNumber(shardCreated: birth, shardIndex: 0, counter: 3, second: birth + 99)
        #expect(try stream.readAll(from: .after(early), at: start + 9000).map { $0.number } == Array(numbers[2...]))
        #expect(try stream.readAll(from: .at(late), at: start + 9000).map { $0.number } == Array(numbers[3...]))
        let beyond = SequenceNumber(shardCreated: birth, shardIndex: 0, counter: 1000, second: birth)
        #expect(try stream.readAll(from: .at(beyond), at: start + 9000).isEmpty)
    }

    @Test func `a position can be spelled as a sequence number and read back`() throws {
        let stream = makeStream()
        for index in 0..<6 { stream.put([0], at: start + Int64(index)) }
        var position = try stream.begin(0, .trimHorizon, at: start)
        for left in [6, 4, 2, 0] {
            let number = stream.sequenceNumber(of: position, now: start + 10)
            #expect(try stream.readAll(from: .after(number), at: start + 10).count == left)
            position = try stream.read(from: position, limit: 2, now: start + 10).next
        }
    }

    @Test func `a timestamp finds the first record that is not older`() throws {
        let stream = makeStream()
        for time in [100, 200, 200, 300] as [Int64] { stream.put([0], at: start + time) }
        for (time, count) in [(0, 4), (100, 4), (101, 3), (200, 3), (201, 1), (300, 1), (301, 0), (5000, 0)] as [(Int64, Int)] {
            #expect(try stream.readAll(from: .timestamp(start + time), at: start + 5000).count == count, "\(time)")
        }
        // After the last record it is the tip, and what comes later is read.
        let tip = try stream.begin(0, .timestamp(start + 4000), at: start + 5000)
        stream.put([0], at: start + 6000)
        #expect(try stream.read(from: tip, limit: 10, now: start + 6000).count == 1)
        #expect(throws: PositionRefusal.future) { try stream.begin(0, .timestamp(start + 5001), at: start + 5000) }
    }

    @Test func `a number of another shard, another stream or another age is no position here`() throws {
        let stream = makeStream(shards: 2)
        let other = SequenceNumber(shardCreated: birth, shardIndex: 1, counter: 1, second: birth)
        #expect(throws: PositionRefusal.otherShard(1)) { try stream.begin(0, .at(other), at: start) }
        let foreign = SequenceNumber(shardCreated: birth - 1, shardIndex: 0, counter: 1, second: birth)
        #expect(throws: PositionRefusal.otherStream) { try stream.begin(0, .after(foreign), at: start) }
        let zero = try #require(SequenceNumber("0"))
        #expect(throws: PositionRefusal.unreadable) { try stream.begin(0, .at(zero), at: start) }
        #expect(throws: PositionRefusal.otherShard(0)) { try stream.begin(1, .at(zero), at: start) }
        #expect(throws: PositionRefusal.noSuchShard) { try stream.begin(2, .latest, at: start) }
    }

    @Test func `nothing comes after the number that closes a shard`() throws {
        let stream = makeStream()
        stream.put([0], at: start)
        try stream.split(0, at: 1000, now: start)
        let closing = try #require(stream.shards(at: start)[0].endingNumber)
        #expect(throws: PositionRefusal.behindTheEnd) { try stream.begin(0, .after(closing), at: start) }
        #expect(try stream.readAll(from: .at(closing), at: start + 1000).isEmpty)
        let opening = stream.shards(at: start)[0].startingNumber
        #expect(try stream.readAll(from: .after(opening), at: start + 1000).count == 1)
    }

    @Test func `an old position in a stream made anew begins at its start`() throws {
        let stream = makeStream()
        stream.put([0], at: start)
        let old = ShardPosition(shardIndex: 0, shardCreated: birth - 100, counter: 77)
        #expect(try stream.read(from: old, limit: 10, now: start).count == 1)
        let gone = ShardPosition(shardIndex: 3, shardCreated: birth - 100, counter: 0)
        #expect(throws: ReadRefusal.noSuchShard) { try stream.read(from: gone, limit: 10, now: start) }
    }

    @Test func `the lag is the age of the last record until the tip is reached`() throws {
        let stream = makeStream()
        for time in [0, 1000, 2000] as [Int64] { stream.put([0], at: start + time) }
        var page = try stream.read(from: stream.begin(0, .trimHorizon, at: start), limit: 1, now: start + 10_000)
        #expect(page.millisBehindLatest == 10_000)
        page = try stream.read(from: page.next, limit: 1, now: start + 10_000)
        #expect(page.millisBehindLatest == 9000)
        page = try stream.read(from: page.next, limit: 1, now: start + 10_000)
        #expect(page.millisBehindLatest == 0)
        #expect(page.count == 1)
        page = try stream.read(from: page.next, limit: 1, now: start + 10_000)
        #expect((page.millisBehindLatest, page.count) == (0, 0))
        #expect(!page.isEnd)
    }

    @Test func `a page holds ten mebibytes at the most, and at least one record`() throws {
        let stream = makeStream()
        let large = [UInt8](repeating: 7, count: 3 << 20)
        for _ in 0..<7 { stream.put([0], data: [large], at: start) }
        var position = try stream.begin(0, .trimHorizon, at: start)
        for count in [3, 3, 1] {
            let page = try stream.read(from: position, limit: 10_000, now: start)
            #expect(page.count == count)
            #expect(page.bytes <= 10 << 20)
            #expect(page.records.allSatisfy { $0.data == large })
            position = page.next
        }
        let huge = makeStream()
        huge.put([0, 0], data: [[UInt8](repeating: 1, count: 11 << 20), [2]], at: start)
        #expect(try huge.read(from: huge.begin(0, .trimHorizon, at: start), limit: 10, now: start).count == 1)
        #expect(try huge.readAll(at: start).count == 2)
    }

    @Test func `a page stays whole while records are added behind it`() throws {
        let stream = makeStream()
        stream.put([0, 0], data: [[1], [2]], at: start)
        let page = try stream.read(from: stream.begin(0, .trimHorizon, at: start), limit: 10, now: start)
        for _ in 0..<100 { stream.put([0], data: [[UInt8](repeating: 9, count: 1000)], at: start) }
        stream.trim(at: start + 90_000_000)
        #expect(page.records.map { $0.data } == [[1], [2]])
    }

    @Test func `whoever waits is called once, when something comes`() throws {
        let stream = makeStream(shards: 2)
        let calls = Box(0)
        let tip = try stream.begin(0, .latest, at: start)
        let id = try #require(stream.whenReadable(from: tip, now: start) { calls.value += 1 })
        stream.put([.max], at: start)
        #expect(calls.value == 0)
        stream.put([0], at: start)
        stream.put([0], at: start)
        #expect(calls.value == 1)
        // There is something now, so nothing is kept; and a cancelled waiter hears nothing.
        #expect(stream.whenReadable(from: tip, now: start) { calls.value += 1 } == nil)
        let later = try stream.begin(0, .latest, at: start)
        let second = try #require(stream.whenReadable(from: later, now: start) { calls.value += 1 })
        #expect(second != id)
        stream.cancelWait(second, at: later)
        stream.put([0], at: start)
        #expect(calls.value == 1)
        // A split is news as well.
        let last = try stream.begin(0, .latest, at: start)
        _ = try #require(stream.whenReadable(from: last, now: start) { calls.value += 1 })
        try stream.split(0, at: 1000, now: start)
        #expect(calls.value == 2)
    }
}
