import Glibc
import Wire

/// What a directory is filled with before its server is killed.
enum RecoveryContent {
    /// Ten records a call, over four shards.
    case records(bytes: Int)
    /// Ten events a call, of 20,000 users.
    case events

    struct Source {
        /// Requests that are made at once.
        var round: Int
        /// The request with this number: each brings something new.
        var request: (Int) -> WireRequest
    }

    /// For the name of a folder.
    var name: String {
        switch self {
        case .records(let bytes): "records-\(bytes)"
        case .events: "events"
        }
    }

    var title: String {
        switch self {
        case .records(let bytes): "records of \(bytes) bytes"
        case .events: "events"
        }
    }

    func source(_ stage: Stage) throws(BenchFault) -> Source {
        switch self {
        case .records(let bytes):
            let stream = try stage.stream("bench-recovery")
            return Source(round: bytes > 1000 ? 2000 : 20_000) { number in
                let records = (0..<10).map { index in
                    let data = (0..<bytes).map { UInt8(truncatingIfNeeded: ($0 &* 31) ^ ((number &* 10 &+ index) &* 17)) }
                    return Document.object(.init([("Data", .bytes(data)), ("PartitionKey", .string("key-\(number)-\(index)"))]))
                }
                return stage.client.request(
                    "Kinesis_20131202.PutRecords",
                    service: "kinesis",
                    [("StreamName", .string(stream)), ("Records", .list(records))]
                )
            }
        case .events:
            let catalogue = try stage.catalogue()
            let now = Int64(time(nil))
            return Source(round: 20_000) { number in
                let events = (0..<10).map { index in
                    Document.object(
                        .init([
                            ("eventType", .string("watch")), ("itemId", .string("item-\((number &* 7 &+ index) % 5000)")),
                            ("sentAt", .integer(now - Int64(number))), ("eventId", .string("event-\(number)-\(index)")),
                        ])
                    )
                }
                return stage.client.request(
                    path: "/events",
                    service: "personalize",
                    [
                        ("trackingId", .string(catalogue.trackingID)), ("userId", .string("user-\(number % 20_000)")),
                        ("sessionId", .string("session-\(number % 20_000)")), ("eventList", .list(events)),
                    ]
                )
            }
        }
    }
}
