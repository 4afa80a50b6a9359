import ServiceKit
import Wire

extension LogsService {
    /// Of one answer: events, and bytes of their texts.
    static let maximumEvents = 10_000
    static let maximumPage = 1 << 20
    /// Rows that are read together.
    static let rowsAtOnce = 200

    /// Where a page of a stream begins, and which way it goes.
    private enum Cursor {
        case forward(LogPosition)
        case backward(LogPosition)
    }

    func getLogEvents(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let (start, end) = (Int64(input["startTime"]?.int ?? 0), input["endTime"].map { Int64($0.int) } ?? .max)
        let limit = input["limit"]?.int ?? Self.maximumEvents
        let cursor = try input["nextToken"].map { (token) throws(ServiceError) in try Self.cursor(token.text) }
        return try read(call) { records, table in
            let group = try Self.group(input, in: records, call)
            let stream = try Self.stream(input.required("logStreamName").text, of: group, in: table)
            var after = LogPosition(time: max(start, group.cutoff(call.now)), id: 0)
            var before = LogPosition(time: end, id: 0)
            var descending = input["startFromHead"]?.flag != true
            switch cursor {
            case .forward(let position)?: (after, descending) = (Self.later(after, position), false)
            case .backward(let position)?: (before, descending) = (Self.earlier(before, position), true)
            case nil: break
            }
            var (found, bytes): ([LogEvent], Int) = ([], 0)
            try Self.walk(table, .stream(stream.id), after: after, before: before, descending: descending) { event in
                let size = LogEvent.size(event.message)
                guard found.count < limit, found.isEmpty || bytes + size <= Self.maximumPage else { return false }
                found.append(event)
                bytes += size
                return true
            }
            if descending { found.reverse() }
            let (forward, backward) = Self.edges(found, cursor, after: after)
            return .members([
                ("events", .list(found.map(Self.document))), ("nextForwardToken", .string("f/\(forward.digits)/s")),
                ("nextBackwardToken", .string("b/\(backward.digits)/s")),
            ])
        }
    }

    /// What the tokens of an answer name: the last event and the first, or where none was found the place that was asked for.
    private static func edges(_ found: [LogEvent], _ cursor: Cursor?, after: LogPosition) -> (forward: LogPosition, backward: LogPosition) {
        if let first = found.first, let last = found.last { return (last.position, first.position) }
        switch cursor {
        case .forward(let position)?: return (position, position.next)
        case .backward(let position)?: return (LogPosition(time: position.time, id: max(0, position.id - 1)), position)
        case nil: return (after, after)
        }
    }

    private static func document(_ event: LogEvent) -> Document {
        .members([
            ("timestamp", .integer(event.time)), ("message", .string(event.message)), ("ingestionTime", .integer(event.ingested)),
        ])
    }

    /// `f/DIGITS/s` or `b/DIGITS/s`.
    private static func cursor(_ token: String) throws(ServiceError) -> Cursor {
        let parts = token.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[2] == "s", let position = LogPosition(digits: parts[1]) else { throw .invalidToken }
        switch parts[0] {
        case "f": return .forward(position)
        case "b": return .backward(position)
        default: throw .invalidToken
        }
    }

    static func later(_ one: LogPosition, _ other: LogPosition) -> LogPosition {
        (one.time, one.id) < (other.time, other.id) ? other : one
    }

    static func earlier(_ one: LogPosition, _ other: LogPosition) -> LogPosition {
        (one.time, one.id) < (other.time, other.id) ? one : other
    }

    /// Gives events one by one until the caller has enough.
    static func walk(
        _ table: LogTable,
        _ scope: LogTable.Scope,
        after: LogPosition,
        before: LogPosition,
        descending: Bool,
        _ take: (LogEvent) -> Bool
    ) throws {
        var (after, before) = (after, before)
        while true {
            let some = try table.events(scope, after: after, before: before, descending: descending, limit: Self.rowsAtOnce)
            for event in some {
                guard take(event) else { return }
            }
            guard some.count == Self.rowsAtOnce, let last = some.last else { return }
            if descending { before = last.position } else { after = last.position }
        }
    }
}
