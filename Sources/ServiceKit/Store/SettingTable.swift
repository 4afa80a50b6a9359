package import SQLite

/// Small values of the server's own, by name, inside one transaction.
package struct SettingTable {
    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    package subscript(name: String) -> [UInt8]? {
        get throws { try database.fetchOne([UInt8].self, "SELECT value FROM setting WHERE name = ?", [name]) }
    }

    package func set(_ name: String, _ value: [UInt8]) throws {
        try database.execute("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", [name, value])
    }

    package func remove(_ name: String) throws {
        try database.execute("DELETE FROM setting WHERE name = ?", [name])
    }

    /// Removes every value but some.
    package func removeAll(except names: [String]) throws {
        let marks = names.map { _ in "?" }.joined(separator: ", ")
        try database.execute("DELETE FROM setting WHERE name NOT IN (\(marks))", names)
    }

    /// Removes every value whose name begins with `prefix`.
    package func removeAll(below prefix: String) throws {
        try database.execute("DELETE FROM setting WHERE substr(name, 1, ?) = ?", [prefix.unicodeScalars.count, prefix])
    }
}
