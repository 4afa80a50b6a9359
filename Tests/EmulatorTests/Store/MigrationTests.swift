import SQLite
import ServiceKit
import Testing

@Suite struct MigrationTests {
    /// Every column of every table, in their order.
    private static func columns(_ queue: DatabaseQueue) throws -> [String] {
        try queue.read { database in
            try database.fetchAll(
                """
                SELECT tables.name, columns.* FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
                WHERE tables.type = 'table' ORDER BY tables.name, columns.cid
                """
            ).map(\.description)
        }
    }

    @Test func `a database of the third version gets the tables that a new one has`() throws {
        let new = try DatabaseQueue()
        try Migrations.run(on: new)
        let old = try DatabaseQueue()
        try Migrations.run(on: old)
        try old.write { database in
            try database.execute(
                script: """
                    ALTER TABLE resource DROP COLUMN model;
                    ALTER TABLE stream DROP COLUMN metrics;
                    ALTER TABLE stream DROP COLUMN warm_target;
                    ALTER TABLE stream DROP COLUMN warm_current;
                    DROP TABLE consumer; DROP TABLE policy; DROP TABLE record; DROP TABLE queue_record; DROP TABLE queue_shard; DROP TABLE queue;
                    DROP TABLE log_stream; DROP TABLE log_event;
                    DELETE FROM grdb_migrations WHERE identifier > '4';
                    """
            )
        }
        #expect(try Self.columns(old) != Self.columns(new))
        try Migrations.run(on: old)
        #expect(try Self.columns(old) == Self.columns(new))
    }
}
