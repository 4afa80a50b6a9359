import Testing

@testable import SQLite

/// Older databases become newer ones, each step once.
struct MigratorTests {
    private static let first = Migrator.Migration("1: a", "CREATE TABLE a (x); INSERT INTO a VALUES (1)")
    private static let second = Migrator.Migration("2: b", "CREATE TABLE b (x)", alteration: addsToFirst)
    private static let addsToFirst = Migrator.Alteration(ofTableFrom: "1: a", "ALTER TABLE a ADD COLUMN y DEFAULT 2")

    @Test func `each migration is carried out once, in order`() throws {
        let queue = try DatabaseQueue()
        try Migrator([Self.first]).migrate(queue)
        for _ in 0..<2 { try Migrator([Self.first, Self.second]).migrate(queue) }
        try queue.read { database throws in
            #expect(try database.fetchAll("SELECT * FROM a").map(\.description) == ["x: 1, y: 2"])
            #expect(try database.fetchAll(String.self, "SELECT identifier FROM grdb_migrations ORDER BY rowid") == ["1: a", "2: b"])
        }
    }

    @Test func `a new database has no changes of tables to go through`() throws {
        let queue = try DatabaseQueue()
        let newest = Migrator.Migration("1: a", "CREATE TABLE a (x, y DEFAULT 2); INSERT INTO a (x) VALUES (1)")
        try Migrator([newest, Self.second]).migrate(queue)
        #expect(try queue.read { try $0.fetchAll("SELECT * FROM a").map(\.description) } == ["x: 1, y: 2"])
        #expect(try queue.count("b") == 0)
        #expect(try queue.count(Migrator.table) == 2)
    }

    @Test func `a table that is made on the way to the newest form has its changes already`() throws {
        let queue = try DatabaseQueue()
        try Migrator([Self.first]).migrate(queue)
        // Of an older server that was killed before its second migration, which made the table without the column that the third adds.
        let made = Migrator.Migration("2: c", "CREATE TABLE c (x, y DEFAULT 2)")
        let changed = Migrator.Migration("3: c", alteration: Migrator.Alteration(ofTableFrom: "2: c", "ALTER TABLE c ADD COLUMN y DEFAULT 2"))
        try Migrator([Self.first, made, changed]).migrate(queue)
        #expect(try queue.count("c") == 0)
        #expect(try queue.count(Migrator.table) == 3)
    }

    @Test func `the table is the one that GRDB made`() throws {
        let queue = try DatabaseQueue()
        try queue.write { database in
            try database.execute(
                script: """
                    CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
                    INSERT INTO grdb_migrations VALUES ('1: a'); CREATE TABLE a (x); INSERT INTO a VALUES (7)
                    """
            )
        }
        try Migrator([Self.first, Self.second]).migrate(queue)
        #expect(try queue.read { try $0.fetchAll("SELECT * FROM a").map(\.description) } == ["x: 7, y: 2"])
        let schema = "SELECT sql FROM sqlite_schema WHERE name = 'grdb_migrations'"
        let made = try DatabaseQueue()
        try Migrator([Self.first]).migrate(made)
        #expect(try made.read { try $0.fetchOne(String.self, schema) } == queue.read { try $0.fetchOne(String.self, schema) })
    }

    @Test func `a migration that fails leaves nothing behind and can be tried again`() throws {
        let queue = try DatabaseQueue()
        try Migrator([Self.first]).migrate(queue)
        let broken = Migrator.Migration("2: b", "CREATE TABLE b (x); INSERT INTO c VALUES (1)")
        #expect(try failure { try Migrator([Self.first, broken]).migrate(queue) }.message == "no such table: c")
        #expect(try queue.count("a") == 1)
        try Migrator([Self.first, Self.second]).migrate(queue)
        #expect(try queue.count("b") == 0)
    }

    @Test func `nothing is written when there is nothing to do`() throws {
        let queue = try DatabaseQueue()
        let migrator = Migrator([Self.first, Self.second])
        try migrator.migrate(queue)
        let changes = { try queue.read { try $0.fetchOne(Int.self, "SELECT total_changes()") } }
        let before = try changes()
        try migrator.migrate(queue)
        #expect(try changes() == before)
        try Migrator([]).migrate(DatabaseQueue())
    }

    @Test func `a database of a newer version is known`() throws {
        let queue = try DatabaseQueue()
        let (old, new) = (Migrator([Self.first]), Migrator([Self.first, Self.second]))
        #expect(try !queue.read { try old.isSuperseded($0) })
        try old.migrate(queue)
        #expect(try !queue.read { try new.isSuperseded($0) })
        try new.migrate(queue)
        #expect(try queue.read { try old.isSuperseded($0) })
        #expect(try !queue.read { try new.isSuperseded($0) })
    }
}
