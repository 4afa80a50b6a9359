import CSQLite

/// A connection, in the hands of the one caller to whom its `DatabaseQueue` has given it. It cannot be used once that one has returned.
///
/// Commands are prepared once and kept by their text. A text that is made of changing parts belongs into arguments.
package final class Database {
    /// What the one who has the connection may do with it.
    enum Access {
        case none, reading, everything
    }

    var access = Access.none

    private(set) var handle: OpaquePointer?
    private var statements: [String: Statement] = [:]
    /// Of commands; with more than these all are prepared anew.
    private static let mostStatements = 256

    /// - Parameters:
    ///   - path: nil for a database in memory.
    ///   - busyTimeout: how long to wait for a lock of another process, in milliseconds.
    ///   - reservedBytes: what a database that is still to be made keeps free on each page: none before there were checksums.
    init(path: String?, isReadOnly: Bool, busyTimeout: Int32, reservedBytes: Int = PageChecksum.reservedBytes) throws(DatabaseError) {
        // No lock of SQLite's own: the queue gives the connection to one caller at a time.
        let mode = isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        guard ChecksumVFS.registration == SQLITE_OK else { throw DatabaseError(ChecksumVFS.registration, of: nil) }
        let way = path == nil || reservedBytes == 0 ? nil : ChecksumVFS.name
        let code = sqlite3_open_v2(path ?? ":memory:", &handle, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, way)
        // Even one that could not be opened is to be closed; `deinit` does.
        guard code == SQLITE_OK else { throw DatabaseError(code, of: handle) }
        // SQLite makes do with reading where it may not write, until the first write.
        guard isReadOnly || path == nil || sqlite3_db_readonly(handle, "main") == 0 else {
            throw DatabaseError(.readOnly, "may only be read; make it writable for the user that the server runs as")
        }
        sqlite3_busy_timeout(handle, busyTimeout)
        // For a database that is still to be made, and for what VACUUM INTO makes of one that was.
        var reserved = Int32(reservedBytes)
        if path != nil, !isReadOnly { sqlite3_file_control(handle, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved) }
        let configured = csqlite_refuse_double_quoted_texts(handle)
        guard configured == SQLITE_OK else { throw DatabaseError(configured, of: handle) }
    }

    deinit {
        statements = [:]
        sqlite3_close_v2(handle)
    }

    /// - Throws: when it cannot be closed; it is open as before then.
    func close() throws(DatabaseError) {
        statements = [:]
        let code = sqlite3_close(handle)
        guard code == SQLITE_OK else { throw DatabaseError(code, of: handle) }
        handle = nil
    }

    // MARK: Commands

    /// Runs one command to its end; rows that it gives are passed over.
    package func execute(_ sql: String, _ arguments: DatabaseArguments = []) throws(DatabaseError) {
        try run(sql, arguments) { (_) throws(DatabaseError) in true }
    }

    /// Runs the commands of a text one after the other, until one fails: what those before it did stays, unless a transaction is undone.
    package func execute(script: String) throws(DatabaseError) {
        try Statement.prepare(script, on: try connection(), isKept: false) { (statement) throws(DatabaseError) in
            try run(statement, []) { (_) throws(DatabaseError) in true }
        }
    }

    /// The rows that the last command inserted, changed or deleted, those of its triggers and foreign keys apart.
    package var changesCount: Int { Int(sqlite3_changes(handle)) }

    // MARK: Reading

    package func fetchAll(_ sql: String, _ arguments: DatabaseArguments = []) throws(DatabaseError) -> [Row] {
        var rows: [Row] = []
        try run(sql, arguments) { (statement) throws(DatabaseError) in
            rows.append(try statement.row())
            return true
        }
        return rows
    }

    /// The first row; nil when there is none.
    package func fetchOne(_ sql: String, _ arguments: DatabaseArguments = []) throws(DatabaseError) -> Row? {
        var row: Row?
        try run(sql, arguments) { (statement) throws(DatabaseError) in
            row = try statement.row()
            return false
        }
        return row
    }

    /// The first column of every row.
    package func fetchAll<Value: DatabaseValueConvertible>(
        _ type: Value.Type,
        _ sql: String,
        _ arguments: DatabaseArguments = []
    ) throws(DatabaseError) -> [Value] {
        var values: [Value] = []
        try run(sql, arguments) { (statement) throws(DatabaseError) in
            values.append(try statement.row()[0])
            return true
        }
        return values
    }

    /// The first column of the first row; nil when there is no row or the column is NULL.
    package func fetchOne<Value: DatabaseValueConvertible>(
        _ type: Value.Type,
        _ sql: String,
        _ arguments: DatabaseArguments = []
    ) throws(DatabaseError) -> Value? {
        try fetchOne(sql, arguments).flatMap { (row) throws(DatabaseError) in try row[0] as Value? }
    }

    /// Gives each row to `body` as it is read, so that a large result is never in memory as a whole.
    package func forEach(_ sql: String, _ arguments: DatabaseArguments = [], _ body: (Row) throws -> Void) throws {
        var failure: (any Error)?
        try run(sql, arguments) { (statement) throws(DatabaseError) in
            let row = try statement.row()
            do {
                try body(row)
                return true
            } catch {
                failure = error
                return false
            }
        }
        if let failure { throw failure }
    }

    // MARK: Transactions

    /// All that `body` does, or nothing of it.
    /// - Parameter isImmediate: whether it takes the lock of writers at its beginning, so that it cannot fail for want of it later.
    package func transaction<Result>(isImmediate: Bool = true, _ body: () throws -> Result) throws -> Result {
        try execute(isImmediate ? "BEGIN IMMEDIATE" : "BEGIN DEFERRED")
        do {
            let result = try body()
            try execute("COMMIT")
            return result
        } catch {
            endTransaction()
            throw error
        }
    }

    /// Takes back the transaction that is open.
    /// - Returns: whether there was one; some errors have SQLite itself end it.
    @discardableResult
    func endTransaction() -> Bool {
        guard sqlite3_get_autocommit(handle) == 0 else { return false }
        // Whoever asks has an error of his own to throw, and even a ROLLBACK that meets one ends the transaction.
        try? execute("ROLLBACK")
        return true
    }

    // MARK: Statements

    private func connection() throws(DatabaseError) -> OpaquePointer {
        guard access != .none, let handle else {
            throw DatabaseError(.misuse, "a connection was used outside of the closure that it was given to")
        }
        return handle
    }

    /// - Parameter each: called on each row; says whether to go on.
    private func run(
        _ sql: String,
        _ arguments: DatabaseArguments,
        _ each: (Statement) throws(DatabaseError) -> Bool
    ) throws(DatabaseError) {
        let connection = try connection()
        // One that is in use may be reading the rows that the caller is going through.
        if let statement = statements[sql], !statement.isInUse { return try run(statement, arguments, each) }
        var prepared: Statement?
        try Statement.prepare(sql, on: connection, isKept: true) { (statement) throws(DatabaseError) in
            guard prepared == nil else { throw DatabaseError(.misuse, "there is more than one command", sql: sql) }
            prepared = statement
        }
        guard let prepared else { throw DatabaseError(.misuse, "there is no command", sql: sql) }
        if statements.count >= Self.mostStatements { statements = [:] }
        statements[sql] = prepared
        try run(prepared, arguments, each)
    }

    private func run(
        _ statement: Statement,
        _ arguments: DatabaseArguments,
        _ each: (Statement) throws(DatabaseError) -> Bool
    ) throws(DatabaseError) {
        guard access == .everything || statement.isReadOnly else {
            throw DatabaseError(.readOnly, "a command that writes where there is only reading", sql: statement.sql)
        }
        try statement.begin(arguments)
        defer { statement.end() }
        while try statement.step() {
            guard try each(statement) else { return }
        }
    }
}
