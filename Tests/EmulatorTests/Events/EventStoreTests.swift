import FoundationEssentials
import Streams
import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

@Suite struct EventStoreTests {
    private func event(_ item: String, user: String? = "u", session: String = "s", at seconds: Int64 = 1, id: String? = nil) -> RecordedEvent {
        RecordedEvent(
            sequence: 0,
            userID: user,
            sessionID: session,
            eventID: id,
            itemID: item,
            eventType: "click",
            eventValue: 0.5,
            timestamp: Timestamp(milliseconds: seconds * 1000),
            recommendationID: "RID-1",
            impression: ["a", "b"],
            properties: #"{"k":"v"}"#
        )
    }

    @Test func `events are kept by user and by session`() throws {
        let store = EventStore(log: .inMemory())
        try store.append([event("a"), event("b", user: nil, session: "x"), event("c", at: 2)], dataset: 1).wait()
        #expect(try store.history(of: "u", dataset: 1, after: 0).map(\.itemID) == ["a", "c"])
        #expect(try store.history(of: "x", dataset: 1, after: 0).map(\.itemID) == ["b"])
        #expect(try store.history(of: "u", dataset: 1, after: 1).map(\.itemID) == ["c"])
        #expect(try store.history(of: "u", dataset: 2, after: 0).isEmpty)
    }

    @Test func `an id counts once, and so do equal contents`() throws {
        let store = EventStore(log: .inMemory())
        try store.append([event("a", id: "1"), event("b", id: "1")], dataset: 1).wait()
        try store.append([event("c", session: "s1"), event("c", session: "s2"), event("c", at: 9)], dataset: 1).wait()
        #expect(try store.all(dataset: 1).map(\.itemID) == ["a", "c", "c"])
    }

    @Test func `a dataset that is deleted holds no segment of the log any longer`() throws {
        try withDataDirectory { directory in
            let (log, _) = try RecordLog.open(directory: directory, rollAt: 1024, summaries: PersonalizeServices.logSummaries)
            defer { log.close() }
            let (events, rows) = (EventStore(log: log), StreamedRows(log: log))
            for number in 0..<40 {
                try events.append([event("i\(number)")], dataset: number < 20 ? 1 : 2).wait()
                try rows.append([StreamedRow(id: "i\(number)", properties: nil)], dataset: number < 20 ? 3 : 4).wait()
            }
            let all = events.segments.union(rows.segments)
            #expect(all.count > 3)
            try Store(directory: nil).write { transaction in
                transaction.afterCommit { events.remove(dataset: 1, $0) }
                transaction.afterCommit { rows.remove(dataset: 3, $0) }
            }
            let left = events.segments.union(rows.segments)
            #expect(left.isStrictSubset(of: all) && left.max() == all.max() && left.min() != all.min())
        }
    }

    @Test func `a restart brings back what was kept, once`() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("events-\(UInt64.random(in: 0...(.max)))").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let (log, _) = try RecordLog.open(directory: directory, summaries: [EventSummary.kind])
        let store = EventStore(log: log)
        try store.append([event("a", id: "1"), event("b")], dataset: 1).wait()
        try store.append([event("a", id: "1")], dataset: 1).wait()
        try store.append([event("z")], dataset: 2).wait()
        log.close()

        let (again, _) = try RecordLog.open(directory: directory, summaries: [EventSummary.kind])
        let restored = EventStore(log: again)
        _ = try again.recover { summary throws(LogError) in try restored.restore(summary, isKept: { $0 == 1 }) }
        #expect(try restored.all(dataset: 1) == store.all(dataset: 1))
        #expect(try restored.all(dataset: 2).isEmpty)
        try restored.append([event("b")], dataset: 1).wait()
        #expect(try restored.all(dataset: 1).count == 2)
        again.close()
    }
}
