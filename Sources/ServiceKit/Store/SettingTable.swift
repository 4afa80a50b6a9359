package import SQLite
package import Wire

/// Small values of the server's own, by name, inside one transaction.
package struct SettingTable {
    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    package subscript(name: String) -> [UInt8]? {
        get throws { try database.fetchOne([UInt8].self, "SELECT value FROM setting WHERE name = ?", [name]) }
    }

    /// Every value whose name begins with `prefix`, by name.
    package func all(below prefix: String) throws -> [(name: String, value: [UInt8])] {
        try database.fetchAll(
            "SELECT name, value FROM setting WHERE substr(name, 1, ?) = ? ORDER BY name",
            [prefix.unicodeScalars.count, prefix]
        ).map { row in
            let row = StoredRow(row, of: "setting", namedBy: 0)
            return (try row.text(0), try row.bytes(1))
        }
    }

    package func set(_ name: String, _ value: [UInt8]) throws {
        try database.execute("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", [name, value])
    }

    /// A value that is JSON; nil when there is none, or what is there is no JSON: what a disk gives is no precondition.
    package func document(_ name: String) throws -> Document? {
        try self[name].flatMap { try? JSON.parse($0) }
    }

    package func set(_ name: String, _ value: Document) throws {
        try set(name, JSON.write(value))
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
