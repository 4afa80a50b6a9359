import GRDB
import PersonalizeEmulator
import ServiceKit

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What is done with a database whose pages are damaged.
enum DatabaseSalvage {
    /// What SQLite finds wrong with the structure of a database, twenty things at most; empty when it is whole.
    static func faults(_ path: String) throws -> [String] {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        do {
            let lines = try queue.inDatabase { try String.fetchAll($0, sql: "PRAGMA integrity_check(20)") }
            return lines == ["ok"] ? [] : lines
        } catch let error as DatabaseError where error.resultCode.primaryResultCode == .SQLITE_CORRUPT {
            // A page whose first byte is wrong ends the check itself.
            return [error.message ?? "database disk image is malformed"]
        }
    }

    /// Puts a new database with every row that can be read in the place of a damaged one, which is set aside.
    ///
    /// A table is read from both ends, each until a page that cannot be read.
    static func rebuild(_ path: String, _ aside: SetAside) throws {
        let fresh = path + ".repair"
        for suffix in ["", "-wal", "-shm"] { unlink(fresh + suffix) }
        let (old, new) = (try DatabaseQueue(path: path), try DatabaseQueue(path: fresh))
        try Migrations.run(on: new)
        try new.write { target in
            for table in try String.fetchAll(target, sql: "SELECT name FROM sqlite_master WHERE type = 'table'") where table != "grdb_migrations" {
                if table == "sqlite_sequence" { try target.execute(sql: "DELETE FROM sqlite_sequence") }
                try old.inDatabase { try copy(table, from: $0, to: target) }
            }
        }
        try old.close()
        try new.close()
        for suffix in ["", "-wal", "-shm"] { aside.move("personalite.sqlite" + suffix) }
        guard rename(fresh, path) == 0 else { throw Directory.Failure(path: path, reason: String(cString: strerror(errno))) }
    }

    private static func copy(_ table: String, from source: Database, to target: Database) throws {
        // An older version may not have it yet.
        guard try source.tableExists(table) else { return }
        let key = table == "sqlite_sequence" ? ["name"] : try target.primaryKey(table).columns
        for direction in ["ASC", "DESC"] {
            let order = key.map { "\($0) \(direction)" }.joined(separator: ", ")
            do {
                let rows = try Row.fetchCursor(source, sql: "SELECT * FROM \(table) ORDER BY \(order)")
                while let row = try rows.next() {
                    let marks = row.columnNames.map { _ in "?" }.joined(separator: ", ")
                    let names = row.columnNames.joined(separator: ", ")
                    try target.execute(
                        sql: "INSERT OR IGNORE INTO \(table) (\(names)) VALUES (\(marks))",
                        arguments: StatementArguments(row.databaseValues)
                    )
                }
                // Read to its other end: there is nothing to read from there.
                return
            } catch let error as DatabaseError where error.resultCode.primaryResultCode == .SQLITE_CORRUPT {
                continue
            }
        }
    }
}
