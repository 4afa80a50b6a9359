import CSQLite
import Synchronization
import Testing
import Wire

@testable import Emulator
@testable import SQLite
@testable import ServiceKit

/// Makes commits of a store fail, as a full disk does.
final class FailingCommits: Sendable {
    private let left: Mutex<Int>

    /// - Parameter count: how many commits fail from now on.
    init(_ store: Store, count: Int) throws {
        left = Mutex(count)
        try store.queue.access { database in
            // The connection keeps it for as long as it is open.
            let hook = Unmanaged.passRetained(self).toOpaque()
            sqlite3_commit_hook(
                database.handle,
                { hook in hook.map { Unmanaged<FailingCommits>.fromOpaque($0).takeUnretainedValue().commits } ?? 0 },
                hook
            )
        }
    }

    func fail(next count: Int) {
        left.withLock { $0 = count }
    }

    /// What SQLite asks before each commit: anything but 0 makes it fail and be taken back.
    private var commits: Int32 {
        left.withLock { left in
            defer { left = max(0, left - 1) }
            return left > 0 ? 1 : 0
        }
    }

    /// What is at the bottom of the refusal.
    static func isCause(of refusal: ServiceError?) -> Bool {
        // SQLITE_CONSTRAINT_COMMITHOOK, which SQLite defines by an expression.
        (refusal?.cause as? DatabaseError)?.extendedCode == SQLITE_CONSTRAINT | 2 << 8
    }
}

extension Store {
    /// Every row of every table, in the order of their keys.
    var contents: [String: [Row]] {
        get throws {
            try read { database in
                let tables = try database.fetchAll(String.self, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
                var contents: [String: [Row]] = [:]
                for table in tables { contents[table] = try database.fetchAll("SELECT * FROM \(table)") }
                return contents
            }
        }
    }
}
