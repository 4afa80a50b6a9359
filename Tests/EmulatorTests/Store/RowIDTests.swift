import SQLite
import Shapes
import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import ServiceKit

/// Ids of rows are given once, whatever becomes of the transaction.
@Suite struct RowIDTests {
    private static func make(_ name: String, in store: Store, _ time: ManualTime, fails: Bool = false) throws -> Int64 {
        let call = Call(account: "000000000000", region: "us-east-1", now: time.now, requestID: "test")
        var id: Int64 = 0
        let lifecycle = Lifecycle(status: .active, due: nil, changed: time.now, step: 0, needsWork: false)
        do {
            try store.write { transaction in
                id = try ResourceTable(transaction, call).insert(Personalize.DatasetGroup(name: name), arn: name, lifecycle: lifecycle).id.rawValue
                if fails { throw ServiceError("Refused", nil) }
            }
        } catch {
            if !fails { throw error }
        }
        return id
    }

    @Test func `the id of a row that was taken back is given to no other, here and in the next run`() throws {
        try withDataDirectory { directory in
            let time = ManualTime()
            var store = try Store(directory: directory)
            let first = try Self.make("a", in: store, time)
            let refused = try Self.make("b", in: store, time, fails: true)
            #expect(refused > first)
            store.close()
            store = try Store(directory: directory)
            let again = try Self.make("b", in: store, time, fails: true)
            #expect(again > refused)
            let second = try Self.make("c", in: store, time)
            #expect(second > again)
            store.close()
        }
    }

    /// As on a disk that is full: an id is taken, the row is not written, and nor is the id.
    @Test func `who only reads is answered while an id cannot be written down, and it is written down later`() throws {
        try withDataDirectory { directory in
            let time = ManualTime()
            var store = try Store(directory: directory)
            let commits = try FailingCommits(store, count: 0)
            let first = try Self.make("a", in: store, time)
            // The transaction itself, the one that is to write down what it was given, and the one that tries it again.
            commits.fail(next: 3)
            #expect(throws: ServiceError.self) { try Self.make("b", in: store, time) }
            #expect(try store.write { try $0.database.fetchOne(Int.self, "SELECT count(*) FROM resource") } == 1)
            try store.write { _ in }
            store.close()
            store = try Store(directory: directory)
            #expect(try Self.make("c", in: store, time) == first + 2)
            store.close()
        }
    }

    @Test func `ids that the log has and the database does not know are left out, here and in the next run`() throws {
        try withDataDirectory { directory in
            let time = ManualTime()
            var store = try Store(directory: directory)
            _ = try Self.make("a", in: store, time)
            #expect(store.skipIDs(upTo: 40, of: .resource))
            #expect(!store.skipIDs(upTo: 40, of: .resource) && !store.skipIDs(upTo: 3, of: .resource))
            // No number is so large that there is none after it.
            #expect(!store.skipIDs(upTo: .max, of: .resource))
            #expect(try Self.make("b", in: store, time) == 41)
            #expect(store.skipIDs(upTo: 50, of: .stream))
            try store.write { _ in }
            store.close()
            store = try Store(directory: directory)
            #expect(store.newestID(of: .stream) == 50)
            #expect(try Self.make("c", in: store, time) == 42)
            store.close()
        }
    }

    @Test func `ids that could not be written down are written with the next transaction`() throws {
        try withDataDirectory { directory in
            let time = ManualTime()
            var store = try Store(directory: directory)
            let commits = try FailingCommits(store, count: 0)
            _ = try Self.make("a", in: store, time)
            // The transaction itself, and the one that is to write down what it was given.
            commits.fail(next: 2)
            #expect(throws: ServiceError.self) { try Self.make("b", in: store, time) }
            try store.write { try SettingTable($0.database).set("n", [1]) }
            store.close()
            store = try Store(directory: directory)
            let next = try Self.make("c", in: store, time)
            #expect(next == 3)
            store.close()
        }
    }
}
