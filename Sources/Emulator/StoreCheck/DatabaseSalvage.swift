import PersonalizeEmulator
import SQLite
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
            let lines = try queue.access { try $0.fetchAll(String.self, "PRAGMA integrity_check(20)") }
            return lines == ["ok"] ? [] : lines
        } catch let error as DatabaseError where error.code == .corrupt {
            // A page whose first byte is wrong ends the check itself.
            return [error.message]
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
            for table in try target.fetchAll(String.self, "SELECT name FROM sqlite_master WHERE type = 'table'") where table != Migrator.table {
                if table == "sqlite_sequence" { try target.execute("DELETE FROM sqlite_sequence") }
                try old.access { try copy(table, from: $0, to: target) }
            }
        }
        try old.close()
        try new.close()
        for suffix in ["", "-wal", "-shm"] { aside.move("personalite.sqlite" + suffix) }
        guard rename(fresh, path) == 0 else { throw Directory.Failure(path: path, reason: String(cString: strerror(errno))) }
    }

    private static func copy(_ table: String, from source: Database, to target: Database) throws {
        // An older version may not have it yet.
        guard try source.fetchOne("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", [table]) != nil else { return }
        let key = table == "sqlite_sequence" ? ["name"] : try target.primaryKey(of: table)
        for direction in ["ASC", "DESC"] {
            let order = key.map { "\($0) \(direction)" }.joined(separator: ", ")
            do {
                try source.forEach("SELECT * FROM \(table) ORDER BY \(order)") { row in
                    let marks = row.names.map { _ in "?" }.joined(separator: ", ")
                    let names = row.names.joined(separator: ", ")
                    try target.execute("INSERT OR IGNORE INTO \(table) (\(names)) VALUES (\(marks))", row.values)
                }
                // Read to its other end: there is nothing to read from there.
                return
            } catch let error as DatabaseError where error.code == .corrupt {
                continue
            }
        }
    }
}

extension Database {
    /// The columns of a table's primary key, in their order in it.
    func primaryKey(of table: String) throws -> [String] {
        try fetchAll(String.self, "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", [table])
    }
}
