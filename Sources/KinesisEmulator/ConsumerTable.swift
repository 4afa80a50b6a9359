package import SQLite
package import ServiceKit
import Wire

/// The `consumer` table inside one transaction. Consumers are few and asked for seldom: no copy of them is kept in memory.
package struct ConsumerTable {
    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    /// Those of a stream that are there at `now`, by name.
    func all(of stream: HostedStream, at now: Timestamp) throws -> [StreamConsumer] {
        try database.fetchAll("SELECT name, created, status, due FROM consumer WHERE stream = ? ORDER BY name", [stream.id])
            .map { try Self.consumer($0, of: stream.key).settled(at: now) }
            .filter { $0.status != .deleted }
    }

    func find(_ name: String, of stream: HostedStream, at now: Timestamp) throws -> StreamConsumer? {
        let row = try database.fetchOne("SELECT name, created, status, due FROM consumer WHERE stream = ? AND name = ?", [stream.id, name])
        guard let consumer = try row.map({ try Self.consumer($0, of: stream.key).settled(at: now) }), consumer.status != .deleted else { return nil }
        return consumer
    }

    /// Stores a consumer in place of an older one of its name.
    func put(_ consumer: StreamConsumer, of stream: HostedStream) throws {
        try database.execute(
            "INSERT OR REPLACE INTO consumer (stream, name, created, status, due) VALUES (?, ?, ?, ?, ?)",
            [stream.id, consumer.name, consumer.created, consumer.status.rawValue, consumer.due?.milliseconds]
        )
    }

    func remove(_ consumer: StreamConsumer, of stream: HostedStream) throws {
        try database.execute("DELETE FROM consumer WHERE stream = ? AND name = ?", [stream.id, consumer.name])
        try database.execute("DELETE FROM tag WHERE resource = ?", [consumer.arn])
        try PolicyTable(database).remove(consumer.arn)
    }

    /// Removes the rows of consumers whose deletion has come to its end.
    func purge(_ stream: HostedStream, at now: Timestamp) throws {
        let gone = try database.fetchAll(
            "SELECT name, created, status, due FROM consumer WHERE stream = ? AND status = ? AND due <= ?",
            [stream.id, StreamConsumer.Status.deleting.rawValue, now.milliseconds]
        )
        for row in gone { try remove(try Self.consumer(row, of: stream.key), of: stream) }
    }

    package static func consumer(_ row: Row, of stream: StreamKey) throws(UnreadableRow) -> StreamConsumer {
        let row = StoredRow(row, of: "consumer", namedBy: 0)
        let text = try row.text(2)
        guard let status = StreamConsumer.Status(rawValue: text) else { throw row.unreadable("the status \(text) is unknown") }
        return StreamConsumer(
            stream: stream,
            name: try row.text(0),
            created: try row.integer(1),
            status: status,
            due: try row.timeIfAny(3)
        )
    }
}
