import Dispatch

/// A connection to a database that its callers have one after the other, in the order in which they ask, each on its own thread.
///
/// Foreign keys are enforced. Errors are `DatabaseError`s, those that a closure throws apart.
package final class DatabaseQueue: Sendable {
    private let queue = DispatchQueue(label: "sqlite")
    /// Set on `queue`, so that code can see whether it runs there.
    private let mark = DispatchSpecificKey<Void>()
    // Used inside of `queue` only, and while the object is made.
    private nonisolated(unsafe) var database: Database?

    /// - Parameters:
    ///   - path: made if it is not there; nil for a database in memory, which is gone with this object.
    ///   - isReadOnly: never makes or changes a file, except those that reading a database in WAL mode needs beside it.
    ///   - busyTimeout: how long to wait for a lock of another process before the code is `busy`, in milliseconds.
    ///   - prepare: what is set on the connection first.
    package convenience init(
        path: String? = nil,
        isReadOnly: Bool = false,
        busyTimeout: Int32 = 5000,
        prepare: (Database) throws -> Void = { _ in }
    ) throws {
        try self.init(Database(path: path, isReadOnly: isReadOnly, busyTimeout: busyTimeout), prepare: prepare)
    }

    /// A database as it was made before there were checksums.
    convenience init(path: String, reservedBytes: Int) throws {
        try self.init(Database(path: path, isReadOnly: false, busyTimeout: 0, reservedBytes: reservedBytes)) { _ in }
    }

    private init(_ database: Database, prepare: (Database) throws -> Void) throws {
        self.database = database
        queue.setSpecific(key: mark, value: ())
        try access { database in
            try database.execute("PRAGMA foreign_keys = ON")
            try prepare(database)
        }
    }

    /// The connection without a transaction: each command is one of its own.
    /// - Throws: code `misuse` inside of another closure of this object, which would wait for itself, and when it is closed.
    package func access<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try access(.everything, body)
    }

    /// Reads what belongs together: between its commands nothing changes. Commands that write are refused with the code `readOnly`.
    package func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try access(.reading) { database in
            try database.transaction(isImmediate: false) { try body(database) }
        }
    }

    /// One transaction: everything that `body` does, or nothing if it throws or the commit fails.
    package func write<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try access(.everything) { database in
            try database.transaction { try body(database) }
        }
    }

    /// Closes the connection; closing it again does nothing.
    package func close() throws {
        try checkIsOutside()
        try queue.sync {
            try database?.close()
            database = nil
        }
    }

    private func access<Result>(_ access: Database.Access, _ body: (Database) throws -> Result) throws -> Result {
        try checkIsOutside()
        return try queue.sync {
            guard let database else { throw DatabaseError(.misuse, "the database is closed") }
            database.access = access
            defer { database.access = .none }
            let result: Result
            do {
                result = try body(database)
            } catch {
                database.endTransaction()
                throw error
            }
            guard !database.endTransaction() else { throw DatabaseError(.misuse, "a transaction was left open; it was taken back") }
            return result
        }
    }

    private func checkIsOutside() throws(DatabaseError) {
        guard DispatchQueue.getSpecific(key: mark) == nil else {
            throw DatabaseError(.misuse, "a database was asked for inside of a closure that has it already")
        }
    }
}
