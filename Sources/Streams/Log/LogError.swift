#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Why a log could not do what was asked; after each of them it is still usable, but for `closed`.
package enum LogError: Error, Hashable, Sendable {
    /// A call of the operating system failed with the `errno` given.
    case system(call: String, path: String, code: Int32)
    /// A payload above `LogFrame.maxPayload` bytes.
    case tooLarge(bytes: Int)
    /// More than `RecordLog.maxBacklog` bytes wait for the disk.
    case backlog(bytes: Int)
    /// An entry that was written is not there any more, or not whole.
    case damaged(segment: UInt64, offset: UInt64)
    /// The log was closed.
    case closed
    /// Records could not be encrypted, so they were not written.
    case notSealed
    /// A newer version wrote the segment.
    case newer(path: String)
    /// Segments that the manifest names are not there, or other files are in their places.
    case misplaced(directory: String, faults: [String])
    /// The directory does not hold the log that it should.
    case mismatch(directory: String, LogMismatch)
}

/// What is in the place of a log.
package enum LogMismatch: String, Hashable, Sendable {
    case absent = "is not there, and with it the records and events that it held"
    case other = "is the record log of another data directory"
}

extension LogError {
    /// Whether what was to be read is gone for good: reading it again would not bring it back.
    package var isPermanent: Bool {
        switch self {
        case .damaged: true
        case .system(_, _, let code): code == ENOENT
        default: false
        }
    }
}

extension LogError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .system(let call, let path, let code): "\(path): \(call): \(String(cString: strerror(code)))"
        case .tooLarge(let bytes): "an entry of \(bytes) bytes is too large for the log"
        case .backlog(let bytes): "\(bytes) bytes wait for the disk already"
        case .damaged(let segment, let offset): "the entry at offset \(offset) of log segment \(segment) is damaged"
        case .closed: "the log was closed"
        case .notSealed: "the records could not be encrypted"
        case .newer(let path): "\(path) was written by a newer version of personalite; nothing was changed"
        case .misplaced(let directory, let faults):
            "the log in \(directory) is not as it was left: \(faults.joined(separator: "; ")). Put back what was moved; nothing was changed"
        case .mismatch(let directory, let mismatch): "\(directory) \(mismatch.rawValue). Put the right one back; nothing was changed"
        }
    }
}
