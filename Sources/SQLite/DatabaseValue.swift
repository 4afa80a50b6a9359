import CSQLite

/// A value as SQLite keeps it.
package enum DatabaseValue: Sendable, Equatable, CustomStringConvertible {
    case null
    case integer(Int64)
    /// Never not-a-number, which SQLite keeps as NULL.
    case real(Double)
    /// May have NUL characters.
    case text(String)
    /// Text whose bytes are not UTF-8, which SQLite does not look at. Bound again it is what it was.
    case malformedText([UInt8])
    case blob([UInt8])

    /// The value of a column of the row that a statement stands on.
    init(_ statement: OpaquePointer, column: Int32) throws(DatabaseError) {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: self = .integer(sqlite3_column_int64(statement, column))
        case SQLITE_FLOAT: self = .real(sqlite3_column_double(statement, column))
        case SQLITE_TEXT:
            guard let start = sqlite3_column_text(statement, column) else { throw DatabaseError(.outOfMemory, "out of memory") }
            let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column)))
            self = String(validating: bytes, as: UTF8.self).map { .text($0) } ?? .malformedText(Array(bytes))
        case SQLITE_BLOB:
            // The pointer of an empty blob is null, so the length says whether there was no memory.
            let start = sqlite3_column_blob(statement, column)
            let count = Int(sqlite3_column_bytes(statement, column))
            guard start != nil || count == 0 else { throw DatabaseError(.outOfMemory, "out of memory") }
            self = .blob(Array(UnsafeRawBufferPointer(start: start, count: count)))
        default: self = .null
        }
    }

    /// - Returns: SQLite's result code.
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        switch self {
        case .null: sqlite3_bind_null(statement, index)
        case .integer(let number): sqlite3_bind_int64(statement, index, number)
        case .real(let number): sqlite3_bind_double(statement, index, number)
        case .text(var text): text.withUTF8 { csqlite_bind_text(statement, index, $0.baseAddress, UInt64($0.count)) }
        case .malformedText(let bytes): bytes.withUnsafeBytes { csqlite_bind_text(statement, index, $0.baseAddress, UInt64($0.count)) }
        case .blob(let bytes): bytes.withUnsafeBytes { csqlite_bind_blob(statement, index, $0.baseAddress, UInt64($0.count)) }
        }
    }

    /// What kind of value it is, for errors.
    var kind: String {
        switch self {
        case .null: "NULL"
        case .integer: "an integer"
        case .real: "a real number"
        case .text: "text"
        case .malformedText: "text that is not UTF-8"
        case .blob: "a blob"
        }
    }

    /// For people: bytes as the text that they may be.
    package var description: String {
        switch self {
        case .null: "NULL"
        case .integer(let number): String(number)
        case .real(let number): String(number)
        case .text(let text): text
        case .malformedText(let bytes), .blob(let bytes): String(decoding: bytes, as: UTF8.self)
        }
    }
}
