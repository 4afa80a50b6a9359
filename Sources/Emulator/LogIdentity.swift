import SQLite
import ServiceKit
import Streams

/// Which record log belongs to a database: without it, a log that is gone, or another's in its place, would be an empty one.
enum LogIdentity {
    static let setting = "log"

    /// - Returns: nil when the database has never seen a log.
    static func known(_ settings: SettingTable) throws -> UInt64? {
        guard let bytes = try settings[setting], bytes.count == 8 else { return nil }
        return bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    static func keep(_ identity: UInt64, _ settings: SettingTable) throws {
        try settings.set(setting, withUnsafeBytes(of: identity.bigEndian) { Array($0) })
    }

    /// A log that is not the database's, in words of whoever starts the server.
    static func failure(_ mismatch: LogMismatch, _ directory: String) -> StartFailure {
        StartFailure(
            """
            \(directory)/log \(mismatch.rawValue). Put the right one back, or let "personalite check --data-dir \(directory) --repair" go on without it; \
            nothing was changed.
            """
        )
    }
}
