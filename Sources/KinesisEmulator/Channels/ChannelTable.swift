import SQLite
import ServiceKit
import Wire

/// Channels and how far they have come, inside one transaction.
struct ChannelTable {
    private static let kind = "kinesis-channel"
    private static let progressKind = "kinesis-channel-progress"

    private let database: Database

    init(_ database: Database) { self.database = database }

    private func records(_ account: String, _ region: String) -> RecordTable { RecordTable(database, account: account, region: region) }

    /// Those that are there at `now`, by name.
    func all(account: String, region: String, at now: Timestamp) throws -> [Channel] {
        try records(account, region).list(Self.kind).compactMap { Channel($0.body, account: account, region: region) }
            .map { $0.settled(at: now) }.filter { $0.status != .deleted }
    }

    func all(of stream: HostedStream, at now: Timestamp) throws -> [Channel] {
        try all(account: stream.key.account, region: stream.key.region, at: now).filter { $0.streamID == stream.id }
    }

    func find(_ name: String, account: String, region: String, at now: Timestamp) throws -> Channel? {
        let channel = try kept(name, account: account, region: region)?.settled(at: now)
        return channel?.status == .deleted ? nil : channel
    }

    /// The one of that name, also when its deletion is over.
    func kept(_ name: String, account: String, region: String) throws -> Channel? {
        try records(account, region).find(Self.kind, name).flatMap { Channel($0.body, account: account, region: region) }
    }

    func put(_ channel: Channel) throws {
        try records(channel.resource.account, channel.resource.region).put(Self.kind, channel.name, channel.body)
    }

    /// Its tags and its progress go with it.
    func remove(_ channel: Channel) throws {
        let records = records(channel.resource.account, channel.resource.region)
        try records.remove(Self.kind, channel.name)
        try records.remove(Self.progressKind, channel.name)
        try database.execute("DELETE FROM tag WHERE resource = ?", [channel.resource.text])
    }

    func progress(of channel: Channel) throws -> ChannelProgress {
        let body = try records(channel.resource.account, channel.resource.region).find(Self.progressKind, channel.name)?.body
        return body.map { ChannelProgress($0) } ?? ChannelProgress()
    }

    func save(_ progress: ChannelProgress, of channel: Channel) throws {
        try records(channel.resource.account, channel.resource.region).put(Self.progressKind, channel.name, progress.body)
    }

    /// Every channel of every account; nil stands for a body that is none.
    func everything() throws -> [(name: String, channel: Channel?)] {
        try database.fetchAll("SELECT account, region, name FROM record WHERE kind = ?", [Self.kind]).map { row in
            let row = StoredRow(row, of: "record", namedBy: 2)
            let (account, region, name) = (try row.text(0), try row.text(1), try row.text(2))
            let body = try records(account, region).find(Self.kind, name)?.body
            return (name, body.flatMap { Channel($0, account: account, region: region) })
        }
    }
}
