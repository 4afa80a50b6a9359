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
}
