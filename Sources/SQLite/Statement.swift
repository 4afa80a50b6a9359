import CSQLite

/// A prepared command of one connection, which alone uses it.
final class Statement {
    let sql: String
    /// Whether it changes nothing in the database; commands that begin and end transactions change nothing.
    let isReadOnly: Bool
    /// Whether it is between `begin` and `end`.
    private(set) var isInUse = false

    private let handle: OpaquePointer
    private let connection: OpaquePointer
    private let parameterCount: Int32
    private var columnNames: [String] = []
    /// How often SQLite had prepared it anew when the names were read; below 0 before they are.
    private var namesOfPreparation: Int32 = -1

    private init(_ handle: OpaquePointer, _ connection: OpaquePointer, _ sql: String) {
        self.handle = handle
        self.connection = connection
        self.sql = sql
        isReadOnly = sqlite3_stmt_readonly(handle) != 0
        parameterCount = sqlite3_bind_parameter_count(handle)
    }

    deinit {
        sqlite3_finalize(handle)
    }

    /// Prepares the commands of a text one after the other, each when the one before has been given to `body`.
    /// - Parameter isKept: whether they will be used often.
    static func prepare(
        _ sql: String,
        on connection: OpaquePointer,
        isKept: Bool,
        _ body: (Statement) throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        let text = sql.utf8CString
        var offset = 0
        while offset < text.count - 1 {
            var handle: OpaquePointer?
            let code = text.withUnsafeBufferPointer { text in
                guard let start = text.baseAddress else { return SQLITE_OK }
                var tail: UnsafePointer<CChar>?
                let flags = isKept ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
                let code = sqlite3_prepare_v3(connection, start + offset, Int32(clamping: text.count - offset), flags, &handle, &tail)
                offset = tail.map { $0 - start } ?? text.count
                return code
            }
            guard code == SQLITE_OK else { throw DatabaseError(code, of: connection, sql: sql) }
            // White space and comments are no command.
            guard let handle else { continue }
            try body(Statement(handle, connection, sql))
        }
    }

    /// Binds its parameters and makes it ready for `step`. Whoever begins calls `end`, whatever happens after.
    /// - Throws: code `misuse` when there are not as many arguments as parameters; what SQLite says, such as that a value is too large.
    func begin(_ arguments: DatabaseArguments) throws(DatabaseError) {
        guard arguments.count == Int(parameterCount) else {
            throw DatabaseError(.misuse, "\(arguments.count) arguments for \(parameterCount) parameters", sql: sql)
        }
        isInUse = true
        for (index, argument) in arguments.enumerated() {
            let code = argument.databaseValue.bind(to: handle, at: Int32(index + 1))
            guard code == SQLITE_OK else {
                end()
                throw DatabaseError(code, of: connection, sql: sql)
            }
        }
    }

    /// Goes on to the next row.
    /// - Returns: false when there is none.
    func step() throws(DatabaseError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw DatabaseError(code, of: connection, sql: sql)
        }
    }

    /// Ready to begin again; what was bound is let go.
    func end() {
        // Both repeat what `step` has thrown.
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
        isInUse = false
    }

    /// The row that it stands on.
    func row() throws(DatabaseError) -> Row {
        let count = sqlite3_column_count(handle)
        var values: [DatabaseValue] = []
        values.reserveCapacity(Int(count))
        for column in 0..<count { values.append(try DatabaseValue(handle, column: column)) }
        return Row(names: names(count), values: values)
    }

    /// A change of the tables between two uses may have changed the columns, and lets SQLite prepare the command anew.
    private func names(_ count: Int32) -> [String] {
        let preparation = sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_REPREPARE, 0)
        if preparation != namesOfPreparation {
            columnNames = (0..<count).map { column in sqlite3_column_name(handle, column).map { String(cString: $0) } ?? "" }
            namesOfPreparation = preparation
        }
        return columnNames
    }
}
