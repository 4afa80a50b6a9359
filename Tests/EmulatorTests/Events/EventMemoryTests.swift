import FoundationEssentials
import Streams
import Synchronization
import Testing
import Wire

@testable import PersonalizeEmulator
@testable import ServiceKit

/// Events whose texts memory has given up are read from the log, and nobody can tell; without a log they are gone.
@Suite struct EventMemoryTests {
    private static let budget = 64 << 10

    private func event(_ number: Int) -> RecordedEvent {
        RecordedEvent(
            sequence: 0,
            userID: number % 7 == 0 ? nil : "user \(number % 50) \u{1F600}\"\\",
            sessionID: "session \(number % 13)",
            eventID: number % 3 == 0 ? "id-\(number)" : nil,
            itemID: "item-\(number % 91)",
            eventType: number % 2 == 0 ? "click" : "watch",
            eventValue: number % 5 == 0 ? Double(number) / 7 : nil,
            timestamp: Timestamp(milliseconds: Int64(number) * 1000),
            recommendationID: number % 11 == 0 ? "RID-\(number)" : nil,
            impression: number % 4 == 0 ? ["a", "b,\(number)"] : nil,
            attributionSource: number % 6 == 0 ? "mail" : nil,
            properties: number % 8 == 0 ? #"{"k":"v \#(number)"}"# : nil
        )
    }

    /// Two thousand events in batches of up to four, with repetitions among them and a removal in the middle.
    private func fill(_ store: EventStore) throws {
        var number = 0
        while number < 2000 {
            let batch = (0...number % 4).map { event(number + $0) }
            try store.append(batch, dataset: 1).wait()
            if number % 10 == 0 { try store.append(batch + [event(number / 2)], dataset: 1).wait() }
            if number == 1000 { try store.remove([event(3).historyKey, "nobody"], dataset: 1).write.wait() }
            number += batch.count
        }
    }

    private func isNew(_ event: RecordedEvent, to store: EventStore) throws -> Bool {
        let before = store.lastSequence(dataset: 1)
        try store.append([event], dataset: 1).wait()
        return store.lastSequence(dataset: 1) > before
    }

    private func same(_ store: EventStore, as free: EventStore) throws {
        let all = try free.all(dataset: 1)
        #expect(try store.all(dataset: 1) == all)
        #expect(store.lastSequence(dataset: 1) == free.lastSequence(dataset: 1))
        #expect(try store.all(dataset: 1, after: 1700) == all.filter { $0.sequence > 1700 })
        for key in Set((0..<100).map { event($0).historyKey }) {
            #expect(try store.history(of: key, dataset: 1, after: 0) == all.filter { $0.historyKey == key })
            #expect(try store.history(of: key, dataset: 1, after: 1900) == all.filter { $0.historyKey == key && $0.sequence > 1900 })
        }
        for number in [0, 3, 1111, 1999] where free.lastSequence(dataset: 1) > 0 {
            #expect(try isNew(event(number), to: store) == isNew(event(number), to: free))
        }
    }

    @Test func `what memory gave up is read from the log, before a restart and after`() throws {
        try withDataDirectory { directory in
            let free = EventStore(log: .inMemory())
            try fill(free)
            func open() throws -> RecordLog {
                try RecordLog.open(directory: directory, rollAt: 30_000, summaries: PersonalizeServices.logSummaries).log
            }
            var log = try open()
            let store = EventStore(log: log, memory: Self.budget)
            try fill(store)
            #expect(store.memoryInUse <= Self.budget)
            try same(store, as: free)
            #expect(store.memoryInUse <= Self.budget)
            log.close()
            for _ in 0..<2 {
                log = try open()
                defer { log.close() }
                let restored = EventStore(log: log, memory: Self.budget)
                _ = try log.recover { summary throws(LogError) in try restored.restore(summary, isKept: { _ in true }) }
                #expect(restored.memoryInUse == 0)
                try same(restored, as: free)
                #expect(restored.memoryInUse <= Self.budget && restored.memoryInUse > 0)
            }
        }
    }

    @Test func `without a log the oldest are gone, and that is told`() throws {
        let lost = Mutex(0)
        let (store, free) = (
            EventStore(log: .inMemory(), memory: Self.budget) { count in lost.withLock { $0 += count } }, EventStore(log: .inMemory())
        )
        try fill(free)
        try fill(store)
        let (kept, all) = (try store.all(dataset: 1), try free.all(dataset: 1))
        #expect(store.memoryInUse <= Self.budget && kept.count > 200)
        #expect(kept == all.suffix(kept.count))
        #expect(lost.withLock { $0 } >= all.count - kept.count)
        let key = event(1999).historyKey
        #expect(try store.history(of: key, dataset: 1, after: 0) == kept.filter { $0.historyKey == key })
        // What is forgotten is new again; what is not is not.
        #expect(try isNew(event(8), to: store))
        #expect(try !isNew(event(1999), to: store))
        // Numbers go on, however much is forgotten.
        for number in 10_000..<40_000 { try store.append([event(number)], dataset: 1).wait() }
        #expect(store.lastSequence(dataset: 1) == free.lastSequence(dataset: 1) + 30_001)
        #expect(store.memoryInUse <= Self.budget)
        #expect(try store.all(dataset: 1).last?.itemID == event(39_999).itemID)
    }

    @Test func `the index of users who were deleted is given up, and nobody can tell`() throws {
        /// Users come one after the other; the first ones are deleted, and one of them comes again.
        func visit(_ user: Int) -> [RecordedEvent] {
            (0..<500).map { number in
                var event = event(number)
                event.userID = "user \(user)"
                event.sessionID = "of \(user)"
                event.eventID = nil
                event.timestamp = Timestamp(milliseconds: Int64(user * 1000 + number) * 1000)
                return event
            }
        }
        func append(_ user: Int, to store: EventStore) throws {
            let events = visit(user)
            for start in stride(from: 0, to: events.count, by: 10) { try store.append(Array(events[start..<start + 10]), dataset: 1).wait() }
        }
        try withDataDirectory { directory in
            func open() throws -> RecordLog {
                try RecordLog.open(directory: directory, rollAt: 1 << 20, summaries: PersonalizeServices.logSummaries).log
            }
            var log = try open()
            let store = EventStore(log: log, memory: Self.budget)
            for user in 0..<40 { try append(user, to: store) }
            #expect(store.firstIndexed(dataset: 1) == 0)
            let gone = (0..<30).map { "user \($0)" }
            #expect(try store.remove(gone, dataset: 1).count == 15_000)
            func check(_ store: EventStore) throws {
                // Whole pages of 4,096 only.
                #expect(store.firstIndexed(dataset: 1) == 12_288)
                #expect(store.lastSequence(dataset: 1) == 20_500)
                #expect(try store.all(dataset: 1).map(\.historyKey) == (Array(30..<40) + [3]).flatMap { visit($0).map(\.historyKey) })
                #expect(try store.history(of: "user 3", dataset: 1, after: 0).map(\.sequence) == Array(20_001...20_500))
                #expect(try store.history(of: "user 4", dataset: 1, after: 0).isEmpty)
                #expect(try store.history(of: "user 39", dataset: 1, after: 0).count == 500)
                #expect(try !isNew(visit(39)[7], to: store) && !isNew(visit(3)[7], to: store))
            }
            // Who was deleted may come again, with what was known of them before.
            try append(3, to: store)
            try check(store)
            log.close()
            log = try open()
            defer { log.close() }
            let restored = EventStore(log: log, memory: Self.budget)
            _ = try log.recover { summary throws(LogError) in try restored.restore(summary, isKept: { _ in true }) }
            try check(restored)
        }
    }

    @Test func `what the disk refuses leaves no number and may be sent again`() throws {
        try withDataDirectory { directory in
            let files = FailingFiles()
            let kinds = PersonalizeServices.logSummaries
            var log = try RecordLog.open(directory: directory, policy: .always, files: files, summaries: kinds).log
            let store = EventStore(log: log, memory: Self.budget)
            try store.append([event(1), event(51)], dataset: 1).wait()
            files.fails.withLock { $0 = true }
            for batch in [[event(2), event(101)], [event(52)]] {
                #expect(throws: ServiceError.self) { try store.append(batch, dataset: 1).wait() }
            }
            #expect(store.lastSequence(dataset: 1) == 2)
            #expect(try store.history(of: event(101).historyKey, dataset: 1, after: 0).map(\.itemID) == [event(1), event(51)].map(\.itemID))
            files.fails.withLock { $0 = false }
            try store.append([event(101), event(2)], dataset: 1).wait()
            let all = try store.all(dataset: 1)
            #expect(all.map(\.itemID) == [1, 51, 101, 2].map { event($0).itemID } && all.map(\.sequence) == [1, 2, 3, 4])
            log.close()
            log = try RecordLog.open(directory: directory, summaries: kinds).log
            defer { log.close() }
            let restored = EventStore(log: log, memory: Self.budget)
            _ = try log.recover { summary throws(LogError) in try restored.restore(summary, isKept: { _ in true }) }
            #expect(try restored.all(dataset: 1) == all)
        }
    }

    @Test func `a damaged entry costs its own events, and is told`() throws {
        try withDataDirectory { directory in
            let kinds = PersonalizeServices.logSummaries
            var log = try RecordLog.open(directory: directory, rollAt: 30_000, summaries: kinds).log
            let store = EventStore(log: log)
            try fill(store)
            let all = try store.all(dataset: 1)
            log.close()
            log = try RecordLog.open(directory: directory, summaries: kinds).log
            _ = try log.recover { _ in }
            log.close()
            let path = directory + "/0000000000000002.log"
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            bytes[bytes.count / 2] ^= 16
            try bytes.write(to: URL(fileURLWithPath: path))
            log = try RecordLog.open(directory: directory, summaries: kinds).log
            defer { log.close() }
            let told = Mutex<[LogError]>([])
            log.observeDamage { error in told.withLock { $0.append(error) } }
            let restored = EventStore(log: log)
            _ = try log.recover { summary throws(LogError) in try restored.restore(summary, isKept: { _ in true }) }
            let left = try restored.all(dataset: 1)
            #expect((1...4).contains(all.count - left.count) && all.filter(left.contains) == left)
            #expect(told.withLock { $0 }.count == 1)
        }
    }

    @Test func `numbers by hash are those of a dictionary`() {
        var (table, naive): (HashedNumbers, [UInt64: [Int]]) = (HashedNumbers(), [:])
        for number in 0..<5000 {
            // Few hashes, so that many are shared.
            let hash = UInt64(number * number % 701) << 40 | 5
            table.add(hash, number, isLive: { $0 % 5 != 4 })
            naive[hash, default: []].append(number)
        }
        for (hash, numbers) in naive {
            for wanted in numbers where wanted % 5 != 4 { #expect(table.first(hash, where: { $0 == wanted }) == wanted) }
            #expect(table.first(hash, where: { !numbers.contains($0) }) == nil)
        }
        #expect(table.first(3, where: { _ in true }) == nil)
    }
}
