import ServiceKit
import Wire

/// What stands before the names of a channel's objects, with expressions in it: `logs/!{timestamp:yyyy/MM/dd}/!{shard:id}/`.
struct ChannelKeyTemplate: Sendable {
    private enum Part: Sendable {
        case text(String)
        case timestamp(JavaDatePattern)
        case channelName, channelID, streamName, shardID
    }

    struct Fault: Error {
        var reason: String
    }

    static let usual = "!{channel:name}/!{timestamp:yyyy/MM/dd/HH}/"
    private var parts: [Part] = []

    init(_ text: String) throws(Fault) {
        var rest = text[...]
        while let start = rest.firstRange(of: "!{") {
            try add(rest[..<start.lowerBound])
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else { throw Fault(reason: "an expression is not closed") }
            parts.append(try Self.part(rest[start.upperBound..<end]))
            rest = rest[rest.index(after: end)...]
        }
        try add(rest)
    }

    private mutating func add(_ literal: Substring) throws(Fault) {
        guard !literal.contains(where: { "{}".contains($0) }) else { throw Fault(reason: "braces belong to expressions, such as !{shard:id}") }
        if !literal.isEmpty { parts.append(.text(String(literal))) }
    }

    private static func part(_ expression: Substring) throws(Fault) -> Part {
        switch expression {
        case "channel:name": return .channelName
        case "channel:id": return .channelID
        case "stream:name": return .streamName
        case "shard:id": return .shardID
        default:
            guard expression.hasPrefix("timestamp:") else { throw Fault(reason: "!{\(expression)} is no expression that personalite carries out") }
            do throws(JavaDatePattern.Fault) {
                return .timestamp(try JavaDatePattern(String(expression.dropFirst("timestamp:".count))))
            } catch {
                throw Fault(reason: "!{\(expression)}: \(error.reason)")
            }
        }
    }

    private static let longestName = 128
    private static let longestID = 64

    /// The most bytes that it can come to.
    var longest: Int {
        parts.reduce(0) { length, part in
            switch part {
            case .text(let literal): length + literal.utf8.count
            case .timestamp(let pattern): length + pattern.longest
            case .channelName, .streamName: length + Self.longestName
            case .channelID, .shardID: length + Self.longestID
            }
        }
    }

    func evaluated(_ channel: Channel, shard: String, at time: Timestamp) -> String {
        parts.reduce(into: "") { text, part in
            switch part {
            case .text(let literal): text += literal
            case .timestamp(let pattern): text += pattern.text(time)
            case .channelName: text += channel.name
            case .channelID: text += channel.resource.id
            case .streamName: text += channel.stream.name
            case .shardID: text += shard
            }
        }
    }
}
