/// Brings databases of older versions up to date, each migration once, and gives new ones the newest form at once.
package struct Migrator: Sendable {
    package struct Migration: Sendable {
        /// What it is known by in the database, for ever.
        package var identifier: String
        /// Its commands.
        package var script: String
        /// Its changes of tables that earlier migrations made. Those tables have them from the beginning in a new database: their scripts say so, and
        /// SQLite reads its whole schema again for each column that is added.
        package var alterations: String

        package init(_ identifier: String, _ script: String, alterations: String = "") {
            self.identifier = identifier
            self.script = script
            self.alterations = alterations
        }
    }

    /// The table with the identifiers of what a database has had. Named by GRDB, which made it in the versions up to 7 of the stores.
    package static let table = "grdb_migrations"

    private let migrations: [Migration]

    package init(_ migrations: [Migration]) {
        self.migrations = migrations
    }

    /// Carries out what a database has not had yet, with the notes that it is done, in one transaction.
    ///
    /// Writes nothing when there is nothing to do.
    package func migrate(_ queue: DatabaseQueue) throws {
        let applied = try queue.read { database in try self.applied(database) }
        let missing = migrations.filter { !applied.contains($0.identifier) }
        guard !missing.isEmpty else { return }
        try queue.write { database in
            try database.execute("CREATE TABLE IF NOT EXISTS \(Self.table) (identifier TEXT NOT NULL PRIMARY KEY)")
            for migration in missing {
                if !applied.isEmpty { try database.execute(script: migration.alterations) }
                try database.execute(script: migration.script)
                try database.execute("INSERT INTO \(Self.table) (identifier) VALUES (?)", [migration.identifier])
            }
        }
    }

    /// Whether a database has had a migration that is not on the list: a newer version has been there.
    package func isSuperseded(_ database: Database) throws -> Bool {
        try !applied(database).isSubset(of: migrations.map(\.identifier))
    }

    private func applied(_ database: Database) throws -> Set<String> {
        let isThere = try database.fetchOne(Int.self, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", [Self.table]) != nil
        return isThere ? try Set(database.fetchAll(String.self, "SELECT identifier FROM \(Self.table)")) : []
    }
}
