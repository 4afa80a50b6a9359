import SQLite
import ServiceKit
import Shapes
import Wire

/// An account's commitment to a minimum of throughput, in one region. It is what warm throughput asks for; nothing is billed here.
struct BillingCommitment: Equatable {
    /// Since when it holds; nil when it never did.
    var started: Timestamp?
    /// When it was, or will be, over; nil while nobody has ended it.
    var ended: Timestamp?

    /// A commitment lasts a day at least.
    private static let shortest = 86_400.0

    var earliestEnd: Timestamp? { started?.advanced(bySeconds: Self.shortest) }

    func isEnabled(at now: Timestamp) -> Bool {
        started != nil && ended.map { $0 > now } ?? true
    }

    /// Begins it; one that is to end goes on instead.
    mutating func enable(at now: Timestamp) {
        if !isEnabled(at: now) { started = now }
        ended = nil
    }

    /// Ends it, now or at the end of its first day.
    mutating func disable(at now: Timestamp) {
        guard isEnabled(at: now), ended == nil, let earliestEnd else { return }
        ended = max(now, earliestEnd)
    }

    func output(at now: Timestamp) -> Kinesis.MinimumThroughputBillingCommitmentOutput {
        let isEnabled = isEnabled(at: now)
        return Kinesis.MinimumThroughputBillingCommitmentOutput(
            status: !isEnabled ? "DISABLED" : ended == nil ? "ENABLED" : "ENABLED_UNTIL_EARLIEST_ALLOWED_END",
            startedAt: started,
            endedAt: isEnabled ? nil : ended,
            earliestAllowedEndAt: isEnabled ? earliestEnd : nil
        )
    }
}

extension BillingCommitment {
    /// Every account's and region's begin with this.
    static let settings = "kinesis/commitment/"

    private static func name(_ call: Call) -> String { "\(settings)\(call.account)/\(call.region)" }

    init(_ database: Database, _ call: Call) throws {
        guard let document = try SettingTable(database).document(Self.name(call)) else { return }
        started = document["started"]?.numberIfAny.map { Timestamp(seconds: $0) }
        ended = document["ended"]?.numberIfAny.map { Timestamp(seconds: $0) }
    }

    func save(_ database: Database, _ call: Call) throws {
        let fields: [(String, Document)] = [
            ("started", started.map { .timestamp($0) } ?? .null), ("ended", ended.map { .timestamp($0) } ?? .null),
        ]
        try SettingTable(database).set(Self.name(call), .object(Document.Fields(fields)))
    }
}
