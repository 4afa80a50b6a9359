import CSQLite

/// Why SQLite, or this layer over it, did not do what it was asked for.
package struct DatabaseError: Error, Equatable, CustomStringConvertible {
    /// A result code of SQLite, without what its extended form says more.
    package struct Code: Equatable, Sendable {
        package let rawValue: Int32

        package static let busy = Code(rawValue: SQLITE_BUSY)
        package static let constraint = Code(rawValue: SQLITE_CONSTRAINT)
        package static let corrupt = Code(rawValue: SQLITE_CORRUPT)
        package static let full = Code(rawValue: SQLITE_FULL)
        package static let inputOutput = Code(rawValue: SQLITE_IOERR)
        /// A value is of another type than was asked for.
        package static let mismatch = Code(rawValue: SQLITE_MISMATCH)
        package static let notADatabase = Code(rawValue: SQLITE_NOTADB)
        /// A fault of the caller.
        package static let misuse = Code(rawValue: SQLITE_MISUSE)
        package static let outOfMemory = Code(rawValue: SQLITE_NOMEM)
        package static let readOnly = Code(rawValue: SQLITE_READONLY)
    }

    /// As SQLite gives it: the lower eight bits are `code`.
    package let extendedCode: Int32
    package let message: String
    /// The command that failed; nil when it was none.
    package let sql: String?

    /// Whether what stands in the file is not what was written there.
    package var isDamage: Bool { code == .corrupt || code == .notADatabase || extendedCode == ChecksumVFS.damagedPage }

    package var code: Code { Code(rawValue: extendedCode & 0xff) }

    package var description: String {
        "\(message) (SQLite \(extendedCode))\(sql.map { " in \"\($0)\"" } ?? "")"
    }

    init(_ code: Code, _ message: String, sql: String? = nil) {
        extendedCode = code.rawValue
        self.message = message
        self.sql = sql
    }

    /// What a connection says of its last call.
    /// - Parameter code: what that call returned.
    init(_ code: Int32, of connection: OpaquePointer?, sql: String? = nil) {
        extendedCode = code
        // Without a connection, and for misuse that SQLite finds itself, the connection's message belongs to an earlier call.
        let isOfCall = connection != nil && sqlite3_extended_errcode(connection) == code
        message =
            code == ChecksumVFS.damagedPage
            ? "a page of the database is damaged: its checksum is wrong"
            : String(cString: isOfCall ? sqlite3_errmsg(connection) : sqlite3_errstr(code))
        self.sql = sql
    }
}
