package import SQLite
import Synchronization

/// Ids of rows that files, log entries and page tokens are named for, each given once.
///
/// SQLite's AUTOINCREMENT takes back the ids of a transaction that is rolled back, so they are counted here, and what such a transaction
/// was given is written down after its rollback.
package final class RowIDs: Sendable {
    /// The tables whose rows have such ids.
    package enum Table: String, Sendable, CaseIterable {
        case resource, stream, bucket, queue
        case logStream = "log_stream"
        case logEvent = "log_event"
    }

    private struct State {
        /// The newest id given, by the table's name.
        var given: [String: Int64] = [:]
        /// Whether ids were given that the database does not know of.
        var isAhead = false
    }

    private let state = Mutex(State())

    package init(_ database: Database) throws {
        var given: [String: Int64] = [:]
        for table in Table.allCases {
            let counted = try database.fetchOne(Int64.self, "SELECT seq FROM sqlite_sequence WHERE name = ?", [table.rawValue]) ?? 0
            let newest = try database.fetchOne(Int64.self, "SELECT max(id) FROM \(table.rawValue)") ?? 0
            given[table.rawValue] = max(counted, newest)
        }
        state.withLock { [given] in $0.given = given }
    }

    /// The newest id given; 0 when none was.
    package func newest(_ table: Table) -> Int64 {
        state.withLock { $0.given[table.rawValue] ?? 0 }
    }

    package func next(_ table: Table) -> Int64 {
        state.withLock { state in
            let id = (state.given[table.rawValue] ?? 0) + 1
            state.given[table.rawValue] = id
            state.isAhead = true
            return id
        }
    }

    /// Leaves out the ids up to one that a log entry has: a database that has not given it is older than the entry.
    /// - Returns: whether the database had not given it.
    func skip(upTo id: Int64, of table: Table) -> Bool {
        state.withLock { state in
            // Nobody has given as many; what claims to be one is left alone, so that the next can still be counted.
            guard id > state.given[table.rawValue] ?? 0, id < .max / 2 else { return false }
            state.given[table.rawValue] = id
            state.isAhead = true
            return true
        }
    }

    /// Whether ids were given that the database does not know of.
    var isAhead: Bool { state.withLock { $0.isAhead } }

    /// Rows with the newest ids are in the database.
    func didCommit() {
        state.withLock { $0.isAhead = false }
    }

    /// Writes down ids that a rolled-back transaction was given, if there are any: part of the transaction that is open.
    package func save(_ database: Database) throws {
        let (given, isAhead) = state.withLock { ($0.given, $0.isAhead) }
        guard isAhead else { return }
        for (name, id) in given where id > 0 {
            try database.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", [id, name])
            guard database.changesCount == 0 else { continue }
            try database.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", [name, id])
        }
    }
}
