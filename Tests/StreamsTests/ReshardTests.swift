import Testing

@testable import Streams

@Suite struct ReshardTests {
    @Test func `a split leaves the parent readable and gives its range to two children`() throws {
        let stream = makeStream(shards: 2)
        stream.put([5], at: start)
        try stream.split(0, at: 1000, now: start + 2500)
        let shards = stream.shards(at: start + 2500)
        #expect(shards.map { $0.index } == [0, 1, 2, 3])
        #expect(shards[0].closed == birth + 2)
        #expect(shards[0].endingNumber?.counter == SequenceNumber.lastCounter)
        #expect(shards[0].endingNumber?.second == birth + 2)
        #expect(shards[2].range == HashRange(start: 0, end: 999))
        #expect(shards[3].range == HashRange(start: 1000, end: shards[0].range.end))
        for child in shards[2...] {
            #expect((child.parent, child.adjacentParent) == (0, nil))
            #expect(child.created == birth + 3)
            #expect(child.endingNumber == nil)
        }
        #expect(stream.openShardCount == 3)
        #expect(try stream.readAll(0, at: start + 5000).count == 1)
    }

    @Test func `the parent takes records until its last second is over`() throws {
        let stream = makeStream()
        try stream.split(0, at: 1000, now: start + 2500)
        #expect(stream.put([5], at: start + 2999)[0].shard == 0)
        #expect(stream.put([5, 1000], at: start + 3000).map { $0.shard } == [1, 2])
        let closing = try #require(stream.shards(at: start)[0].endingNumber)
        #expect(try stream.readAll(0, at: start + 3000).allSatisfy { $0.number < closing })
        // A clock that goes back does not open it again.
        #expect(stream.put([5], at: start + 2999)[0].shard == 1)
        #expect(stream.put([5], at: start + 2999)[0].number.map { $0.second >= birth + 3 } == true)
    }

    @Test func `a reader is told of the end only when nothing more can come`() throws {
        let stream = makeStream()
        stream.put([5], at: start)
        try stream.split(0, at: 1000, now: start + 2500)
        var page = try stream.read(from: stream.begin(0, .trimHorizon, at: start + 2600), limit: 10, now: start + 2600)
        #expect(page.count == 1)
        #expect(!page.isEnd)
        stream.put([6], at: start + 2700)
        page = try stream.read(from: page.next, limit: 1, now: start + 3000)
        #expect(page.count == 1)
        #expect(page.isEnd)
        #expect(
            page.children == [
                ChildShard(index: 1, parents: [0], range: HashRange(start: 0, end: 999)),
                ChildShard(index: 2, parents: [0], range: HashRange(start: 1000, end: .max)),
            ]
        )
        // Having said so, the shard takes nothing, even if the clock goes back.
        #expect(stream.put([5], at: start + 2700)[0].shard == 1)
    }

    @Test func `growing by load halves what carries the most, and then what has the most keys`() throws {
        let stream = makeStream(shards: 2)
        stream.halve(to: 5, load: [0: 90, 1: 20], now: start)
        let halves = try #require(HashRange.even(2)[0].halves)
        let shards = stream.shards(at: start)
        // 0 into 45 and 45, both into 22 and 22, which are still more than the other has.
        #expect(shards.map(\.parent) == [nil, nil, 0, 0, 2, 2, 3, 3])
        #expect(shards.map { $0.closed == nil } == [false, true, false, false, true, true, true, true])
        #expect(shards[2].range == halves.lower && shards[3].range == halves.upper)
        #expect(HashRange.isWhole(stream.shards(.atLatest, at: start).map(\.range)))
        #expect(shards[4].created == shards[2].created + 1)
        let even = makeStream(shards: 4)
        even.halve(to: 6, load: [:], now: start)
        #expect(even.shards(.after(3), at: start).map(\.parent) == [0, 0, 1, 1])
        // Of three shards the last has what is left over, a key more than the others.
        let uneven = makeStream(shards: 3)
        uneven.halve(to: 4, load: [:], now: start)
        #expect(uneven.shards(.after(2), at: start).map(\.parent) == [2, 2])
        even.halve(to: 4, load: [:], now: start + 5000)
        #expect(even.openShardCount == 6)
    }

    @Test func `a merge has one child with two parents`() throws {
        let stream = makeStream(shards: 3)
        try stream.merge(1, with: 2, now: start)
        let child = stream.shards(at: start)[3]
        #expect((child.parent, child.adjacentParent) == (1, 2))
        #expect(child.range == HashRange(start: HashRange.even(3)[1].start, end: .max))
        #expect(stream.shards(at: start).filter { $0.closed == birth }.map { $0.index } == [1, 2])
        // In the closing second each parent takes its own half.
        #expect(stream.put([HashRange.even(3)[1].start, .max], at: start + 1).map { $0.shard } == [1, 2])
        #expect(stream.put([HashRange.even(3)[1].start, .max], at: start + 1000).map { $0.shard } == [3, 3])
        for parent in [1, 2] as [Int32] {
            let page = try stream.read(from: stream.begin(parent, .latest, at: start + 1000), limit: 1, now: start + 1000)
            #expect(page.isEnd)
            #expect(page.children.map { $0.parents } == [[1, 2]])
        }
    }

    @Test func `what cannot be resharded is refused and changes nothing`() throws {
        let stream = makeStream(shards: 3)
        let before = stream.snapshot
        #expect(throws: ReshardRefusal.noSuchShard(9)) { try stream.split(9, at: 5, now: start) }
        #expect(throws: ReshardRefusal.keyOutOfRange(HashRange.even(3)[0])) { try stream.split(0, at: 1, now: start) }
        #expect(throws: ReshardRefusal.keyOutOfRange(HashRange.even(3)[1])) { try stream.split(1, at: 5, now: start) }
        #expect(throws: ReshardRefusal.notAdjacent) { try stream.merge(1, with: 0, now: start) }
        #expect(throws: ReshardRefusal.notAdjacent) { try stream.merge(0, with: 2, now: start) }
        #expect(throws: ReshardRefusal.notAdjacent) { try stream.merge(0, with: 0, now: start) }
        #expect(throws: ReshardRefusal.noSuchShard(7)) { try stream.merge(0, with: 7, now: start) }
        #expect(stream.snapshot == before)
        try stream.split(0, at: 2, now: start)
        #expect(throws: ReshardRefusal.alreadyClosed(0)) { try stream.split(0, at: 9, now: start) }
        #expect(throws: ReshardRefusal.alreadyClosed(0)) { try stream.merge(0, with: 1, now: start) }
    }

    @Test(
        "scaling leaves as many shard records as the service does",
        arguments: [(2, 4, 6), (4, 5, 15), (10, 13, 37), (4, 2, 6), (5, 3, 7), (4, 3, 11), (10, 3, 17), (3, 3, 3), (1, 2, 3)]
    )
    func scale(from: Int, to: Int, total: Int) {
        let stream = makeStream(shards: from)
        stream.scale(to: to, now: start)
        let shards = stream.shards(at: start)
        #expect(shards.count == total)
        #expect(stream.openShardCount == to)
        let open = shards.filter { $0.closed == nil }.sorted { $0.range.start < $1.range.start }
        #expect(open.first?.range.start == 0)
        #expect(open.last?.range.end == .max)
        #expect(zip(open, open.dropFirst()).allSatisfy { $0.range.end + 1 == $1.range.start })
        // Every parent closes before its children are born.
        for shard in shards {
            for parent in [shard.parent, shard.adjacentParent].compactMap({ $0 }) {
                #expect(shards[Int(parent)].closed.map { $0 < shard.created } == true)
            }
        }
    }

    @Test(
        "scaling makes shards of equal size where the service does",
        arguments: [(1, 2), (2, 3), (2, 4), (3, 2), (3, 4), (3, 6), (4, 3), (4, 5), (4, 6), (4, 7), (5, 4), (6, 4), (8, 6), (9, 10), (40, 30)]
    )
    func scaleEvenly(from: Int, to: Int) {
        let stream = makeStream(shards: from)
        stream.scale(to: to, now: start)
        let starts = stream.shards(.atLatest, at: start).map { $0.range.start }.sorted()
        // Ranges are whole keys, and earlier ones were rounded too.
        for (found, wanted) in zip(starts, HashRange.even(to).map { $0.start }) { #expect(max(found, wanted) - min(found, wanted) < 100) }
        #expect(starts.count == to)
    }

    @Test func `shards of different sizes become equal ones whatever their number`() throws {
        let stream = makeStream(shards: 2)
        try stream.split(0, at: 1000, now: start)
        stream.scale(to: 5, now: start + 10_000)
        #expect(stream.shards(.atLatest, at: start + 20_000).map { $0.range }.sorted { $0.start < $1.start } == HashRange.even(5))
    }

    @Test func `a closed shard can be ended at once, and its children take over`() throws {
        let stream = makeStream()
        stream.put([5], at: start)
        try stream.split(0, at: 1000, now: start)
        let tip = try stream.begin(0, .latest, at: start)
        let woken = Box(0)
        #expect(stream.whenReadable(from: tip, now: start) { woken.update { $0 += 1 } } != nil)
        stream.endClosedShards()
        #expect(woken.value == 1)
        #expect(try stream.read(from: tip, limit: 1, now: start).isEnd)
        #expect(stream.put([5, 1000], at: start).map { $0.shard } == [1, 2])
        #expect(try stream.readAll(1, at: start).map { $0.arrival } == [start + 1000])
        stream.endClosedShards()
        #expect(stream.put([5], at: start + 1)[0].shard == 1)
    }

    @Test func `doubling one shard puts the boundary in the middle`() {
        let stream = makeStream()
        stream.scale(to: 2, now: start)
        #expect(stream.shards(.atLatest, at: start).map { $0.range.start } == [0, 1 << 127])
    }

    @Test func `filters know which shards were open when`() throws {
        let stream = makeStream(shards: 2)
        try stream.split(0, at: 1000, now: start + 10_000)
        try stream.merge(2, with: 3, now: start + 20_000)
        let now = start + 30_000
        func list(_ filter: ShardFilter) -> [Int32] { stream.shards(filter, at: now).map { $0.index } }
        #expect(list(.fromTrimHorizon) == [0, 1, 2, 3, 4])
        #expect(list(.atLatest) == [1, 4])
        #expect(list(.atTrimHorizon) == [0, 1])
        #expect(list(.atTimestamp(start + 5000)) == [0, 1])
        #expect(list(.atTimestamp(start + 10_500)) == [0, 1])
        #expect(list(.atTimestamp(start + 11_000)) == [1, 2, 3])
        #expect(list(.atTimestamp(0)) == [0, 1])
        #expect(list(.fromTimestamp(start + 11_000)) == [1, 2, 3, 4])
        #expect(list(.fromTimestamp(start + 25_000)) == [1, 4])
        #expect(list(.after(1)) == [2, 3, 4])
    }
}
