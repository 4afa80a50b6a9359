import SQLite
import ServiceKit
import Streams
import Wire

/// The most that a minute brought to an on-demand stream, on each day of the last 30.
struct OnDemandPeak: Sendable, Equatable {
    /// Of one minute.
    struct Most: Sendable, Equatable {
        var bytes: Int
        var records: Int
    }

    /// Since when the stream is watched.
    private(set) var since: Timestamp
    /// By days since the epoch.
    private(set) var days: [Int64: Most] = [:]

    /// Days for which capacity is kept.
    static let memory: Int64 = 30
    private static let day: Int64 = 86_400_000
    /// Milliseconds since the epoch: some 30,000 years, beyond which nothing that is kept is believed.
    private static let latest = 1e15

    init(since: Timestamp) { self.since = since }

    /// Takes in a minute, on the day that it was of.
    /// - Returns: whether anything has changed.
    mutating func note(_ minute: LoadedMinute, at now: Timestamp) -> Bool {
        let before = self
        let (today, day) = (now.milliseconds.flooredQuotient(by: Self.day), (minute.minute * LoadedMinute.length).flooredQuotient(by: Self.day))
        let known = days[day] ?? Most(bytes: 0, records: 0)
        days[day] = Most(bytes: max(known.bytes, minute.bytes), records: max(known.records, minute.records))
        // What is still to come is of a clock that was set back.
        days = days.filter { today - Self.memory <= $0.key && $0.key <= today }
        since = min(since, now)
        return self != before
    }

    /// Shards that carry twice the peak of the last 30 days, if each gets its share.
    func shards(at now: Timestamp, _ limits: ThroughputLimits) -> Int {
        let today = now.milliseconds.flooredQuotient(by: Self.day)
        let recent = days.filter { today - Self.memory <= $0.key }.values
        let (bytes, records) = (recent.map(\.bytes).max() ?? 0, recent.map(\.records).max() ?? 0)
        let seconds = Double(LoadedMinute.length) / 1000
        let needed = max(Double(bytes) / Double(limits.bytesWrittenPerSecond), Double(records) / Double(limits.recordsPerSecond)) / seconds
        return Int(min((2 * needed).rounded(.up), Double(KinesisService.maximumShards)))
    }

    /// Whether the stream was watched for so long that what the last 30 days had is known.
    func isWhole(at now: Timestamp) -> Bool {
        now.milliseconds - since.milliseconds >= Self.memory * Self.day
    }
}

/// As it is kept, as a setting.
extension OnDemandPeak {
    /// Every stream's begin with this.
    static let settings = "kinesis/on-demand/"

    static func setting(of stream: Int64) -> String { "\(settings)\(stream)" }

    /// - Returns: nil when nothing is kept, or what is kept is no such thing: the stream is watched anew then, and shrinks the later for it.
    init?(_ database: Database, of stream: Int64) throws {
        guard let document = try SettingTable(database).document(Self.setting(of: stream)), let since = document["Since"]?.integerIfAny,
            abs(Double(since)) < Self.latest, case .list(let days)? = document["Days"]
        else { return nil }
        self.since = Timestamp(milliseconds: since)
        for entry in days.prefix(Int(Self.memory) + 1) {
            guard let day = entry["Day"]?.integerIfAny, let bytes = entry["Bytes"]?.integerIfAny, let records = entry["Records"]?.integerIfAny,
                abs(Double(day)) < Self.latest, bytes >= 0, records >= 0
            else { return nil }
            self.days[day] = Most(bytes: Int(bytes), records: Int(records))
        }
    }

    /// Forgets what a stream had to carry.
    static func remove(_ database: Database, of stream: Int64) throws {
        try SettingTable(database).remove(setting(of: stream))
    }

    func save(_ database: Database, of stream: Int64) throws {
        let entries = days.sorted { $0.key < $1.key }.map { day, most -> Document in
            .object(Document.Fields([("Day", .integer(day)), ("Bytes", .integer(Int64(most.bytes))), ("Records", .integer(Int64(most.records)))]))
        }
        let body = Document.object(Document.Fields([("Since", .integer(since.milliseconds)), ("Days", .list(entries))]))
        try SettingTable(database).set(Self.setting(of: stream), body)
    }
}
