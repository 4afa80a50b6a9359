package import SQLite
import ServiceKit
import Streams
import Wire

/// The wrapped keys of streams inside one transaction. They are settings, by the stream's id and the key's number.
package struct StreamKeyTable {
    private let settings: SettingTable

    init(_ database: Database) { settings = SettingTable(database) }

    private static let prefix = "kinesis/stream-key/"

    private static func prefix(_ stream: UInt64) -> String { "\(prefix)\(stream)/" }

    /// Also what a key is bound to.
    static func setting(_ name: StreamKeys.Name) -> String { "\(prefix(name.stream))\(name.number)" }

    /// Every stream's, the oldest of each first; what has a name that is none is left out.
    func all() throws -> [(name: StreamKeys.Name, wrapped: [UInt8])] {
        try settings.all(below: Self.prefix)
            .compactMap { name, value in Self.name(name).map { ($0, value) } }
            .sorted { ($0.name.stream, $0.name.number) < ($1.name.stream, $1.name.number) }
    }

    private static func name(_ setting: String) -> StreamKeys.Name? {
        let parts = setting.dropFirst(prefix.count).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let stream = UInt64(parts[0]), let number = UInt32(parts[1]) else { return nil }
        return StreamKeys.Name(stream: stream, number: number)
    }

    /// Why a setting is not the key of a stream that its name says it is; nil when it looks like one, or is of something else. Whether it opens only the
    /// master key could tell.
    package static func fault(_ setting: String, _ value: [UInt8]) -> String? {
        guard setting.hasPrefix(prefix) else { return nil }
        guard name(setting) != nil else { return "this is no name of a stream's key" }
        return MasterKey.isWrapped(value) ? nil : "this is no key of a stream"
    }

    /// The number of a stream's newest key; 0 when it has none.
    func newestNumber(of stream: UInt64) throws -> UInt32 {
        try settings.all(below: Self.prefix(stream)).compactMap { Self.name($0.name)?.number }.max() ?? 0
    }

    func add(_ wrapped: [UInt8], _ name: StreamKeys.Name) throws { try settings.set(Self.setting(name), wrapped) }

    func removeAll(of stream: UInt64) throws { try settings.removeAll(below: Self.prefix(stream)) }

    func removeAll() throws { try settings.removeAll(below: Self.prefix) }

    /// Whether a directory has records that only a key opens.
    package static func isUsed(_ database: Database) throws -> Bool { try !SettingTable(database).all(below: prefix).isEmpty }
}
