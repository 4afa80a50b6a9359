import ServiceKit
import Wire

extension LogsService {
    /// Bytes of a request's events, and of one event, as AWS counts them.
    private static let maximumBatch = 1_048_576
    /// Milliseconds: how old events may be, how far ahead, and how far apart.
    private static let oldest: Int64 = 14 * 86_400_000
    private static let newest: Int64 = 2 * 3_600_000
    private static let span: Int64 = 86_400_000

    func putLogEvents(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let events = input.required("logEvents").items.map { event in
            (time: Int64(event.required("timestamp").int), message: event.required("message").text)
        }
        let bytes = events.reduce(0) { $0 + LogEvent.size($1.message) }
        guard bytes <= Self.maximumBatch else {
            throw .invalidParameter("Upload too large: \(bytes) bytes exceeds limit of \(Self.maximumBatch)")
        }
        for (event, next) in zip(events, events.dropFirst()) where next.time < event.time {
            throw .invalidParameter("Log events in a single PutLogEvents request must be in chronological order.")
        }
        let now = call.now.milliseconds
        let tooOld = events.prefix { $0.time < now - Self.oldest }.count
        let tooNew = events.firstIndex { $0.time > min(now + Self.newest, LogPosition.maximumTime) }
        let inTime = events[min(tooOld, tooNew ?? events.count)..<(tooNew ?? events.count)]
        if let first = inTime.first, let last = inTime.last, last.time - first.time > Self.span {
            throw .invalidParameter("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
        }
        return try write(call) { records, table, transaction in
            let group = try Self.group(input, in: records, call)
            let stream = try Self.stream(input.required("logStreamName").text, of: group, in: table)
            let cutoff = group.cutoff(call.now)
            let expired = group.retention == nil ? 0 : events.prefix { $0.time < cutoff }.count
            let accepted = inTime.filter { $0.time >= cutoff }
            try table.append(accepted, to: stream, of: group, now: call.now) { transaction.newID(of: .logEvent) }
            let rejected: Document? =
                accepted.count == events.count
                ? nil
                : .members([
                    ("tooNewLogEventStartIndex", tooNew.map { .integer(Int64($0)) }),
                    ("tooOldLogEventEndIndex", tooOld > 0 ? .integer(Int64(tooOld)) : nil),
                    ("expiredLogEventEndIndex", expired > 0 ? .integer(Int64(expired)) : nil),
                ])
            return .members([("nextSequenceToken", .string(stream.sequenceToken)), ("rejectedLogEventsInfo", rejected)])
        }
    }
}
