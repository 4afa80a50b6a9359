import Logging
import SQLite
import Testing

@testable import LogsEmulator
@testable import ServiceKit
@testable import Wire

@Suite struct LogEventTests {
    private let time = ManualTime()
    private let store: Store
    private let service: LogsService

    init() throws {
        store = try Store(directory: nil)
        service = LogsService(store: store, time: time, log: Logger(label: "test"))
    }

    private var now: Int64 { time.now.milliseconds }

    @discardableResult
    private func run(_ operation: String, _ members: [(name: String, value: Document?)]) throws -> Document {
        let call = Call(account: "111111111111", region: "eu-west-1", now: time.now, requestID: "test")
        let table = service.table
        let entry = try #require(table[operation])
        return try table.run(entry, .members(members), call) ?? .null
    }

    private func refusal(_ operation: String, _ members: [(name: String, value: Document?)]) -> ServiceError? {
        #expect(throws: ServiceError.self) { try run(operation, members) }
    }

    private let stream: [(name: String, value: Document?)] = [("logGroupName", .string("g")), ("logStreamName", .string("s"))]

    private func make() throws {
        try run("CreateLogGroup", [stream[0]])
        try run("CreateLogStream", stream)
    }

    @discardableResult
    private func put(_ events: [(Int64, String)], to name: String = "s") throws -> Document {
        let list = events.map { Document.members([("timestamp", .integer($0.0)), ("message", .string($0.1))]) }
        return try run("PutLogEvents", [stream[0], ("logStreamName", .string(name)), ("logEvents", .list(list))])
    }

    private func messages(_ answer: Document) -> [String] { (answer["events"]?.listIfAny ?? []).compactMap { $0["message"]?.textIfAny } }

    @Test func `events of one time are gone through piece by piece, either way`() throws {
        try make()
        try put([(now - 1, "first")] + (0..<650).map { (now, "m\($0)") })
        try put([(now + 1, "last")])
        let all = ["first"] + (0..<650).map { "m\($0)" } + ["last"]
        #expect(messages(try run("GetLogEvents", stream + [("startFromHead", .boolean(true))])) == all)
        #expect(messages(try run("GetLogEvents", stream)) == all)
        #expect(messages(try run("FilterLogEvents", [stream[0]])) == all)
        #expect(messages(try run("FilterLogEvents", [stream[0], ("startFromHead", .boolean(false))])) == all.reversed())
    }

    @Test func `who writes too much loses lines, and the others none`() throws {
        let log = service.functionLog
        log.append(["one"], group: "quiet", stream: "s", account: "111111111111", region: "eu-west-1")
        log.append((0..<30_000).map { "\($0)" }, group: "loud", stream: "s", account: "111111111111", region: "eu-west-1")
        log.append(["two"], group: "quiet", stream: "s", account: "111111111111", region: "eu-west-1")
        let quiet = try run("FilterLogEvents", [("logGroupName", .string("quiet"))])
        #expect(messages(quiet) == ["one", "two"])
        let loud = try run("GetLogEvents", [("logGroupName", .string("loud")), stream[1], ("limit", .integer(10_000))])
        #expect(messages(loud).last == "19999" && messages(loud).count == 10_000)
    }

    @Test func `pages go both ways and end with the token that was given`() throws {
        try make()
        try put((0..<7).map { (now + $0 / 2, "m\($0)") })
        try put([(now - 5, "early")])
        let all = ["early"] + (0..<7).map { "m\($0)" }
        var token: Document?
        var seen: [String] = []
        while true {
            let answer = try run("GetLogEvents", stream + [("limit", .integer(3)), ("startFromHead", .boolean(true)), ("nextToken", token)])
            seen += messages(answer)
            let next = answer["nextForwardToken"]
            if next == token { break }
            token = next
        }
        #expect(seen == all)
        // What comes later is found behind the same token.
        try put([(now + 9, "late")])
        #expect(messages(try run("GetLogEvents", stream + [("nextToken", token)])) == ["late"])
        var (back, pages): (Document?, [[String]]) = (nil, [])
        while true {
            let answer = try run("GetLogEvents", stream + [("limit", .integer(4)), ("nextToken", back)])
            if answer["nextBackwardToken"] == back { break }
            back = answer["nextBackwardToken"]
            pages.insert(messages(answer), at: 0)
        }
        #expect(pages.flatMap(\.self) == all + ["late"])
        let between: [(name: String, value: Document?)] = [("startTime", .integer(now)), ("endTime", .integer(now + 1))]
        #expect(messages(try run("GetLogEvents", stream + between)) == ["m0", "m1"])
        for wrong in ["x", "f/3/s", "g/\(LogPosition.first.digits)/s"] {
            #expect(refusal("GetLogEvents", stream + [("nextToken", .string(wrong))])?.message == "The specified nextToken is invalid.")
        }
    }

    @Test func `a group's events are filtered, in pages and against the order of time`() throws {
        try make()
        try run("CreateLogStream", [stream[0], ("logStreamName", .string("other"))])
        try put((0..<40).map { (now + $0, $0 % 2 == 0 ? "even \($0)" : "odd \($0)") })
        try put([(now + 3, "even between")], to: "other")
        func filtered(_ more: [(name: String, value: Document?)]) throws -> [String] {
            var (seen, token, rounds): ([String], Document?, Int) = ([], nil, 0)
            repeat {
                let answer = try run("FilterLogEvents", [stream[0], ("nextToken", token)] + more)
                seen += messages(answer)
                token = answer["nextToken"]
                rounds += 1
            } while token != nil && rounds < 100
            return seen
        }
        let even = ["even 0", "even 2", "even between"] + stride(from: 4, to: 40, by: 2).map { "even \($0)" }
        #expect(try filtered([("filterPattern", .string("even"))]) == even)
        #expect(try filtered([("filterPattern", .string("even")), ("limit", .integer(1))]) == even)
        #expect(try filtered([("filterPattern", .string("even")), ("startFromHead", .boolean(false)), ("limit", .integer(4))]) == even.reversed())
        #expect(try filtered([("logStreamNames", .list([.string("other")]))]) == ["even between"])
        #expect(try filtered([("logStreamNamePrefix", .string("oth"))]) == ["even between"])
        #expect(try filtered([("startTime", .integer(now + 38)), ("endTime", .integer(now + 39))]) == ["even 38", "odd 39"])
        #expect(try filtered([("endTime", .integer(.max)), ("filterPattern", .string("39"))]) == ["odd 39"])
        // The last page of a full answer has no token that leads to nothing.
        #expect(try run("FilterLogEvents", [stream[0], ("filterPattern", .string("\"odd 1\" -0")), ("limit", .integer(6))])["nextToken"] == nil)
    }

    @Test func `events out of time are left out, and the answer says which`() throws {
        try make()
        let day: Int64 = 86_400_000
        let answer = try put([(now - 20 * day, "old"), (now - 15 * day, "old"), (now, "good"), (now + day, "new")])
        #expect(answer["rejectedLogEventsInfo"] == .members([("tooNewLogEventStartIndex", .integer(3)), ("tooOldLogEventEndIndex", .integer(2))]))
        try run("PutRetentionPolicy", [stream[0], ("retentionInDays", .integer(3))])
        let expired = try put([(now - 4 * day, "expired")])
        #expect(expired["rejectedLogEventsInfo"] == .members([("expiredLogEventEndIndex", .integer(1))]))
        #expect(messages(try run("GetLogEvents", stream)) == ["good"])
        #expect(
            refusal("PutLogEvents", stream + [("logEvents", .list([event(now, "b"), event(now - 1, "a")]))])?.message?.contains("chronological")
                == true
        )
        #expect(
            refusal("PutLogEvents", stream + [("logEvents", .list([event(now - 2 * day, "a"), event(now, "b")]))])?.message?.contains("24 hours")
                == true
        )
        let large = event(now, String(repeating: "x", count: 1 << 20))
        #expect(
            refusal("PutLogEvents", stream + [("logEvents", .list([large]))])?.message == "Upload too large: 1048602 bytes exceeds limit of 1048576"
        )
        // What is older than the retention is not shown any more, and goes with the next events.
        time.advance(bySeconds: 4 * 86_400)
        #expect(messages(try run("GetLogEvents", stream)) == [])
        try put([(now, "next")])
        #expect(try store.read { try $0.fetchAll(String.self, "SELECT message FROM log_event") } == ["next"])
    }

    private func event(_ time: Int64, _ message: String) -> Document {
        .members([("timestamp", .integer(time)), ("message", .string(message))])
    }

    @Test func `a stream is bounded, and what it counts is what it holds`() throws {
        try make()
        let part = String(repeating: "x", count: 100_000)
        for round in 0..<18 {
            try put((0..<10).map { (now + Int64(round), "\(round).\($0) \(part)") })
        }
        let rows = try store.read { try $0.fetchAll("SELECT sum(length(message) + 26), min(time), count(*) FROM log_event") }
        let counted = try store.read { try LogTable($0).storedBytes(of: 1) }
        #expect(try rows.first?[0] as Int64? == counted && counted <= LogTable.maximumStreamBytes && counted > LogTable.maximumStreamBytes / 2)
        #expect(try rows.first?[1] as Int64? ?? 0 > now)
        try run("DeleteLogStream", stream)
        #expect(try store.read { try $0.fetchOne(Int.self, "SELECT count(*) FROM log_event") } == 0)
    }

    @Test func `an account is bounded: the oldest events of all streams go`() throws {
        try make()
        let part = String(repeating: "x", count: 104_000)
        for number in 0..<6 {
            try run("CreateLogStream", [stream[0], ("logStreamName", .string("s\(number)"))])
            for _ in 0..<15 { try put((0..<10).map { _ in (now + Int64(number), part) }, to: "s\(number)") }
        }
        let total = try store.read { try LogTable($0).storedBytes(of: 1) }
        #expect(total <= LogTable.maximumAccountBytes && total > LogTable.maximumAccountBytes / 2)
        let streams = try run("DescribeLogStreams", [stream[0], ("orderBy", .string("LastEventTime")), ("descending", .boolean(true))])
        let named = (streams["logStreams"]?.listIfAny ?? []).compactMap { $0["logStreamName"]?.textIfAny }
        #expect(named == ["s5", "s4", "s3", "s2", "s1", "s0", "s"])
        #expect(messages(try run("GetLogEvents", [stream[0], ("logStreamName", .string("s5")), ("limit", .integer(1))])).count == 1)
        #expect(try store.read { try LogTable($0).find("s0", group: 1)?.bytes ?? 0 } < 15 * 1_040_000)
    }

    @Test func `what functions write makes its group and stream and is read at once`() throws {
        service.buffer.append(["START", "a\u{0}b"], group: "/aws/lambda/f", stream: "2026/[$LATEST]1", account: "111111111111", region: "eu-west-1")
        let place: [(name: String, value: Document?)] = [("logGroupName", .string("/aws/lambda/f")), ("logStreamName", .string("2026/[$LATEST]1"))]
        #expect(messages(try run("GetLogEvents", place)) == ["START", "a\u{0}b"])
        service.buffer.append(["END"], group: "/aws/lambda/f", stream: "2026/[$LATEST]1", account: "111111111111", region: "eu-west-1")
        #expect(messages(try run("FilterLogEvents", [place[0]])).last == "END")
        // A group that is removed comes back with the next line, as on AWS.
        service.buffer.append(["gone"], group: "/aws/lambda/f", stream: "2026/[$LATEST]1", account: "111111111111", region: "eu-west-1")
        try run("DeleteLogGroup", [place[0]])
        #expect(refusal("FilterLogEvents", [place[0]])?.code == "ResourceNotFoundException")
        service.pause()
        service.buffer.append(["lost"], group: "/aws/lambda/f", stream: "s", account: "111111111111", region: "eu-west-1")
        service.resume()
        service.buffer.append(["kept"], group: "/aws/lambda/f", stream: "s", account: "111111111111", region: "eu-west-1")
        #expect(messages(try run("FilterLogEvents", [place[0]])) == ["kept"])
    }

    @Test func `lists of groups and streams go on where they ended`() throws {
        for number in 0..<7 { try run("CreateLogGroup", [("logGroupName", .string("/team/\(number)"))]) }
        var (seen, token): ([String], Document?) = ([], nil)
        repeat {
            let answer = try run("DescribeLogGroups", [("logGroupNamePrefix", .string("/team/")), ("limit", .integer(3)), ("nextToken", token)])
            seen += (answer["logGroups"]?.listIfAny ?? []).compactMap { $0["logGroupName"]?.textIfAny }
            token = answer["nextToken"]
        } while token != nil && seen.count < 20
        #expect(seen == (0..<7).map { "/team/\($0)" })
        try make()
        for number in 0..<4 { try run("CreateLogStream", [stream[0], ("logStreamName", .string("s\(number)"))]) }
        try put([(now + 5, "x")], to: "s2")
        try put([(now + 9, "x")], to: "s0")
        for (order, descending, expected) in [
            ("LogStreamName", false, ["s", "s0", "s1", "s2", "s3"]), ("LogStreamName", true, ["s3", "s2", "s1", "s0", "s"]),
            ("LastEventTime", true, ["s0", "s2", "s3", "s1", "s"]), ("LastEventTime", false, ["s", "s1", "s3", "s2", "s0"]),
        ] {
            var (seen, token): ([String], Document?) = ([], nil)
            repeat {
                let more: [(name: String, value: Document?)] = [
                    ("orderBy", .string(order)), ("descending", .boolean(descending)), ("limit", .integer(2)), ("nextToken", token),
                ]
                let answer = try run("DescribeLogStreams", [stream[0]] + more)
                seen += (answer["logStreams"]?.listIfAny ?? []).compactMap { $0["logStreamName"]?.textIfAny }
                token = answer["nextToken"]
            } while token != nil && seen.count < 20
            #expect(seen == expected)
        }
    }
}
