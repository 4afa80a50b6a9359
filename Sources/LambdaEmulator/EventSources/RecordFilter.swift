import ServiceKit
import Wire

/// Which records of a stream a function is to get: those that one of the patterns of its mapping matches
/// ("Control which events Lambda sends to your function", Lambda developer guide, 2026).
struct RecordFilter: Sendable {
    private static let maximum = 5
    private static let longestPattern = 4096

    private let patterns: [(pattern: EventPattern, asksData: Bool)]

    var isEmpty: Bool { patterns.isEmpty }

    /// Of what is kept: what cannot be read matches nothing, so that no record comes that was not asked for.
    init(_ criteria: Document?) {
        patterns = Self.texts(criteria).compactMap { text in (try? EventPattern(text)).map { ($0, Self.asksData(text)) } }
    }

    /// - Throws: in the words of Lambda, or that something is not carried out.
    static func check(_ criteria: Document?) throws(ServiceError) {
        let texts = texts(criteria)
        guard texts.count <= maximum else { throw .invalidParameter("Event source mapping supports at most \(maximum) filters.") }
        for text in texts {
            guard text.utf8.count <= longestPattern else { throw invalid("it has more than \(longestPattern) bytes") }
            do throws(EventPattern.Fault) {
                _ = try EventPattern(text)
            } catch {
                throw error.isNotHere ? .notHere(error.reason) : invalid(error.reason)
            }
        }
    }

    private static func invalid(_ reason: String) -> ServiceError {
        ServiceError(
            "InvalidParameterValueException",
            "Invalid filter pattern definition.",
            hint: reason.filter { $0.isASCII && !$0.isNewline }
        )
    }

    /// A filter without a pattern chooses nothing.
    private static func texts(_ criteria: Document?) -> [String] {
        (criteria?["Filters"]?.listIfAny ?? []).compactMap { $0["Pattern"]?.textIfAny }.filter { !$0.isEmpty }
    }

    private static func asksData(_ text: String) -> Bool { (try? JSON.parse(text))?["data"] != nil }

    func matches(_ record: StreamRecord) -> Bool {
        guard !patterns.isEmpty else { return true }
        let data = try? JSON.parse(record.data)
        let event = Document.members([
            ("kinesisSchemaVersion", .string("1.0")), ("partitionKey", .string(record.key)), ("sequenceNumber", .string(record.sequence)),
            ("approximateArrivalTimestamp", .double(Double(record.arrival) / 1000)), ("data", data),
        ])
        // Data that is no JSON matches no pattern that asks for any.
        return patterns.contains { (!$0.asksData || data != nil) && $0.pattern.matches(event) }
    }
}
