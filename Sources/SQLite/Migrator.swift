/// Brings databases of older versions up to date, each migration once, and gives new ones the newest form at once.
package struct Migrator: Sendable {
    package struct Migration: Sendable {
        /// What it is known by in the database, for ever.
        package var identifier: String
        /// Its commands.
        package var script: String
        /// What it changes of a table that an earlier migration made.
        package var alteration: Alteration?

        package init(_ identifier: String, _ script: String = "", alteration: Alteration? = nil) {
            self.identifier = identifier
            self.script = script
            self.alteration = alteration
        }
    }

    /// A table that is made today has its changes from the beginning: the script that makes it says so, since SQLite reads its whole schema again for each
    /// column that is added. Only those that were made before are changed.
    package struct Alteration: Sendable {
        /// The migration that made the table.
        package var maker: String
        package var script: String

        package init(ofTableFrom maker: String, _ script: String) {
            self.maker = maker
            self.script = script
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
                if let alteration = migration.alteration, applied.contains(alteration.maker) { try database.execute(script: alteration.script) }
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
