package import GRDB

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Small values of the server's own, by name, inside one transaction.
package struct SettingTable {
    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    package subscript(name: String) -> [UInt8]? {
        get throws {
            let value = try Data.fetchOne(database, sql: "SELECT value FROM setting WHERE name = ?", arguments: [name])
            return value.map { DatabaseBlob.bytes($0) }
        }
    }

    package func set(_ name: String, _ value: [UInt8]) throws {
        try database.execute(sql: "INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", arguments: [name, DatabaseBlob.data(value)])
    }

    /// Removes every value but one.
    package func removeAll(except name: String) throws {
        try database.execute(sql: "DELETE FROM setting WHERE name <> ?", arguments: [name])
    }

    /// Removes every value whose name begins with `prefix`.
    package func removeAll(below prefix: String) throws {
        try database.execute(sql: "DELETE FROM setting WHERE substr(name, 1, ?) = ?", arguments: [prefix.unicodeScalars.count, prefix])
    }
}
