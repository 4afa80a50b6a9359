import Wire

/// What those who read a stream have before them.
struct StreamBacklog {
    /// In words; nil when they are done with all of it.
    var left: String?

    /// The server is asked who reads: it knows of event source mappings and subscriptions how far they are, of all others the newest GetRecords of each shard.
    /// - Throws: `CommandFault` for an ARN of something else, and with the service's refusal.
    init(_ arn: String, _ client: ServerClient) throws(CommandFault) {
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[2] == "kinesis", parts[5].hasPrefix("stream/"), parts[5].split(separator: "/").count == 2
        else {
            throw CommandFault("\(arn) is no stream; --drained waits for the readers of streams.")
        }
        self.init(try client.admin("GET", "readers", query: "streamArn=\(Percent.encode(arn))"))
    }

    /// - Parameter readers: what `/_personalite/readers` answered.
    init(_ readers: Document) {
        func list(_ name: String) -> [Document] { readers[name]?.listIfAny ?? [] }
        func text(_ document: Document, _ name: String) -> String { document[name]?.textIfAny ?? "" }
        let (mappings, subscriptions, unread) = (list("mappings"), list("subscriptions"), list("unread").compactMap(\.textIfAny))
        if let busy = mappings.first(where: { $0["isIdle"] != .boolean(true) }) {
            left = "the mapping \(text(busy, "uuid")) to \(text(busy, "functionArn")) is not done with it (\(text(busy, "result")))"
        } else if let late = subscriptions.first(where: { $0["isAtEnd"] != .boolean(true) }) {
            left = "the consumer \(text(late, "consumer")) has not had all of \(text(late, "shardId"))"
        } else if mappings.isEmpty, !unread.isEmpty {
            left = "nobody has read \(unread.joined(separator: ", ")) to the end"
        }
    }
}
