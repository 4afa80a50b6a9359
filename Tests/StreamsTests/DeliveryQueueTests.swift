import Testing

@testable import Streams

/// What a queue hands out, one rule a test.
@Suite final class DeliveryQueueTests {
    private var stream = makeStream()
    private var queue = DeliveryQueue()

    private func receive(_ family: QueueFamily = .records, limit: Int = 10, for visibility: Int64 = 30_000, maximum: Int? = 6, at now: Int64)
        throws
        -> [DeliveredRecord]
    {
        try queue.receive(.init(family: family, limit: limit, visibility: visibility, maximum: maximum), from: stream, at: now)
    }

    private func acknowledge(_ record: DeliveredRecord, _ family: QueueFamily = .records, at now: Int64) throws {
        try queue.acknowledge(record.place, record.state.deliveries, family, at: now)
    }

    private func data(_ records: [DeliveredRecord]) -> [UInt8] { records.map { $0.data[0] } }

    @Test func `a record is handed out once while it is in flight, and again when its timeout is over`() throws {
        stream.put([0, 0], at: start)
        let first = try receive(at: start)
        #expect(data(first) == [0, 1] && first.allSatisfy { $0.state.receives == 1 && $0.state.firstReceived == start })
        #expect(try receive(at: start + 29_999).isEmpty)
        let again = try receive(at: start + 30_000)
        #expect(data(again) == [0, 1] && again.allSatisfy { $0.state.receives == 2 && $0.state.firstReceived == start })
        #expect(again.map(\.number) == first.map(\.number))
    }

    @Test func `acknowledged records leave nothing behind`() throws {
        for _ in 0..<100 {
            stream.put([UInt128](repeating: 0, count: 10), at: start)
            for record in try receive(at: start) { try acknowledge(record, at: start) }
        }
        #expect(queue.states.isEmpty && queue.cursors == [0: 1001])
        #expect(try receive(at: start + 100_000).isEmpty)
    }

    @Test func `an older handle is void once the record was received again`() throws {
        stream.put([0], at: start)
        let first = try receive(for: 1000, at: start)[0]
        let second = try receive(for: 1000, at: start + 1000)[0]
        #expect(throws: DeliveryQueue.Refusal.notThere) { try acknowledge(first, at: start + 1000) }
        // It is good though its time is over.
        try acknowledge(second, at: start + 5000)
        #expect(throws: DeliveryQueue.Refusal.notThere) { try acknowledge(second, at: start + 5000) }
    }

    @Test func `visibility can be longer, shorter and nothing at all`() throws {
        stream.put([0], at: start)
        let record = try receive(for: 1000, at: start)[0]
        try queue.setVisibility(record.place, record.state.deliveries, .records, until: start + 9000, at: start + 500)
        #expect(try receive(at: start + 8999).isEmpty)
        try queue.setVisibility(record.place, record.state.deliveries, .records, until: start + 8999, at: start + 8999)
        #expect(try receive(at: start + 8999).count == 1)
        #expect(throws: DeliveryQueue.Refusal.notThere) {
            try queue.setVisibility(record.place, record.state.deliveries, .records, until: start + 9000, at: start + 9000)
        }
        let last = try receive(for: 0, at: start + 60_000)[0]
        #expect(throws: DeliveryQueue.Refusal.notInFlight) {
            try queue.setVisibility(last.place, last.state.deliveries, .records, until: start + 90_000, at: start + 60_000)
        }
    }

    @Test func `the last receive makes a dead letter, which can be acknowledged or restored`() throws {
        stream.put([0, 0], at: start)
        for round in 0..<2 { #expect(try receive(for: 1000, maximum: 2, at: start + Int64(round) * 1000).count == 2) }
        #expect(try receive(maximum: 2, at: start + 2000).isEmpty)
        let dead = try receive(.deadLetters, for: 1000, at: start + 2000)
        #expect(data(dead) == [0, 1] && dead.allSatisfy { $0.state.receives == 3 && $0.state.stage == .dead })
        #expect(throws: DeliveryQueue.Refusal.notThere) { try acknowledge(dead[0], .records, at: start + 2000) }
        try acknowledge(dead[0], .deadLetters, at: start + 2000)
        try queue.restore(dead[1].place, dead[1].state.deliveries, at: start + 2500)
        #expect(throws: DeliveryQueue.Refusal.notThere) { try acknowledge(dead[1], .deadLetters, at: start + 2500) }
        let restored = try receive(maximum: 2, at: start + 2500)
        #expect(data(restored) == [1] && restored[0].state.receives == 1)
        #expect(queue.deadLetters == 0)
    }

    @Test func `what comes back is handed out in the order in which it became visible, before what is new`() throws {
        stream.put([0, 0, 0], at: start)
        #expect(data(try receive(limit: 1, for: 3000, at: start)) == [0])
        #expect(data(try receive(limit: 1, for: 1000, at: start)) == [1])
        #expect(data(try receive(at: start + 3000)) == [1, 0, 2])
    }

    @Test func `a child is read when its parent has been read`() throws {
        stream.put([0, 0, 0], at: start)
        try stream.split(0, at: HashRange.even(2)[1].start, now: start)
        stream.put([0], data: [[9]], at: start + 2000)
        #expect(data(try receive(limit: 2, at: start + 2000)) == [0, 1])
        #expect(data(try receive(limit: 2, at: start + 2000)) == [2, 9])
    }

    @Test func `retention ends delivery`() throws {
        stream.put([0, 0], at: start)
        #expect(try receive(limit: 1, for: 1000, at: start).count == 1)
        #expect(try receive(at: start + 25 * 3_600_000).isEmpty)
        #expect(queue.states.isEmpty)
    }

    @Test func `what reached nobody does not count`() throws {
        stream.put([0], at: start)
        let lost = try receive(maximum: 1, at: start)
        queue.giveBack(lost, at: start)
        #expect(throws: DeliveryQueue.Refusal.notThere) { try acknowledge(lost[0], at: start) }
        let got = try receive(maximum: 1, at: start + 10)
        #expect(got.count == 1 && got[0].state.receives == 1 && got[0].state.firstReceived == start + 10)
    }

    @Test func `so many records are in flight and no more`() throws {
        var left = DeliveryQueue.maximumOutstanding + 5
        while left > 0 {
            stream.put([UInt128](repeating: 0, count: min(left, 500)), at: start)
            left -= 500
        }
        var taken = 0
        while taken < DeliveryQueue.maximumOutstanding { taken += try receive(limit: 500, at: start).count }
        #expect(taken == DeliveryQueue.maximumOutstanding)
        #expect(throws: DeliveryQueue.ReceiveRefusal.self) { try receive(at: start) }
        #expect(try receive(at: start + 30_000).count == 10)
    }

    @Test func `a handle is read back, and no other text is one`() {
        let key = [UInt8](0..<32)
        let handle = ReceiptHandle(queue: 7, place: RecordPlace(shard: 3, counter: 1 << 40), delivery: 9, arrival: start)
        let token = handle.token(key: key)
        #expect(ReceiptHandle(token: token, key: key) == handle)
        #expect(ReceiptHandle(token: token, key: [UInt8](1...32)) == nil)
        for text in ["", "x", String(token.dropLast(4)), token + "AAAA", String(token.reversed())] {
            #expect(ReceiptHandle(token: text, key: key) == nil)
        }
    }
}
