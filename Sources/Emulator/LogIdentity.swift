import SQLite
import ServiceKit
import Streams

/// Which record log belongs to a database: without it, a log that is gone, or another's in its place, would be an empty one.
enum LogIdentity {
    static let setting = "log"

    /// What is wrong with the log of a directory.
    enum Fault: String {
        case absent = "is not there, and with it the records and events that it held"
        case other = "is the record log of another data directory"
    }

    /// - Returns: nil when the database has never seen a log.
    static func known(_ settings: SettingTable) throws -> UInt64? {
        guard let bytes = try settings[setting], bytes.count == 8 else { return nil }
        return bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    static func keep(_ identity: UInt64, _ settings: SettingTable) throws {
        try settings.set(setting, withUnsafeBytes(of: identity.bigEndian) { Array($0) })
    }

    /// - Parameter known: what the database says.
    static func fault(_ directory: String, known: UInt64?) throws(LogError) -> Fault? {
        guard let known else { return nil }
        switch try RecordLog.stored(in: directory + "/log") {
        case .nothing: return .absent
        case .log(let identity): return identity == known ? nil : .other
        case .unknown: return nil
        }
    }

    /// - Throws: `StartFailure` for a log that is not the database's.
    static func check(_ directory: String, known: UInt64?) throws {
        guard let fault = try fault(directory, known: known) else { return }
        throw StartFailure(
            """
            \(directory)/log \(fault.rawValue). Put the right one back, or let "personalite check --data-dir \(directory) --repair" go on without it; \
            nothing was changed.
            """
        )
    }
}
