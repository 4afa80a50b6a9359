import ServiceKit
import Wire

/// A prefix of objects with expressions in it: `logs/!{timestamp:yyyy}/!{firehose:random-string}/`.
struct PrefixExpression: Sendable {
    enum Part: Sendable {
        case text(String)
        case timestamp(JavaDatePattern)
        case random
        case errorType
        /// A key that the query has found, or that the function has given.
        case partitionKey(KeySource, String)
    }

    enum KeySource: String, Sendable {
        case query = "partitionKeyFromQuery"
        case function = "partitionKeyFromLambda"
    }

    struct Fault: Error {
        var reason: String
    }

    private(set) var parts: [Part] = []
    private static let randomLength = 11
    /// The types that objects of failures have here.
    static let processingFailed = "processing-failed"
    static let endpointFailed = "http-endpoint-failed"

    init(_ text: String) throws(Fault) {
        var rest = text[...]
        while let start = rest.firstRange(of: "!{") {
            if start.lowerBound != rest.startIndex { parts.append(.text(String(rest[..<start.lowerBound]))) }
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else { throw Fault(reason: "the expression is not closed") }
            parts.append(try Self.part(rest[start.upperBound..<end]))
            rest = rest[rest.index(after: end)...]
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
    }

    private static func part(_ expression: Substring) throws(Fault) -> Part {
        let halves = expression.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2 else { throw Fault(reason: "!{\(expression)} has no namespace") }
        switch (halves[0], halves[1]) {
        case ("timestamp", let pattern):
            do throws(JavaDatePattern.Fault) { return .timestamp(try JavaDatePattern(String(pattern))) } catch {
                throw Fault(reason: "!{\(expression)}: \(error.reason)")
            }
        case ("firehose", "random-string"): return .random
        case ("firehose", "error-output-type"): return .errorType
        case (let namespace, let name) where KeySource(rawValue: String(namespace)) != nil && !name.isEmpty:
            return .partitionKey(KeySource(rawValue: String(namespace)) ?? .query, String(name))
        default: throw Fault(reason: "!{\(expression)} is no expression")
        }
    }

    var hasExpressions: Bool {
        parts.contains { if case .text = $0 { false } else { true } }
    }

    var hasTimestamp: Bool {
        parts.contains { if case .timestamp = $0 { true } else { false } }
    }

    /// The keys of partitions in it, of one source.
    func partitionKeys(_ source: KeySource) -> [String] {
        parts.compactMap { if case .partitionKey(source, let name) = $0 { name } else { nil } }
    }

    var hasPartitionKeys: Bool { !partitionKeys(.query).isEmpty || !partitionKeys(.function).isEmpty }

    var hasErrorType: Bool {
        parts.contains { if case .errorType = $0 { true } else { false } }
    }

    /// The most bytes that it can come to, without the keys of partitions.
    var longest: Int {
        parts.reduce(0) { length, part in
            switch part {
            case .text(let literal): length + literal.utf8.count
            case .timestamp(let pattern): length + pattern.longest
            case .random: length + Self.randomLength
            case .errorType: length + Self.endpointFailed.utf8.count
            case .partitionKey: length
            }
        }
    }

    /// - Parameters:
    ///   - errorType: such as `processing-failed`; nil for records that were delivered.
    ///   - keys: of the partition.
    func evaluated(at time: Timestamp, errorType: String?, keys: PartitionKeys = PartitionKeys()) -> String {
        parts.reduce(into: "") { text, part in
            switch part {
            case .text(let literal): text += literal
            case .timestamp(let pattern): text += pattern.text(time)
            case .random: text += Self.random()
            case .errorType: text += errorType ?? ""
            case .partitionKey(.query, let name): text += keys.query[name] ?? ""
            case .partitionKey(.function, let name): text += keys.function[name] ?? ""
            }
        }
    }

    /// Eleven letters and digits.
    private static func random() -> String {
        String((0..<randomLength).map { _ in "abcdefghijklmnopqrstuvwxyz0123456789".randomElement() ?? "0" })
    }

    // MARK: The two prefixes of a destination

    /// A prefix without a timestamp has the hour behind it.
    static let hour = "!{timestamp:yyyy/MM/dd/HH/}"

    static func delivered(_ prefix: String) throws(Fault) -> PrefixExpression {
        let expression = try PrefixExpression(prefix)
        guard !expression.hasErrorType else { throw Fault(reason: "!{firehose:error-output-type} can be used in ErrorOutputPrefix only") }
        return expression.hasTimestamp ? expression : try PrefixExpression(prefix + hour)
    }

    /// - Parameter errorPrefix: nil stands behind the prefix of what is delivered.
    static func failed(_ errorPrefix: String?, _ prefix: String) throws(Fault) -> PrefixExpression {
        // One that has keys of partitions has an error prefix of its own.
        guard let errorPrefix else { return try PrefixExpression("\(prefix)!{firehose:error-output-type}/\(hour)") }
        let expression = try PrefixExpression(errorPrefix)
        guard !expression.hasPartitionKeys else { throw Fault(reason: "keys of partitions can be used in Prefix only") }
        if expression.hasExpressions {
            guard expression.hasErrorType else { throw Fault(reason: "ErrorOutputPrefix has expressions and no !{firehose:error-output-type}") }
            return expression
        }
        return try PrefixExpression("\(errorPrefix)!{firehose:error-output-type}/\(hour)")
    }
}
