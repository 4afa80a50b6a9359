import GRDB
import Synchronization
import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

/// Makes commits of a store fail, as a full disk does.
final class FailingCommits: TransactionObserver {
    struct Fault: Error {}

    private let left: Mutex<Int>

    /// - Parameter count: how many commits fail from now on.
    init(_ store: Store, count: Int) {
        left = Mutex(count)
        store.queue.add(transactionObserver: self, extent: .databaseLifetime)
    }

    func fail(next count: Int) {
        left.withLock { $0 = count }
    }

    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { false }
    func databaseDidChange(with event: DatabaseEvent) {}
    func databaseDidCommit(_ database: Database) {}
    func databaseDidRollback(_ database: Database) {}

    func databaseWillCommit() throws {
        let fails = left.withLock { left in
            defer { left = max(0, left - 1) }
            return left > 0
        }
        if fails { throw Fault() }
    }
}

extension Store {
    /// Every row of every table, in the order of their keys.
    var contents: [String: [Row]] {
        get throws {
            try read { database in
                let tables = try String.fetchAll(database, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
                var contents: [String: [Row]] = [:]
                for table in tables { contents[table] = try Row.fetchAll(database, sql: "SELECT * FROM \(table)") }
                return contents
            }
        }
    }
}
