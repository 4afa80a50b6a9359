import GRDB
import Streams
import Wire

/// A stream as it is stored: all of it but its records.
struct StoredStream {
    var id: Int64
    var key: StreamKey
    var facts: StreamFacts
    var snapshot: StreamSnapshot
}

/// The `stream` and `shard` tables inside one transaction.
struct StreamTable {
    private let transaction: Transaction
    private var database: Database { transaction.database }

    init(_ transaction: Transaction) {
        self.transaction = transaction
    }

    /// Removes the rows of streams whose deletion has come to its end.
    func purge(at now: Timestamp) throws {
        let gone = try Row.fetchAll(
            database,
            sql: "SELECT id, account, region, name FROM stream WHERE status = ? AND due <= ?",
            arguments: [StreamFacts.Status.deleting.rawValue, now.milliseconds]
        )
        for row in gone { try remove(row[0], StreamKey(account: row[1], region: row[2], name: row[3])) }
    }

    /// Stores the beginning of a stream.
    /// - Returns: its id, which no other stream has had.
    func insert(_ key: StreamKey) throws -> Int64 {
        let id = transaction.newID(of: .stream)
        try database.execute(
            sql: """
                INSERT INTO stream (id, account, region, name, status, created, mode, retention_hours, hidden_before, next_shard, max_record_kib, spreads)
                VALUES (?, ?, ?, ?, '', 0, '', 0, 0, 0, 0, 0)
                """,
            arguments: [id, key.account, key.region, key.name]
        )
        return id
    }

    func update(_ id: Int64, _ facts: StreamFacts) throws {
        try database.execute(
            sql: """
                UPDATE stream SET status = ?, due = ?, key = ?, max_record_kib = ?, spreads = ?, metrics = ?, warm_target = ?, warm_current = ?
                WHERE id = ?
                """,
            arguments: [
                facts.status.rawValue, facts.due?.milliseconds, facts.keyID, facts.maxRecordKiB, facts.spreadsRecords,
                EnhancedMonitoring.ordered(facts.metrics).joined(separator: " "), facts.warm?.target, facts.warm?.current, id,
            ]
        )
    }

    func update(_ id: Int64, _ snapshot: StreamSnapshot) throws {
        try database.execute(
            sql: "UPDATE stream SET created = ?, mode = ?, retention_hours = ?, hidden_before = ?, next_shard = ? WHERE id = ?",
            arguments: [
                snapshot.created, snapshot.mode.rawValue, snapshot.retentionHours, snapshot.hiddenBefore, snapshot.nextShardIndex, id,
            ]
        )
        try database.execute(sql: "DELETE FROM shard WHERE stream = ?", arguments: [id])
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO shard (stream, number, first_key, last_key, created, closed, parent, adjacent_parent, next_counter)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        )
        for shard in snapshot.shards {
            try statement.execute(arguments: [
                id, shard.index, String(shard.range.start), String(shard.range.end), shard.created, shard.closed, shard.parent, shard.adjacentParent,
                Int64(shard.nextCounter),
            ])
        }
    }

    func remove(_ id: Int64, _ key: StreamKey) throws {
        try database.execute(sql: "DELETE FROM stream WHERE id = ?", arguments: [id])
        // The stream's own, and those of its consumers: `0` follows the slash.
        try database.execute(
            sql: "DELETE FROM tag WHERE resource = ? OR (resource > ? AND resource < ?)",
            arguments: [key.arn, key.arn + "/consumer/", key.arn + "/consumer0"]
        )
        try PolicyTable(database).removeAll(of: key)
    }

    func removeAll() throws {
        for stream in try all() { try remove(stream.id, stream.key) }
        try SettingTable(database).removeAll(below: BillingCommitment.settings)
    }

    func all() throws -> [StoredStream] {
        var shards: [Int64: [StreamSnapshot.Shard]] = [:]
        let shardRows = try Row.fetchCursor(
            database,
            sql: """
                SELECT stream, number, first_key, last_key, created, closed, parent, adjacent_parent, next_counter FROM shard ORDER BY stream, number
                """
        )
        while let row = try shardRows.next() { shards[row[0], default: []].append(Self.shard(row)) }
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT id, account, region, name, status, due, key, max_record_kib, spreads, created, mode, retention_hours, hidden_before, next_shard,
                    metrics, warm_target, warm_current
                FROM stream ORDER BY id
                """
        )
        return rows.map { Self.stream($0, shards[$0[0]] ?? []) }
    }

    private static func shard(_ row: Row) -> StreamSnapshot.Shard {
        guard let start = UInt128(row[2] as String), let end = UInt128(row[3] as String) else {
            preconditionFailure("a stored hash key is none of ours")
        }
        let counter: Int64 = row[8]
        return StreamSnapshot.Shard(
            index: row[1],
            range: HashRange(start: start, end: end),
            created: row[4],
            closed: row[5],
            parent: row[6],
            adjacentParent: row[7],
            nextCounter: UInt64(counter)
        )
    }

    private static func stream(_ row: Row, _ shards: [StreamSnapshot.Shard]) -> StoredStream {
        guard let status = StreamFacts.Status(rawValue: row[4]), let mode = StreamMode(rawValue: row[10]) else {
            preconditionFailure("a stored stream is none of ours")
        }
        let due: Int64? = row[5]
        let id: Int64 = row[0]
        let key = StreamKey(account: row[1], region: row[2], name: row[3])
        var facts = StreamFacts(
            status: status,
            due: due.map { Timestamp(milliseconds: $0) },
            keyID: row[6],
            maxRecordKiB: row[7],
            spreadsRecords: row[8]
        )
        facts.metrics = Set((row[14] as String).split(separator: " ").map(String.init))
        if let target: Int = row[15], let current: Int = row[16] { facts.warm = WarmThroughput(target: target, current: current) }
        return StoredStream(
            id: id,
            key: key,
            facts: facts,
            snapshot: StreamSnapshot(
                id: UInt64(id),
                name: key.name,
                created: row[9],
                mode: mode,
                retentionHours: row[11],
                hiddenBefore: row[12],
                nextShardIndex: row[13],
                shards: shards
            )
        )
    }

    // MARK: Settings

    /// The key of iterators, made when there is none yet.
    func iteratorKey() throws -> [UInt8] {
        let settings = SettingTable(database)
        if let key = try settings["kinesis/iterator-key"], key.count == 32 { return key }
        var generator = SystemRandomNumberGenerator()
        let key = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        try settings.set("kinesis/iterator-key", key)
        return key
    }
}
