package import SQLite
package import ServiceKit
package import Streams
import Wire

/// The `queue`, `queue_shard` and `queue_record` tables inside one transaction.
package struct QueueTable {
    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    /// Those that are there at `now`, by name.
    func all(account: String, region: String, at now: Timestamp) throws -> [StreamQueue] {
        try fetch("WHERE queue.account = ? AND queue.region = ? ORDER BY queue.name", [account, region], at: now)
    }

    func all(of stream: HostedStream, at now: Timestamp) throws -> [StreamQueue] {
        try fetch("WHERE queue.stream = ? ORDER BY queue.name", [stream.id], at: now)
    }

    func find(_ arn: QueueARN, at now: Timestamp) throws -> StreamQueue? {
        try fetch("WHERE queue.resource = ? AND queue.account = ? AND queue.region = ?", [arn.id, arn.account, arn.region], at: now).first
    }

    func has(_ id: Int64) throws -> Bool {
        try database.fetchOne("SELECT 1 FROM queue WHERE id = ?", [id]) != nil
    }

    private func fetch(_ condition: String, _ arguments: DatabaseArguments, at now: Timestamp) throws -> [StreamQueue] {
        let rows = try database.fetchAll(
            "SELECT \(Self.columns), stream.name, stream.created FROM queue JOIN stream ON stream.id = queue.stream \(condition)",
            arguments
        )
        return try rows.map { row in
            var queue = try Self.queue(row)
            let stored = StoredRow(row, of: "queue", namedBy: 3)
            queue.stream.name = try stored.text(14)
            queue.streamCreated = try stored.integer(15)
            return queue.settled(at: now)
        }
        .filter { $0.status != .deleted }
    }

    func put(_ queue: StreamQueue) throws {
        try database.execute(
            """
            INSERT INTO queue (\(Self.names)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET status = excluded.status, due = excluded.due, visibility = excluded.visibility,
            most_receives = excluded.most_receives
            """,
            [
                queue.id, queue.resource.account, queue.resource.region, queue.name, queue.resource.id, queue.streamID, queue.created.milliseconds,
                queue.status.rawValue, queue.due?.milliseconds, queue.start, queue.asked?.milliseconds, queue.began.milliseconds,
                queue.settings.visibility, queue.settings.maximumReceives,
            ]
        )
    }

    /// What it has handed out goes with it.
    func remove(_ queue: StreamQueue) throws {
        try database.execute("DELETE FROM queue WHERE id = ?", [queue.id])
        try database.execute("DELETE FROM tag WHERE resource = ?", [queue.resource.text])
    }

    /// Removes the rows of queues whose deletion has come to its end.
    func purge(at now: Timestamp) throws {
        let gone = try database.fetchAll(
            "SELECT \(Self.columns) FROM queue WHERE status = ? AND due <= ?",
            [StreamQueue.Status.deleting.rawValue, now.milliseconds]
        )
        for row in gone { try remove(try Self.queue(row)) }
    }

    func hasDeleted(at now: Timestamp) throws -> Bool {
        try database.fetchOne(
            "SELECT 1 FROM queue WHERE status = ? AND due <= ?",
            [StreamQueue.Status.deleting.rawValue, now.milliseconds]
        ) != nil
    }

    func removeAll() throws {
        for row in try database.fetchAll("SELECT \(Self.columns) FROM queue") { try remove(try Self.queue(row)) }
    }

    // MARK: What was handed out

    func deliveries(of queue: Int64) throws -> DeliveryQueue {
        var cursors: [Int32: UInt64] = [:]
        for row in try database.fetchAll("SELECT \(Self.shardColumns) FROM queue_shard WHERE queue = ?", [queue]) {
            let (shard, counter) = try Self.cursor(row)
            cursors[shard] = counter
        }
        var states: [RecordPlace: DeliveryState] = [:]
        try database.forEach("SELECT \(Self.recordColumns) FROM queue_record WHERE queue = ?", [queue]) { row in
            let (place, state) = try Self.state(row)
            states[place] = state
        }
        return DeliveryQueue(cursors: cursors, states: states)
    }

    /// A position of a queue behind the end of its shard.
    struct LateCursor: Sendable {
        var queue: Int64
        var shard: Int32
        /// The counter of the record that comes next.
        var end: UInt64
    }

    /// The positions behind the ends of their shards. One that cannot be read is left to whoever uses its queue.
    /// - Parameter end: of a shard of a stream; nil when it is not known.
    func cursors(behind end: (_ stream: Int64, _ shard: Int32) -> UInt64?) throws -> [LateCursor] {
        var found: [LateCursor] = []
        let rows = "SELECT \(Self.shardColumns), queue.id, queue.stream FROM queue_shard JOIN queue ON queue.id = queue_shard.queue"
        try database.forEach(rows, []) { row in
            let stored = StoredRow(row, of: "queue_shard", namedBy: 0)
            guard let (shard, counter) = try? Self.cursor(row), let queue = try? stored.integer(2, as: Int64.self),
                let stream = try? stored.integer(3, as: Int64.self)
            else { return }
            if let end = end(stream, shard), counter > end { found.append(LateCursor(queue: queue, shard: shard, end: end)) }
        }
        return found
    }

    func pullBack(_ cursor: LateCursor) throws {
        let end = Int64(clamping: cursor.end)
        try database.execute(
            "UPDATE queue_shard SET next_counter = ? WHERE queue = ? AND shard = ?",
            [end, cursor.queue, cursor.shard]
        )
        try database.execute("DELETE FROM queue_record WHERE queue = ? AND shard = ? AND counter >= ?", [cursor.queue, cursor.shard, end])
    }

    func save(_ changes: QueueChanges, of queue: Int64) throws {
        for (shard, counter) in changes.cursors {
            guard let counter else {
                try database.execute("DELETE FROM queue_shard WHERE queue = ? AND shard = ?", [queue, shard])
                continue
            }
            try database.execute(
                "INSERT OR REPLACE INTO queue_shard (queue, shard, next_counter) VALUES (?, ?, ?)",
                [queue, shard, Int64(clamping: counter)]
            )
        }
        for (place, state) in changes.states {
            let counter = Int64(clamping: place.counter)
            guard let state else {
                try database.execute("DELETE FROM queue_record WHERE queue = ? AND shard = ? AND counter = ?", [queue, place.shard, counter])
                continue
            }
            try database.execute(
                """
                INSERT OR REPLACE INTO queue_record (queue, shard, counter, arrival, first_received, visible_at, receives, deliveries, stage)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    queue, place.shard, counter, state.arrival, state.firstReceived, state.visibleAt, state.receives, state.deliveries,
                    state.stage.rawValue,
                ]
            )
        }
    }

    // MARK: Rows

    private static var names: String {
        "id, account, region, name, resource, stream, created, status, due, start, asked, began, visibility, most_receives"
    }

    package static var columns: String { names.split(separator: ", ").map { "queue.\($0)" }.joined(separator: ", ") }
    package static var shardColumns: String { "shard, next_counter" }
    package static var recordColumns: String { "shard, counter, arrival, first_received, visible_at, receives, deliveries, stage" }

    /// Of `columns`; the name of the stream and its time are still to be filled in.
    package static func queue(_ row: Row) throws(UnreadableRow) -> StreamQueue {
        let row = StoredRow(row, of: "queue", namedBy: 3)
        let text = try row.text(7)
        guard let status = StreamQueue.Status(rawValue: text) else { throw row.unreadable("the status \(text) is unknown") }
        let arn = QueueARN(account: try row.text(1), region: try row.text(2), id: try row.text(4))
        let visibility = try row.count(12)
        guard visibility <= longestVisibility else { throw row.unreadable("records stay in flight for \(visibility) seconds") }
        return StreamQueue(
            id: try row.integer(0),
            name: try row.text(3),
            resource: arn,
            stream: StreamKey(account: arn.account, region: arn.region, name: ""),
            streamID: try row.integer(5),
            streamCreated: 0,
            created: try row.time(6),
            status: status,
            due: try row.timeIfAny(8),
            start: try row.text(9),
            asked: try row.timeIfAny(10),
            began: try row.time(11),
            settings: StreamQueue.Settings(visibility: visibility, maximumReceives: try row.integerIfAny(13))
        )
    }

    /// Seconds.
    private static let longestVisibility = 43_200

    package static func cursor(_ row: Row) throws(UnreadableRow) -> (shard: Int32, counter: UInt64) {
        let row = StoredRow(row, of: "queue_shard", namedBy: 0)
        return (try row.integer(0), try row.integer(1))
    }

    package static func state(_ row: Row) throws(UnreadableRow) -> (place: RecordPlace, state: DeliveryState) {
        let row = StoredRow(row, of: "queue_record", namedBy: 1)
        guard let stage = DeliveryState.Stage(rawValue: try row.integer(7)) else { throw row.unreadable("the stage is unknown") }
        let (receives, deliveries) = (try row.count(5), try row.count(6))
        // Both are counted on.
        guard max(receives, deliveries) < 1 << 60 else { throw row.unreadable("it was received more often than there was time for") }
        let state = DeliveryState(
            arrival: try row.time(2).milliseconds,
            firstReceived: try row.timeIfAny(3)?.milliseconds,
            visibleAt: try row.time(4).milliseconds,
            receives: receives,
            deliveries: Int64(deliveries),
            stage: stage
        )
        return (RecordPlace(shard: try row.integer(0), counter: try row.integer(1)), state)
    }
}
