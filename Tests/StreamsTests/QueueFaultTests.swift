import Glibc
import Testing

@testable import Streams

/// Queues whose log, clock or shards are not as they should be.
@Suite struct QueueFaultTests {
    private func order(_ limit: Int = 10, for visibility: Int64 = 30_000, _ family: QueueFamily = .records) -> DeliveryQueue.Order {
        .init(family: family, limit: limit, visibility: visibility, maximum: nil)
    }

    private static let large = [UInt8](repeating: 7, count: 100_000)

    /// Twelve blocks of ten records in one shard, each about a mebibyte; no memory holds them.
    private func filled(_ log: RecordLog) -> Streams.Stream {
        let memory = RecordMemory(budget: 1)
        let stream = Stream(id: 1, name: "s", created: birth, shardCount: 1, log: log, memory: memory)
        for number in 0..<120 {
            stream.put([0], data: [[UInt8(number)] + Self.large], at: start)
            if number % 10 == 9 { memory.enforceBudget([stream]) }
        }
        memory.enforceBudget([stream])
        return stream
    }

    @Test func `a lost segment of the log costs its own records, and the queue goes on behind them`() throws {
        try withDirectory { directory in
            let log = try RecordLog.open(directory: directory, rollAt: 4_000_000, summaries: [StreamRecordSummary.kind]).log
            defer { log.close() }
            let stream = filled(log)
            var queue = DeliveryQueue()
            // Half of them are on their way when the segment is lost, and come back after it.
            let first = try queue.receive(order(5, for: 1000), from: stream, at: start)
            #expect(first.map { $0.data[0] } == [0, 1, 2, 3, 4])
            // Memory has another block than theirs.
            _ = try stream.read(from: ShardPosition(shardIndex: 0, shardCreated: birth, counter: 100), limit: 1, now: start)
            try log.dropSegments { $0 == 1 }
            var got: [UInt8] = []
            while true {
                let records = try queue.receive(order(for: 60_000), from: stream, at: start + 2000)
                if records.isEmpty { break }
                got += records.map { $0.data[0] }
            }
            let lost = 120 - got.count
            #expect((30...60).contains(lost), "\(lost) records were lost")
            #expect(got == Array(UInt8(lost)..<120))
            let losses = queue.takeLosses()
            #expect(Set(losses.flatMap { Array($0.counters) }) == Set(1...UInt64(lost)))
            #expect(losses.allSatisfy { $0.shard == 0 && $0.fault.isPermanent })
            #expect(queue.takeLosses().isEmpty)
            #expect(queue.states.count == got.count && queue.cursors == [0: 121])
        }
    }

    @Test func `a block that a plain reader cannot read does not keep it from those before`() throws {
        try withDirectory { directory in
            let log = try RecordLog.open(directory: directory, rollAt: 4_000_000, summaries: [StreamRecordSummary.kind]).log
            defer { log.close() }
            let stream = filled(log)
            try log.dropSegments { $0 == 2 }
            let page = try stream.read(from: try stream.begin(0, .trimHorizon, at: start), limit: 1000, now: start)
            #expect((20..<40).contains(page.count) && !page.isEnd)
            #expect(throws: ReadRefusal.self) { try stream.read(from: page.next, limit: 1000, now: start) }
        }
    }

    @Test func `what cannot be read this time is read the next, and nothing is lost`() throws {
        try withDirectory { directory in
            let files = FaultyFileSystem()
            let log = try RecordLog.open(directory: directory, files: files, rollAt: 4_000_000, summaries: [StreamRecordSummary.kind]).log
            defer { log.close() }
            let stream = filled(log)
            var queue = DeliveryQueue()
            files.fail(.open)
            #expect(throws: DeliveryQueue.ReceiveRefusal.self) { try queue.receive(order(), from: stream, at: start) }
            let first = try queue.receive(order(for: 1000), from: stream, at: start)
            #expect(first.map { $0.data[0] } == Array(0..<10))
            // Another block has taken the place of this one in memory.
            _ = try stream.read(from: ShardPosition(shardIndex: 0, shardCreated: birth, counter: 100), limit: 1, now: start)
            // Ten records that come back, and what is new behind them.
            files.fail(.open, count: 11)
            #expect(throws: DeliveryQueue.ReceiveRefusal.self) { try queue.receive(order(), from: stream, at: start + 1000) }
            #expect(queue.takeLosses().isEmpty)
            let again = try queue.receive(order(), from: stream, at: start + 2000)
            #expect(again.map { $0.data[0] } == Array(0..<10) && again.allSatisfy { $0.state.receives == 2 })
        }
    }

    @Test func `one shard that cannot be read does not keep the others`() throws {
        try withDirectory { directory in
            let files = FaultyFileSystem()
            let log = try RecordLog.open(directory: directory, files: files, summaries: [StreamRecordSummary.kind]).log
            defer { log.close() }
            let memory = RecordMemory(budget: 1)
            let stream = Stream(id: 1, name: "s", created: birth, shardCount: 2, log: log, memory: memory)
            stream.put([0], data: [[1]], at: start)
            memory.enforceBudget([stream])
            stream.put([.max], data: [[2]], at: start)
            var queue = DeliveryQueue()
            files.fail(.open)
            #expect(try queue.receive(order(), from: stream, at: start).map(\.data) == [[2]])
            #expect(try queue.receive(order(), from: stream, at: start).map(\.data) == [[1]])
        }
    }

    @Test func `an answer has ten mebibytes at most, unless one record has more`() throws {
        let stream = makeStream()
        let data = [UInt8](repeating: 1, count: 4 << 20)
        for _ in 0..<5 { stream.put([0], data: [data], at: start) }
        var queue = DeliveryQueue()
        #expect(try queue.receive(order(for: 1000), from: stream, at: start).count == 2)
        // What comes back, and what is new behind it, keep the bound as well.
        #expect(try queue.receive(order(1), from: stream, at: start + 1000).count == 1)
        #expect(try queue.receive(order(), from: stream, at: start + 1000).map(\.place.counter) == [2, 3])
        stream.put([0], data: [[UInt8](repeating: 1, count: 11 << 20)], at: start)
        #expect(try queue.receive(order(), from: stream, at: start + 1000).map(\.place.counter) == [4, 5])
        #expect(try queue.receive(order(), from: stream, at: start + 1000).map(\.place.counter) == [6])
    }

    // MARK: Clocks

    @Test func `a clock that is set back keeps nothing in flight for longer`() throws {
        let stream = makeStream()
        stream.put([0, 0, 0], at: start)
        var queue = DeliveryQueue()
        let late = start + 86_400_000
        _ = try queue.receive(order(1, for: 5000), from: stream, at: late)
        _ = try queue.receive(order(1, for: 60_000), from: stream, at: late)
        _ = try queue.receive(order(1, for: 0), from: stream, at: late)
        // A day back: the one that was visible still is, and the others stay in flight for as long as they would have.
        #expect(try queue.receive(order(for: 600_000), from: stream, at: start).map(\.place.counter) == [3])
        #expect(try queue.receive(order(for: 600_000), from: stream, at: start + 4999).isEmpty)
        #expect(try queue.receive(order(for: 600_000), from: stream, at: start + 5000).map(\.place.counter) == [1])
        #expect(try queue.receive(order(for: 600_000), from: stream, at: start + 60_000).map(\.place.counter) == [2])
    }

    @Test func `a clock that was set back while nobody ran keeps nothing in flight for longer than the queue's timeout`() throws {
        let stream = makeStream()
        stream.put([0, 0], at: start)
        var queue = DeliveryQueue()
        _ = try queue.receive(order(1, for: 36_000_000), from: stream, at: start + 3_600_000)
        _ = try queue.receive(order(1, for: 1000), from: stream, at: start + 3_600_000)
        var (same, back) = (DeliveryQueue(cursors: queue.cursors, states: queue.states), DeliveryQueue(cursors: queue.cursors, states: queue.states))
        same.adapt(to: start + 3_600_000, visibility: 30_000)
        #expect(same.states == queue.states)
        back.adapt(to: start, visibility: 30_000)
        #expect(try back.receive(order(), from: stream, at: start + 29_999).isEmpty)
        #expect(try back.receive(order(), from: stream, at: start + 30_000).count == 2)
        // Nothing can be in flight for more than twelve hours, whatever else is known.
        var far = DeliveryState(arrival: start, firstReceived: start, visibleAt: start + 43_200_001, receives: 1, deliveries: 1, stage: .normal)
        let place = RecordPlace(shard: 0, counter: 1)
        var queues: [DeliveryQueue] = [DeliveryQueue(states: [place: far])]
        far.visibleAt -= 1
        queues.append(DeliveryQueue(states: [place: far]))
        for index in queues.indices { queues[index].adapt(to: start, visibility: 30_000) }
        #expect(queues.map { $0.states[place]?.visibleAt } == [start + 30_000, start + 43_200_000])
    }

    // MARK: Shards

    private func shard(_ index: Int32, _ parents: Int32...) -> ShardDescription {
        ShardDescription(
            index: index,
            range: HashRange.even(1)[0],
            parent: parents.first,
            adjacentParent: parents.dropFirst().first,
            created: birth,
            closed: nil
        )
    }

    @Test func `shards have their turn behind the last one, children when all their parents were read`() {
        let shown = [shard(0), shard(1), shard(2, 0), shard(3, 0, 1), shard(4, 9)]
        var turn = ShardTurn(shown, besides: [], after: 0)
        #expect(turn.open == [1, 4, 0])
        #expect(turn.next() == 1)
        turn.again()
        #expect(turn.next() == 1)
        turn.finish(1)
        #expect([turn.next(), turn.next()] == [4, 0])
        #expect(turn.next() == nil)
        turn.finish(0)
        #expect([turn.next(), turn.next(), turn.next()] == [2, 3, nil])
        #expect(ShardTurn(shown, besides: [0], after: -1).open == [1, 2, 4])
    }

    @Test(.timeLimit(.minutes(1))) func `a hundred thousand shards that follow each other are looked through in one turn`() {
        let shown = (0..<100_000 as Range<Int32>).map { $0 == 0 ? shard(0) : shard($0, $0 - 1) }
        var (turn, seen) = (ShardTurn(shown, besides: [], after: -1), 0)
        while let next = turn.next() {
            seen += 1
            turn.finish(next)
        }
        #expect(seen == 100_000)
    }

    @Test func `records beyond the end of a shard are told by its next counter`() {
        let stream = makeStream()
        stream.put([0, 0], at: start)
        #expect(stream.nextCounter(in: 0) == 3 && stream.nextCounter(in: 1) == nil)
    }
}
