package import SQLite
package import ServiceKit
import Wire

/// A row of `log_stream`.
package struct LogStream: Sendable, Equatable {
    var id: Int64
    var account: String
    var group: Int64
    var name: String
    var created: Timestamp
    /// The times of the oldest event that is kept, of the newest that ever came, and when that was; nil before there was one.
    var firstEvent: Int64?
    var lastEvent: Int64?
    var ingested: Int64?
    /// Of the events that are kept, with 26 each beside their texts.
    var bytes: Int64

    package static let columns = "id, account, log_group, name, created, first_event, last_event, ingested, bytes"

    package init(_ row: Row) throws(UnreadableRow) {
        let row = StoredRow(row, of: "log_stream", namedBy: 3)
        id = try row.integer(0)
        account = try row.text(1)
        group = try row.integer(2)
        name = try row.text(3)
        created = try row.time(4)
        firstEvent = try row.timeIfAny(5)?.milliseconds
        lastEvent = try row.timeIfAny(6)?.milliseconds
        ingested = try row.timeIfAny(7)?.milliseconds
        bytes = Int64(try row.count(8))
    }

    init(id: Int64, account: String, group: Int64, name: String, created: Timestamp) {
        self.id = id
        self.account = account
        self.group = group
        self.name = name
        self.created = created
        bytes = 0
    }

    /// PutLogEvents asks for none any more, and clients still look for it.
    var sequenceToken: String {
        "496" + max(0, id).padded(to: 53)
    }

    func document(of group: LogGroup, _ call: Call) -> Document {
        .members([
            ("logStreamName", .string(name)), ("creationTime", .integer(created.milliseconds)),
            ("firstEventTimestamp", firstEvent.map { .integer($0) }), ("lastEventTimestamp", lastEvent.map { .integer($0) }),
            ("lastIngestionTime", ingested.map { .integer($0) }), ("uploadSequenceToken", .string(sequenceToken)),
            ("arn", .string("\(group.arn(call)):log-stream:\(name)")), ("storedBytes", .integer(0)),
        ])
    }
}

/// A row of `log_event`, with the name of its stream.
package struct LogEvent: Sendable {
    var id: Int64
    var stream: Int64
    var time: Int64
    var ingested: Int64
    var message: String
    var streamName: String

    package static let columns = "log_event.id, log_event.stream, log_event.time, log_event.ingested, log_event.message"

    package init(_ row: Row) throws(UnreadableRow) {
        try self.init(row, streamName: "")
    }

    init(_ row: Row, streamName: String) throws(UnreadableRow) {
        let row = StoredRow(row, of: "log_event", namedBy: 0)
        id = try row.integer(0)
        stream = try row.integer(1)
        time = try row.time(2).milliseconds
        ingested = try row.time(3).milliseconds
        message = try row.text(4)
        self.streamName = streamName
    }

    /// What AWS counts for an event beside its text.
    static let overhead = 26

    static func size(_ message: String) -> Int { message.utf8.count + overhead }

    var position: LogPosition { LogPosition(time: time, id: id) }
}
