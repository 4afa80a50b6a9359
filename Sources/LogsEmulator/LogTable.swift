import SQLite
import ServiceKit
import Wire

/// The `log_stream` and `log_event` tables inside one transaction.
struct LogTable {
    /// Of one stream, and of all streams of an account: beyond, the oldest events go.
    static let maximumStreamBytes: Int64 = 16 << 20
    static let maximumAccountBytes: Int64 = 64 << 20
    /// Of an account.
    static let maximumStreams = 10_000
    /// What goes when there is too much is more than must, so that it is not one by one.
    private static let slack: Int64 = 8

    let database: Database

    init(_ database: Database) {
        self.database = database
    }

    // MARK: Streams

    func find(_ name: String, group: Int64) throws -> LogStream? {
        let row = try database.fetchOne("SELECT \(LogStream.columns) FROM log_stream WHERE log_group = ? AND name = ?", [group, name])
        return try row.map { try LogStream($0) }
    }

    func countStreams(account: String) throws -> Int {
        try database.fetchOne(Int.self, "SELECT count(*) FROM log_stream WHERE account = ?", [account]) ?? 0
    }

    func insert(_ stream: LogStream) throws {
        try database.execute(
            "INSERT INTO log_stream (\(LogStream.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                stream.id, stream.account, stream.group, stream.name, stream.created.milliseconds, stream.firstEvent, stream.lastEvent,
                stream.ingested, stream.bytes,
            ]
        )
    }

    private func update(_ stream: LogStream) throws {
        try database.execute(
            "UPDATE log_stream SET first_event = ?, last_event = ?, ingested = ?, bytes = ? WHERE id = ?",
            [stream.firstEvent, stream.lastEvent, stream.ingested, max(0, stream.bytes), stream.id]
        )
    }

    func remove(_ stream: LogStream) throws {
        try database.execute("DELETE FROM log_event WHERE stream = ?", [stream.id])
        try database.execute("DELETE FROM log_stream WHERE id = ?", [stream.id])
    }

    func removeStreams(of group: Int64) throws {
        try database.execute("DELETE FROM log_event WHERE log_group = ?", [group])
        try database.execute("DELETE FROM log_stream WHERE log_group = ?", [group])
    }

    func removeAll() throws {
        try database.execute("DELETE FROM log_event")
        try database.execute("DELETE FROM log_stream")
    }

    /// The stream of an account that got nothing for the longest time.
    func stalest(account: String) throws -> LogStream? {
        let row = try database.fetchOne(
            "SELECT \(LogStream.columns) FROM log_stream WHERE account = ? ORDER BY coalesce(ingested, created), id LIMIT 1",
            [account]
        )
        return try row.map { try LogStream($0) }
    }

    func storedBytes(of group: Int64) throws -> Int64 {
        try database.fetchOne(Int64.self, "SELECT sum(bytes) FROM log_stream WHERE log_group = ?", [group]) ?? 0
    }

    /// Streams of a group by name.
    /// - Parameter after: the name of the last one of the page before, if there was one.
    func streams(of group: Int64, prefix: String, after: String?, descending: Bool, limit: Int) throws -> [LogStream] {
        try database.fetchAll(
            """
            SELECT \(LogStream.columns) FROM log_stream
            WHERE log_group = ?1 AND substr(name, 1, length(?2)) = ?2 AND (?3 IS NULL OR name \(descending ? "<" : ">") ?3)
            ORDER BY name \(descending ? "DESC" : "ASC") LIMIT ?4
            """,
            [group, prefix, after, limit]
        ).map { try LogStream($0) }
    }

    /// Streams of a group by the time of their newest event, which is 0 for those that have none.
    func streamsByTime(of group: Int64, after: (time: Int64, id: Int64)?, descending: Bool, limit: Int) throws -> [LogStream] {
        let order = descending ? "DESC" : "ASC"
        return try database.fetchAll(
            """
            SELECT \(LogStream.columns) FROM log_stream
            WHERE log_group = ?1 AND (?2 IS NULL OR (coalesce(last_event, 0), id) \(descending ? "<" : ">") (?2, ?3))
            ORDER BY coalesce(last_event, 0) \(order), id \(order) LIMIT ?4
            """,
            [group, after?.time, after?.id, limit]
        ).map { try LogStream($0) }
    }

    // MARK: Writing events

    /// Adds events to a stream, and takes away what is older than its group's retention and what there is too much.
    /// - Parameter events: each with a time in epoch milliseconds that the caller has checked.
    func append(
        _ events: [(time: Int64, message: String)],
        to stream: LogStream,
        of group: LogGroup,
        now: Timestamp,
        newID: () -> Int64
    ) throws {
        guard !events.isEmpty else { return }
        var stream = stream
        for event in events {
            try database.execute(
                "INSERT INTO log_event (id, stream, log_group, time, ingested, message) VALUES (?, ?, ?, ?, ?, ?)",
                [newID(), stream.id, group.id, event.time, now.milliseconds, event.message]
            )
            stream.bytes += Int64(LogEvent.size(event.message))
            stream.firstEvent = min(stream.firstEvent ?? event.time, event.time)
            stream.lastEvent = max(stream.lastEvent ?? event.time, event.time)
        }
        stream.ingested = now.milliseconds
        if let first = stream.firstEvent, first < group.cutoff(now) {
            try shed(&stream, before: LogPosition(time: group.cutoff(now), id: 0))
        }
        if stream.bytes > Self.maximumStreamBytes {
            try shrink(&stream, by: stream.bytes - Self.maximumStreamBytes + Self.maximumStreamBytes / Self.slack)
        }
        try update(stream)
        try shrinkAccount(stream.account)
    }

    private func shrinkAccount(_ account: String) throws {
        var total = try database.fetchOne(Int64.self, "SELECT sum(bytes) FROM log_stream WHERE account = ?", [account]) ?? 0
        guard total > Self.maximumAccountBytes else { return }
        let wanted = Self.maximumAccountBytes - Self.maximumAccountBytes / Self.slack
        // Each time round some bytes go; the streams are so many at most.
        for _ in 0..<Self.maximumStreams {
            // Many at a time: to find the oldest, all streams of the account are looked at.
            let oldest = try database.fetchAll(
                "SELECT \(LogStream.columns) FROM log_stream WHERE account = ? AND bytes > 0 ORDER BY first_event, id LIMIT 200",
                [account]
            )
            guard !oldest.isEmpty else { return }
            for row in oldest {
                guard total > wanted else { return }
                var stream = try LogStream(row)
                let before = stream.bytes
                try shrink(&stream, by: min(total - wanted, 1 << 20))
                try update(stream)
                total -= max(0, before - stream.bytes)
            }
        }
    }

    /// Removes the oldest events until so many bytes are gone.
    private func shrink(_ stream: inout LogStream, by wanted: Int64) throws {
        var (gone, position): (Int64, LogPosition) = (0, .first)
        while gone < wanted {
            let rows = try walk(
                "time, id, length(CAST(message AS BLOB))",
                from: "log_event",
                where: "log_event.stream",
                stream.id,
                Walk(after: position, before: .last),
                limit: 500
            )
            guard !rows.isEmpty else { break }
            for row in rows where gone < wanted {
                position = try LogPosition(time: row[0], id: row[1])
                let bytes: Int64 = try row[2]
                gone += bytes + Int64(LogEvent.overhead)
            }
        }
        try shed(&stream, before: position.next)
    }

    /// Removes the events before a position.
    private func shed(_ stream: inout LogStream, before position: LogPosition) throws {
        let arguments: DatabaseArguments = [stream.id, position.time, position.id]
        let gone = try database.fetchOne(
            "SELECT sum(length(CAST(message AS BLOB))), count(*) FROM log_event WHERE stream = ? AND (time, id) < (?, ?)",
            arguments
        )
        try database.execute("DELETE FROM log_event WHERE stream = ? AND (time, id) < (?, ?)", arguments)
        if let gone {
            let (texts, count): (Int64?, Int64) = try (gone[0], gone[1])
            stream.bytes -= (texts ?? 0) + count * Int64(LogEvent.overhead)
        }
        stream.firstEvent = try database.fetchOne(
            Int64.self,
            "SELECT time FROM log_event WHERE stream = ? ORDER BY time, id LIMIT 1",
            [stream.id]
        )
        // Whatever was counted: of no events there are no bytes.
        if stream.firstEvent == nil { stream.bytes = 0 }
    }

    // MARK: Reading events

    enum Scope {
        case group(Int64)
        case stream(Int64)
    }

    /// Events between two positions, neither of them included, in the order of time or against it. The index of the events is gone along, not that of streams.
    func events(_ scope: Scope, after: LogPosition, before: LogPosition, descending: Bool, limit: Int) throws -> [LogEvent] {
        let (column, id) =
            switch scope {
            case .group(let id): ("log_group", id)
            case .stream(let id): ("stream", id)
            }
        let rows = try walk(
            "\(LogEvent.columns), log_stream.name",
            from: "log_event CROSS JOIN log_stream ON log_stream.id = log_event.stream",
            where: "log_event.\(column)",
            id,
            Walk(after: after, before: before, descending: descending),
            limit: limit
        )
        return try rows.map { row in try LogEvent(row, streamName: StoredRow(row, of: "log_event", namedBy: 0).text(5)) }
    }

    private struct Walk {
        var after: LogPosition
        var before: LogPosition
        var descending = false
    }

    /// First the rest of the time where the walk begins, then the other times: SQLite seeks in an index by one column beyond the equal ones, and would look
    /// at all the events of that time again for each page.
    private func walk(
        _ columns: String,
        from tables: String,
        where column: String,
        _ id: Int64,
        _ walk: Walk,
        limit: Int
    ) throws -> [Row] {
        let order = walk.descending ? "DESC" : "ASC"
        let start = walk.descending ? walk.before : walk.after
        let (further, end) = walk.descending ? ("<", walk.after) : (">", walk.before)
        func some(_ condition: String, _ arguments: DatabaseArguments) throws -> [Row] {
            try database.fetchAll(
                """
                SELECT \(columns) FROM \(tables) WHERE \(column) = ?1 AND \(condition)
                AND (log_event.time, log_event.id) \(walk.descending ? ">" : "<") (?2, ?3)
                ORDER BY log_event.time \(order), log_event.id \(order) LIMIT ?4
                """,
                arguments
            )
        }
        let near = try some(
            "log_event.time = ?5 AND log_event.id \(further) ?6",
            [id, end.time, end.id, limit, start.time, start.id]
        )
        guard near.count < limit else { return near }
        return near + (try some("log_event.time \(further) ?5", [id, end.time, end.id, limit - near.count, start.time]))
    }
}
