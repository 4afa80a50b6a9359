import ArgumentParser
import Wire

/// `personalite logs`: what a function wrote, or what is in a group of CloudWatch Logs.
struct ShowLogs: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show what a function wrote, or the events of a log group.",
        discussion: """
            A name that is no group's is a function's, whose group is /aws/lambda/NAME. Times are the server's.

              personalite logs put-events
              personalite logs put-events --follow --since 10m
              personalite logs /aws/lambda/put-events --filter ERROR
            """
    )

    @Argument(help: "A function, or a log group.") var name: String
    @Option(help: ArgumentHelp("How far back: seconds, or with a unit, such as 90s, 15m, 2h, 7d.", valueName: "time")) var since = "10m"
    @Option(help: ArgumentHelp("A filter pattern of terms, such as ERROR or '?WARN ?ERROR'.", valueName: "pattern")) var filter: String?
    @Flag(help: "Go on with what comes, until the command is interrupted.") var follow = false
    @OptionGroup var server: ClientOptions
    @OptionGroup var form: OutputOptions

    func validate() throws {
        if ShowClock.seconds(since) == nil { throw ValidationError("--since takes a time such as 90s, 15m, 2h or 7d.") }
    }

    /// Milliseconds: events that come later may be so much older than the newest that was shown.
    private static let overlap: Int64 = 10_000

    func carryOut() throws(CommandFault) {
        let client = try server.client()
        let now = try client.admin("GET", "clock")["now"]?.numberIfAny ?? WallClock.wall
        let oldest = Timestamp(seconds: max(0, now - (ShowClock.seconds(since) ?? 0))).milliseconds
        let group = try group(client)
        var start = max(0, oldest)
        var shown: [String: Int64] = [:]
        while true {
            for event in try events(of: group, from: start, client) {
                let (id, time) = (event["eventId"]?.textIfAny ?? "", event["timestamp"]?.integerIfAny ?? 0)
                guard shown.updateValue(time, forKey: id) == nil else { continue }
                show(event, time)
            }
            guard follow else { return }
            start = max(start, (shown.values.max() ?? 0) - Self.overlap)
            shown = shown.filter { $0.value >= start }
            WallClock.pause(milliseconds: 300)
        }
    }

    /// A group of that name, else that of the function.
    private func group(_ client: ServerClient) throws(CommandFault) -> String {
        let candidates = name.contains("/") ? [name] : [name, "/aws/lambda/\(name)"]
        let input: [(String, Document)] = [("logGroupIdentifiers", .list(candidates.map { .string($0) }))]
        let answer = try client.call("Logs_20140328.DescribeLogGroups", service: "logs", input)
        let found = (answer["logGroups"]?.listIfAny ?? []).compactMap { $0["logGroupName"]?.textIfAny }
        guard let group = candidates.first(where: { found.contains($0) }) else {
            throw CommandFault("There is no log group \(candidates.joined(separator: ", and no ")); a function has one once it was invoked.")
        }
        return group
    }

    private func events(of group: String, from start: Int64, _ client: ServerClient) throws(CommandFault) -> [Document] {
        try Pages.all("FilterLogEvents", "nextToken") { (token) throws(CommandFault) in
            var input: [(String, Document)] = [("logGroupName", .string(group)), ("startTime", .integer(start))]
            if let filter { input.append(("filterPattern", .string(filter))) }
            if let token { input.append(("nextToken", .string(token))) }
            let answer = try client.call("Logs_20140328.FilterLogEvents", service: "logs", input)
            return (answer["events"]?.listIfAny ?? [], answer["nextToken"]?.textIfAny)
        }
    }

    private func show(_ event: Document, _ time: Int64) {
        let message = event["message"]?.textIfAny ?? ""
        if form.isJSON {
            let members = ["timestamp", "logStreamName", "message"].map { (name: $0, value: event[$0]) }
            return form.write(.members(members))
        }
        let console = Console()
        let text = message.hasSuffix("\n") ? String(message.dropLast()) : message
        console.line("\(console.faint(DateWords.of(Double(time) / 1000))) \(text)")
    }
}
