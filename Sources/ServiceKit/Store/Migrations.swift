package import SQLite

/// The tables, and how older data directories become newer ones.
package enum Migrations {
    /// The version of a database with every migration, in its header (`PRAGMA user_version`). Databases from before the versions have 0.
    static let version = 12

    package static func run(on queue: DatabaseQueue) throws {
        try migrator.migrate(queue)
        // Written only where it changes something: a start writes nothing.
        try queue.access { database in
            guard try database.fetchOne(Int.self, "PRAGMA user_version") != version else { return }
            try database.execute("PRAGMA user_version = \(version)")
        }
    }

    /// Whether a newer version has been here: what it has written may mean something that this one does not know.
    static func isNewer(_ database: Database) throws -> Bool {
        let stated = try database.fetchOne(Int.self, "PRAGMA user_version") ?? 0
        return try stated > version || migrator.isSuperseded(database)
    }

    private static var migrator: Migrator {
        Migrator([
            Migrator.Migration(
                resources,
                """
                CREATE TABLE resource (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    account TEXT NOT NULL,
                    region TEXT NOT NULL,
                    kind TEXT NOT NULL,
                    arn TEXT NOT NULL,
                    parent TEXT,
                    status TEXT NOT NULL,
                    due INTEGER,
                    changed INTEGER NOT NULL,
                    step REAL NOT NULL,
                    needs_work INTEGER NOT NULL,
                    body BLOB NOT NULL,
                    model INTEGER,
                    UNIQUE (account, region, arn)
                ) STRICT;
                CREATE INDEX resource_by_kind ON resource (account, region, kind, parent);
                CREATE TABLE tag (
                    resource TEXT NOT NULL,
                    name TEXT NOT NULL,
                    value TEXT NOT NULL,
                    PRIMARY KEY (resource, name)
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE setting (
                    name TEXT PRIMARY KEY,
                    value BLOB NOT NULL
                ) STRICT, WITHOUT ROWID;
                """
            ),
            Migrator.Migration(
                streams,
                """
                CREATE TABLE stream (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    account TEXT NOT NULL,
                    region TEXT NOT NULL,
                    name TEXT NOT NULL,
                    status TEXT NOT NULL,
                    due INTEGER,
                    key TEXT,
                    max_record_kib INTEGER NOT NULL,
                    spreads INTEGER NOT NULL,
                    created INTEGER NOT NULL,
                    mode TEXT NOT NULL,
                    retention_hours INTEGER NOT NULL,
                    hidden_before INTEGER NOT NULL,
                    next_shard INTEGER NOT NULL,
                    metrics TEXT NOT NULL DEFAULT '',
                    warm_target INTEGER,
                    warm_current INTEGER,
                    UNIQUE (account, region, name)
                ) STRICT;
                CREATE TABLE shard (
                    stream INTEGER NOT NULL REFERENCES stream (id) ON DELETE CASCADE,
                    number INTEGER NOT NULL,
                    first_key TEXT NOT NULL,
                    last_key TEXT NOT NULL,
                    created INTEGER NOT NULL,
                    closed INTEGER,
                    parent INTEGER,
                    adjacent_parent INTEGER,
                    next_counter INTEGER NOT NULL,
                    PRIMARY KEY (stream, number)
                ) STRICT, WITHOUT ROWID;
                """
            ),
            Migrator.Migration("3: objects", objects),
            Migrator.Migration(
                "4: the model that a campaign answers with",
                alteration: Migrator.Alteration(ofTableFrom: resources, "ALTER TABLE resource ADD COLUMN model INTEGER")
            ),
            Migrator.Migration(
                "5: consumers of streams",
                """
                CREATE TABLE consumer (
                    stream INTEGER NOT NULL REFERENCES stream (id) ON DELETE CASCADE,
                    name TEXT NOT NULL,
                    created INTEGER NOT NULL,
                    status TEXT NOT NULL,
                    due INTEGER,
                    PRIMARY KEY (stream, name)
                ) STRICT, WITHOUT ROWID;
                """
            ),
            Migrator.Migration(
                "6: policies, monitoring and warm throughput of streams",
                policies,
                alteration: Migrator.Alteration(ofTableFrom: streams, streamSettings)
            ),
            Migrator.Migration("7: records of services", records),
            Migrator.Migration("8: queues on streams", queues),
            Migrator.Migration("9: streams and events of logs", logs),
        ])
    }

    private static let resources = "1: resources, tags, streams, objects"
    private static let streams = "2: streams"

    private static let policies = """
        CREATE TABLE policy (
            resource TEXT PRIMARY KEY,
            body TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    private static let streamSettings = """
        ALTER TABLE stream ADD COLUMN metrics TEXT NOT NULL DEFAULT '';
        ALTER TABLE stream ADD COLUMN warm_target INTEGER;
        ALTER TABLE stream ADD COLUMN warm_current INTEGER;
        """

    private static let records = """
        CREATE TABLE record (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            account TEXT NOT NULL,
            region TEXT NOT NULL,
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            parent TEXT,
            body BLOB NOT NULL,
            UNIQUE (account, region, kind, name)
        ) STRICT;
        CREATE INDEX record_by_parent ON record (account, region, kind, parent);
        """

    /// A record below its shard's counter that has no row is acknowledged.
    private static let queues = """
        CREATE TABLE queue (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            account TEXT NOT NULL,
            region TEXT NOT NULL,
            name TEXT NOT NULL,
            resource TEXT NOT NULL UNIQUE,
            stream INTEGER NOT NULL REFERENCES stream (id) ON DELETE CASCADE,
            created INTEGER NOT NULL,
            status TEXT NOT NULL,
            due INTEGER,
            start TEXT NOT NULL,
            asked INTEGER,
            began INTEGER NOT NULL,
            visibility INTEGER NOT NULL,
            most_receives INTEGER,
            UNIQUE (account, region, name)
        ) STRICT;
        CREATE INDEX queue_by_stream ON queue (stream);
        CREATE TABLE queue_shard (
            queue INTEGER NOT NULL REFERENCES queue (id) ON DELETE CASCADE,
            shard INTEGER NOT NULL,
            next_counter INTEGER NOT NULL,
            PRIMARY KEY (queue, shard)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE queue_record (
            queue INTEGER NOT NULL REFERENCES queue (id) ON DELETE CASCADE,
            shard INTEGER NOT NULL,
            counter INTEGER NOT NULL,
            arrival INTEGER NOT NULL,
            first_received INTEGER,
            visible_at INTEGER NOT NULL,
            receives INTEGER NOT NULL,
            deliveries INTEGER NOT NULL,
            stage INTEGER NOT NULL,
            PRIMARY KEY (queue, shard, counter)
        ) STRICT, WITHOUT ROWID;
        """

    /// A stream belongs to a group, which is a record; events have the id of theirs, so that those of a group are read in the order of their time.
    private static let logs = """
        CREATE TABLE log_stream (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            account TEXT NOT NULL,
            log_group INTEGER NOT NULL,
            name TEXT NOT NULL,
            created INTEGER NOT NULL,
            first_event INTEGER,
            last_event INTEGER,
            ingested INTEGER,
            bytes INTEGER NOT NULL,
            UNIQUE (log_group, name)
        ) STRICT;
        CREATE INDEX log_stream_by_account ON log_stream (account, bytes);
        CREATE TABLE log_event (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            stream INTEGER NOT NULL,
            log_group INTEGER NOT NULL,
            time INTEGER NOT NULL,
            ingested INTEGER NOT NULL,
            message TEXT NOT NULL
        ) STRICT;
        CREATE INDEX log_event_by_stream ON log_event (stream, time, id);
        CREATE INDEX log_event_by_group ON log_event (log_group, time, id);
        """

    /// Keys are bytes, for they are ordered as bytes. A blob is a file's number; a row is all that makes a file count.
    private static var objects: String {
        """
        CREATE TABLE bucket (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            account TEXT NOT NULL,
            name TEXT NOT NULL,
            region TEXT NOT NULL,
            created INTEGER NOT NULL,
            policy TEXT,
            UNIQUE (account, name)
        ) STRICT;
        CREATE TABLE object (
            bucket INTEGER NOT NULL,
            key BLOB NOT NULL,
            blob INTEGER NOT NULL,
            size INTEGER NOT NULL,
            etag TEXT NOT NULL,
            modified INTEGER NOT NULL,
            details BLOB NOT NULL,
            PRIMARY KEY (bucket, key)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE upload (
            id TEXT PRIMARY KEY,
            bucket INTEGER NOT NULL,
            key BLOB NOT NULL,
            created INTEGER NOT NULL,
            details BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX upload_by_key ON upload (bucket, key, id);
        CREATE TABLE part (
            upload TEXT NOT NULL,
            number INTEGER NOT NULL,
            blob INTEGER NOT NULL,
            size INTEGER NOT NULL,
            md5 BLOB NOT NULL,
            modified INTEGER NOT NULL,
            algorithm TEXT NOT NULL,
            checksum BLOB NOT NULL,
            PRIMARY KEY (upload, number)
        ) STRICT, WITHOUT ROWID;
        """
    }
}
