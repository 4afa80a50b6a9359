import Glibc
import Testing

@testable import Streams

/// A queue as a beginner would write it: every record of the stream has a state of its own, and everything is looked for in all of them.
private struct ModelQueue {
    struct Item {
        var data: [UInt8]
        var arrival: Int64
        var place: RecordPlace
        var taken = false
        var gone = false
        var dead = false
        var last = false
        var receives = 0
        var deliveries: Int64 = 0
        var visible: Int64 = 0
    }

    var items: [Item] = []

    mutating func settle(_ now: Int64) {
        for index in items.indices where items[index].last && !items[index].gone && items[index].visible <= now {
            items[index].last = false
            items[index].dead = true
        }
    }

    /// The records that come back, in their order.
    func returned(_ dead: Bool, _ now: Int64) -> [Int] {
        items.indices.filter { items[$0].taken && !items[$0].gone && items[$0].dead == dead && !items[$0].last && items[$0].visible <= now }
            .sorted {
                (items[$0].visible, items[$0].place.shard, items[$0].place.counter) < (
                    items[$1].visible, items[$1].place.shard, items[$1].place.counter
                )
            }
    }

    mutating func deliver(_ index: Int, _ now: Int64, _ visibility: Int64, _ maximum: Int?) {
        items[index].taken = true
        items[index].receives += 1
        items[index].deliveries += 1
        items[index].visible = now + visibility
        if !items[index].dead { items[index].last = maximum.map { items[index].receives >= $0 } ?? false }
    }

    func holder(_ place: RecordPlace, _ delivery: Int64, dead: Bool) -> Int? {
        items.firstIndex { $0.place == place && $0.taken && !$0.gone && $0.deliveries == delivery && $0.dead == dead }
    }
}

/// Random steps of a queue beside the simple one, with splits, merges and crashes: the queue is then read back from what was stored, which may be the state before
/// the step that was under way. `PERSONALITE_QUEUE_STEPS` says how many.
@Suite struct QueueModelTests {
    private static let steps = getenv("PERSONALITE_QUEUE_STEPS").flatMap { Int(String(cString: $0)) } ?? 20_000
    /// Of one walk: the model looks through all that it has.
    private static let length = 1000

    private struct Disk {
        var cursors: [Int32: UInt64] = [:]
        var states: [RecordPlace: DeliveryState] = [:]

        mutating func store(_ changes: QueueChanges) {
            for (shard, counter) in changes.cursors { cursors[shard] = counter }
            for (place, state) in changes.states { states[place] = state }
        }
    }

    /// One that fails is named by its seed.
    @Test(arguments: 0..<max(1, UInt64(steps / length)))
    func `a queue does what the simple one does, through crashes`(seed: UInt64) throws {
        var random = Seeded(seed)
        let walk = Walk(&random)
        for _ in 0..<Self.length { try walk.step(&random) }
        try walk.finish()
    }

    private final class Walk {
        let stream: Streams.Stream
        var queue = DeliveryQueue()
        var disk = Disk()
        var model = ModelQueue()
        var now = start
        var maximum: Int? = 3
        /// What receivers hold, older deliveries too.
        var handles: [(place: RecordPlace, delivery: Int64)] = []
        var acknowledged: Set<RecordPlace> = []

        init(_ random: inout Seeded) {
            stream = makeStream(shards: Int.random(in: 1...3, using: &random))
        }

        func step(_ random: inout Seeded) throws {
            now += [0, 0, 1, 7, 400, 2500].randomElement(using: &random)!
            switch Int.random(in: 0..<21, using: &random) {
            case 0..<5: put(Int.random(in: 1...6, using: &random), &random)
            case 5..<11: try receive(.records, &random)
            case 11..<13: try receive(.deadLetters, &random)
            case 13..<16:
                settle(&random) { (queue, place, delivery, family, now, _) throws(DeliveryQueue.Refusal) in
                    try queue.acknowledge(place, delivery, family, at: now)
                }
            case 16:
                settle(&random) { (queue, place, delivery, family, now, until) throws(DeliveryQueue.Refusal) in
                    try queue.setVisibility(place, delivery, family, until: until, at: now)
                }
            case 17: restore(&random)
            case 18: maximum = [nil, 1, 2, 5].randomElement(using: &random)!
            case 19: reshape(&random)
            default: crash()
            }
        }

        func put(_ count: Int, _ random: inout Seeded) {
            let hashes = (0..<count).map { _ in UInt128.random(in: 0 ... .max, using: &random) }
            let data = hashes.map { _ in [UInt8.random(in: 0...255, using: &random)] }
            for (outcome, data) in zip(stream.put(hashes, data: data, at: now), data) {
                guard let number = outcome.number else { continue }
                let place = RecordPlace(shard: number.shardIndex, counter: number.counter)
                model.items.append(.init(data: data, arrival: now, place: place))
            }
        }

        func reshape(_ random: inout Seeded) {
            let open = stream.shards(.atLatest, at: now).sorted { $0.range.start < $1.range.start }
            if open.count < 8, Bool.random(using: &random) {
                let shard = open.randomElement(using: &random)!
                try? stream.split(shard.index, at: shard.range.start + (shard.range.end - shard.range.start) / 2 + 1, now: now)
            } else if open.count > 1 {
                let lower = Int.random(in: 0..<open.count - 1, using: &random)
                try? stream.merge(open[lower].index, with: open[lower + 1].index, now: now)
            }
        }

        func commit() { disk.store(queue.takeChanges()) }

        func receive(_ family: QueueFamily, _ random: inout Seeded) throws {
            let limit = Int.random(in: 1...10, using: &random)
            let visibility: Int64 = [0, 1, 500, 3000].randomElement(using: &random)!
            let order = DeliveryQueue.Order(family: family, limit: limit, visibility: visibility, maximum: maximum)
            let got = try queue.receive(order, from: stream, at: now)
            if Int.random(in: 0..<12, using: &random) == 0 {
                // The server dies before the change is stored: nobody has got anything.
                queue = DeliveryQueue(cursors: disk.cursors, states: disk.states)
                return
            }
            commit()
            model.settle(now)
            let back = Array(model.returned(family == .deadLetters, now).prefix(limit))
            #expect(got.prefix(back.count).map(\.place) == back.map { model.items[$0].place })
            let fresh = got.dropFirst(back.count)
            let waiting = model.items.indices.filter { !model.items[$0].taken }
            #expect(family == .records || fresh.isEmpty)
            if family == .records {
                #expect(fresh.count == min(limit - back.count, waiting.count))
                // Of each shard the oldest ones, in their order.
                for shard in Set(fresh.map(\.place.shard)) {
                    let expected = waiting.map { model.items[$0].place }.filter { $0.shard == shard }
                    let here = fresh.map(\.place).filter { $0.shard == shard }
                    #expect(here == Array(expected.prefix(here.count)))
                }
            }
            for record in got {
                let index = model.items.firstIndex { $0.place == record.place }!
                #expect(!acknowledged.contains(record.place), "an acknowledged record came again")
                model.deliver(index, now, visibility, maximum)
                let item = model.items[index]
                #expect(record.data == item.data && record.state.receives == item.receives && record.state.arrival == item.arrival)
                #expect(record.state.deliveries == item.deliveries && record.state.visibleAt == item.visible)
                handles.append((record.place, record.state.deliveries))
            }
        }

        /// Some handle, mostly a late one.
        private func handle(_ random: inout Seeded) -> (place: RecordPlace, delivery: Int64)? {
            handles.isEmpty ? nil : handles[max(0, handles.count - 1 - Int.random(in: 0..<12, using: &random))]
        }

        func settle(
            _ random: inout Seeded,
            _ body: (inout DeliveryQueue, RecordPlace, Int64, QueueFamily, Int64, Int64) throws(DeliveryQueue.Refusal) -> Void
        ) {
            guard let (place, delivery) = handle(&random) else { return }
            let family: QueueFamily = Int.random(in: 0..<3, using: &random) == 0 ? .deadLetters : .records
            let until = now + [0, 1000, 5000].randomElement(using: &random)!
            model.settle(now)
            let held = model.holder(place, delivery, dead: family == .deadLetters)
            let before = queue.states[place]
            do throws(DeliveryQueue.Refusal) {
                try body(&queue, place, delivery, family, now, until)
                commit()
                guard let held else { return #expect(Bool(false), "a handle was taken that is void") }
                if queue.states[place] == nil {
                    model.items[held].gone = true
                    acknowledged.insert(place)
                } else {
                    #expect(model.items[held].visible > now)
                    model.items[held].visible = until
                }
            } catch {
                commit()
                #expect(
                    error == .notThere ? held == nil : held.map { model.items[$0].visible <= now } ?? false,
                    "\(error) \(String(describing: before))"
                )
            }
        }

        func restore(_ random: inout Seeded) {
            guard let (place, delivery) = handle(&random) else { return }
            model.settle(now)
            let held = model.holder(place, delivery, dead: true)
            do throws(DeliveryQueue.Refusal) {
                try queue.restore(place, delivery, at: now)
                commit()
                guard let held else { return #expect(Bool(false), "a handle was taken that is void") }
                model.items[held].dead = false
                model.items[held].receives = 0
                model.items[held].deliveries += 1
                model.items[held].visible = now
            } catch {
                #expect(held == nil)
            }
        }

        func crash() {
            queue = DeliveryQueue(cursors: disk.cursors, states: disk.states)
            #expect(queue.states.count == model.items.count { $0.taken && !$0.gone })
        }

        /// Everything that was not acknowledged comes in the end.
        func finish() throws {
            crash()
            now += 10_000
            var seen: Set<RecordPlace> = []
            for family in QueueFamily.allCases {
                while true {
                    let order = DeliveryQueue.Order(family: family, limit: 10, visibility: 1_000_000, maximum: nil)
                    let got = try queue.receive(order, from: stream, at: now)
                    if got.isEmpty { break }
                    seen.formUnion(got.map(\.place))
                }
            }
            #expect(seen == Set(model.items.map(\.place)).subtracting(acknowledged))
        }
    }
}
