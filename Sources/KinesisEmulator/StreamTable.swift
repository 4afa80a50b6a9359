package import SQLite
import ServiceKit
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
package struct StreamTable {
    private let transaction: Transaction
    private var database: Database { transaction.database }

    init(_ transaction: Transaction) {
        self.transaction = transaction
    }

    /// Removes the rows of streams whose deletion has come to its end.
    func purge(at now: Timestamp) throws {
        let gone = try database.fetchAll(
            "SELECT id, account, region, name FROM stream WHERE status = ? AND due <= ?",
            [StreamFacts.Status.deleting.rawValue, now.milliseconds]
        )
        for row in gone { try remove(try row[0], try StreamKey(account: row[1], region: row[2], name: row[3])) }
    }

    /// Stores the beginning of a stream.
    /// - Returns: its id, which no other stream has had.
    func insert(_ key: StreamKey) throws -> Int64 {
        let id = transaction.newID(of: .stream)
        try database.execute(
            """
            INSERT INTO stream (id, account, region, name, status, created, mode, retention_hours, hidden_before, next_shard, max_record_kib, spreads)
            VALUES (?, ?, ?, ?, '', 0, '', 0, 0, 0, 0, 0)
            """,
            [id, key.account, key.region, key.name]
        )
        return id
    }

    func update(_ id: Int64, _ facts: StreamFacts) throws {
        try database.execute(
            """
            UPDATE stream SET status = ?, due = ?, key = ?, max_record_kib = ?, spreads = ?, metrics = ?, warm_target = ?, warm_current = ?
            WHERE id = ?
            """,
            [
                facts.status.rawValue, facts.due?.milliseconds, facts.keyID, facts.maxRecordKiB, facts.spreadsRecords,
                EnhancedMonitoring.ordered(facts.metrics).joined(separator: " "), facts.warm?.target, facts.warm?.current, id,
            ]
        )
    }

    func update(_ id: Int64, _ snapshot: StreamSnapshot) throws {
        try database.execute(
            "UPDATE stream SET created = ?, mode = ?, retention_hours = ?, hidden_before = ?, next_shard = ? WHERE id = ?",
            [
                snapshot.created, snapshot.mode.rawValue, snapshot.retentionHours, snapshot.hiddenBefore, snapshot.nextShardIndex, id,
            ]
        )
        try database.execute("DELETE FROM shard WHERE stream = ?", [id])
        for shard in snapshot.shards {
            try database.execute(
                """
                INSERT INTO shard (stream, number, first_key, last_key, created, closed, parent, adjacent_parent, next_counter)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    id, shard.index, String(shard.range.start), String(shard.range.end), shard.created, shard.closed, shard.parent,
                    shard.adjacentParent, Int64(shard.nextCounter),
                ]
            )
        }
    }

    func remove(_ id: Int64, _ key: StreamKey) throws {
        try database.execute("DELETE FROM stream WHERE id = ?", [id])
        // The stream's own, and those of its consumers: `0` follows the slash.
        try database.execute(
            "DELETE FROM tag WHERE resource = ? OR (resource > ? AND resource < ?)",
            [key.arn, key.arn + "/consumer/", key.arn + "/consumer0"]
        )
        try PolicyTable(database).removeAll(of: key)
        try OnDemandPeak.remove(database, of: id)
        try StreamKeyTable(database).removeAll(of: UInt64(id))
    }

    func removeAll() throws {
        for stream in try all() { try remove(stream.id, stream.key) }
        try SettingTable(database).removeAll(below: BillingCommitment.settings)
    }

    func all() throws -> [StoredStream] {
        var shards: [Int64: [StreamSnapshot.Shard]] = [:]
        try database.forEach("SELECT \(Self.shardColumns) FROM shard ORDER BY stream, number") { row in
            let row = StoredRow(row, of: "shard", namedBy: 0)
            shards[try row.integer(0), default: []].append(try Self.shard(row))
        }
        let rows = try database.fetchAll("SELECT \(Self.columns) FROM stream ORDER BY id")
        return try rows.map { row in
            let row = StoredRow(row, of: "stream", namedBy: 3)
            return try Self.stream(row, shards[try row.integer(0)] ?? [])
        }
    }

    package static var columns: String {
        """
        id, account, region, name, status, due, key, max_record_kib, spreads, created, mode, retention_hours, hidden_before, next_shard, metrics, \
        warm_target, warm_current
        """
    }

    private static var shardColumns: String { "stream, number, first_key, last_key, created, closed, parent, adjacent_parent, next_counter" }

    /// Reads a row of `columns`, and the rows of the stream's shards: a stream is whole when all of them are.
    package static func check(_ row: Row, _ database: Database) throws {
        let row = StoredRow(row, of: "stream", namedBy: 3)
        let rows = try database.fetchAll("SELECT \(shardColumns) FROM shard WHERE stream = ? ORDER BY number", [try row.integer(0, as: Int64.self)])
        _ = try stream(row, rows.map { try shard(StoredRow($0, of: "shard", namedBy: 0)) })
    }

    private static func shard(_ row: StoredRow) throws(UnreadableRow) -> StreamSnapshot.Shard {
        guard let start = UInt128(try row.text(2)), let end = UInt128(try row.text(3)), start <= end else {
            throw row.unreadable("a shard's hash keys are no range")
        }
        return StreamSnapshot.Shard(
            index: try row.integer(1),
            range: HashRange(start: start, end: end),
            created: try row.integer(4),
            closed: try row.integerIfAny(5),
            parent: try row.integerIfAny(6),
            adjacentParent: try row.integerIfAny(7),
            nextCounter: try row.integer(8)
        )
    }

    private static func stream(_ row: StoredRow, _ shards: [StreamSnapshot.Shard]) throws(UnreadableRow) -> StoredStream {
        let (statusText, modeText) = (try row.text(4), try row.text(10))
        guard let status = StreamFacts.Status(rawValue: statusText) else { throw row.unreadable("the status \(statusText) is unknown") }
        guard let mode = StreamMode(rawValue: modeText) else { throw row.unreadable("the mode \(modeText) is unknown") }
        let key = StreamKey(account: try row.text(1), region: try row.text(2), name: try row.text(3))
        // Iterators have one byte for the length of the name.
        guard key.name.utf8.count <= 255 else { throw row.unreadable("the name is too long") }
        let retention = try row.count(11)
        guard retention <= longestRetention else { throw row.unreadable("the records are kept for \(retention) hours") }
        let next = try row.integer(13, as: Int32.self)
        guard shards.allSatisfy({ $0.index < next }) else { throw row.unreadable("a shard has a number that is still to be given") }
        guard HashRange.isWhole(shards.filter { $0.closed == nil }.map(\.range)) else {
            throw row.unreadable("the open shards do not cover the hash keys")
        }
        var facts = StreamFacts(
            status: status,
            due: try row.timeIfAny(5),
            keyID: try row.textIfAny(6),
            maxRecordKiB: try row.count(7),
            spreadsRecords: try row.flag(8)
        )
        facts.metrics = Set(try row.text(14).split(separator: " ").map(String.init))
        if let target = try row.integerIfAny(15, as: Int.self), let current = try row.integerIfAny(16, as: Int.self) {
            facts.warm = WarmThroughput(target: target, current: current)
        }
        return StoredStream(
            id: try row.integer(0),
            key: key,
            facts: facts,
            snapshot: StreamSnapshot(
                id: try row.integer(0),
                name: key.name,
                created: try row.integer(9),
                mode: mode,
                retentionHours: retention,
                hiddenBefore: try row.integer(12),
                nextShardIndex: next,
                shards: shards
            )
        )
    }

    /// In hours, a year: AWS keeps no record for longer.
    private static let longestRetention = 8760

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
