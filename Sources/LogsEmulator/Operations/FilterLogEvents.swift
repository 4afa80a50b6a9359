import ServiceKit
import Wire

extension LogsService {
    /// Events that are looked at for one answer; behind them the answer has a token, as AWS's may.
    private static let maximumSearched = 20_000
    private static let maximumSearchedBytes = 16 << 20
    /// Bytes that are compared: each term of a pattern goes through a message once.
    private static let maximumComparedBytes = 128 << 20

    func filterLogEvents(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let (names, prefix) = (input["logStreamNames"]?.items.map(\.text), input["logStreamNamePrefix"]?.text)
        guard names == nil || prefix == nil else {
            throw .invalidParameter("logStreamNames and logStreamNamePrefix are mutually exclusive parameters.")
        }
        let pattern = try FilterPattern(input["filterPattern"]?.text ?? "")
        let mostBytes = min(Self.maximumSearchedBytes, Self.maximumComparedBytes / pattern.passes)
        let limit = input["limit"]?.int ?? Self.maximumEvents
        let start = Int64(input["startTime"]?.int ?? 0)
        // The end is included, and the times of JSON reach further than those of events.
        let end = input["endTime"].map { Int64(clamping: min($0.int, Int(LogPosition.maximumTime)) + 1) } ?? .max
        var descending = input["startFromHead"]?.flag == false
        var resumed: LogPosition?
        if let token = try PageToken.name(input) {
            guard let position = LogPosition(digits: token.dropFirst()), let way = token.first, way == "f" || way == "b" else {
                throw .invalidToken
            }
            (resumed, descending) = (position, way == "b")
        }
        return try read(call) { records, table in
            let group = try Self.group(input, in: records, call)
            let streams = try names?.map { try Self.stream($0, of: group, in: table) }
            let wanted = streams.map { Set($0.map(\.id)) }
            let scope = streams.flatMap { $0.count == 1 ? $0.first : nil }.map { LogTable.Scope.stream($0.id) } ?? .group(group.id)
            var after = LogPosition(time: max(start, group.cutoff(call.now)), id: 0)
            var before = LogPosition(time: end, id: 0)
            if let resumed { if descending { before = Self.earlier(before, resumed) } else { after = Self.later(after, resumed) } }
            var (found, bytes, searched, searchedBytes): ([LogEvent], Int, Int, Int) = ([], 0, 0, 0)
            var (last, isCut): (LogPosition?, Bool) = (nil, false)
            try Self.walk(table, scope, after: after, before: before, descending: descending) { event in
                let size = LogEvent.size(event.message)
                let isWanted = wanted?.contains(event.stream) ?? event.streamName.hasPrefix(prefix ?? "")
                let isFull = found.count >= limit || (!found.isEmpty && bytes + size > Self.maximumPage)
                // What does not match may be passed over on a full page, so that the last page has no token that leads to nothing.
                guard searched < Self.maximumSearched, searchedBytes < mostBytes else {
                    isCut = true
                    return false
                }
                searched += 1
                searchedBytes += size
                if isWanted, pattern.matches(event.message) {
                    guard !isFull else {
                        isCut = true
                        return false
                    }
                    found.append(event)
                    bytes += size
                }
                last = event.position
                return true
            }
            let token = isCut ? last.map { PageToken.text((descending ? "b" : "f") + $0.digits) } : nil
            return .members([("events", .list(found.map(Self.matched))), ("searchedLogStreams", .list([])), ("nextToken", token)])
        }
    }

    private static func matched(_ event: LogEvent) -> Document {
        .members([
            ("logStreamName", .string(event.streamName)), ("timestamp", .integer(event.time)), ("message", .string(event.message)),
            ("ingestionTime", .integer(event.ingested)), ("eventId", .string(event.position.digits)),
        ])
    }
}
