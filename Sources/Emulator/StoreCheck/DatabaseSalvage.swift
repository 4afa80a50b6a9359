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
    /// What is wrong with a database: the pages that are not as they were written, or else what SQLite finds wrong with its structure, twenty faults
    /// at most; empty when it is whole.
    static func faults(_ path: String) throws -> [String] {
        do {
            let queue = try DatabaseQueue(path: path)
            defer { try? queue.close() }
            // A page that the write-ahead log has anew may be half written in the database's own file.
            try queue.access { try $0.execute("PRAGMA wal_checkpoint(TRUNCATE)") }
            let damaged = try damagedPages(path)
            guard damaged.isEmpty else { return damaged }
            let lines = try queue.access { try $0.fetchAll(String.self, "PRAGMA integrity_check(20)") }
            return lines == ["ok"] ? [] : lines
        } catch let error as DatabaseError where error.isDamage {
            // A page that cannot be read ends the check itself.
            let damaged = try damagedPages(path)
            return damaged.isEmpty ? [error.message] : damaged
        }
    }

    static func damagedPages(_ path: String) throws -> [String] {
        guard let pages = try DatabasePages.of(path) else { return [] }
        return try pages.damaged().map { "page \($0): its checksum is wrong" }
    }

    /// Turns the bit that is wrong on pages on which it is one; the database as it was is set aside.
    /// - Returns: whether any page was corrected.
    static func correctPages(_ path: String, _ aside: SetAside) throws -> Bool {
        guard let pages = try DatabasePages.of(path, isWritable: true) else { return false }
        let damaged = try pages.damaged()
        guard !damaged.isEmpty else { return false }
        try FileCopy.copy(path, to: Directory.freeName("\(try aside.folder(""))/personalite.sqlite-uncorrected"))
        var isCorrected = false
        for number in damaged { if try pages.correct(number) { isCorrected = true } }
        return isCorrected
    }

    /// Puts a new database with every row that can be read in the place of a damaged one, which is set aside.
    ///
    /// A table is read from both ends, each until a page that cannot be read.
    static func rebuild(_ path: String, _ aside: SetAside) throws {
        let fresh = path + ".repair"
        for suffix in ["", "-wal", "-shm"] { unlink(fresh + suffix) }
        // Otherwise SQLite reads nothing at all of a database that is shorter than its header says.
        let old = try DatabaseQueue(path: path) { try $0.execute("PRAGMA writable_schema = ON") }
        let new = try DatabaseQueue(path: fresh)
        try Migrations.run(on: new)
        try new.write { target in
            for table in try target.fetchAll(String.self, "SELECT name FROM sqlite_master WHERE type = 'table'") where table != Migrator.table {
                if table == "sqlite_sequence" { try target.execute("DELETE FROM sqlite_sequence") }
                try old.access { try copy(table, from: $0, to: target) }
            }
        }
        try old.close()
        try new.close()
        // At every moment there is a database, and none beside a write-ahead log that is not its own.
        try aside.keep("personalite.sqlite")
        for suffix in ["-wal", "-shm"] { try aside.move("personalite.sqlite" + suffix) }
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
            } catch let error as DatabaseError where error.isDamage {
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
