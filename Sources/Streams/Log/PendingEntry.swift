/// An entry that was appended, and is on its way to the disk: nobody may hear that it is kept before it is decided.
///
/// It cannot be copied, and whoever has it has to say by `whenDecided` who hears of it, once: dropping it is a fault that a debug build traps.
package struct PendingEntry: ~Copyable, Sendable {
    let position: LogPosition
    private let log: RecordLog
    private var isAsked = false

    init(_ position: LogPosition, in log: RecordLog) {
        self.position = position
        self.log = log
    }

    deinit {
        assert(isAsked, "an entry of the log was appended, and nobody waits for it")
    }

    /// Where it will stand; segment 0 in a log that keeps nothing.
    package var framePosition: FramePosition { FramePosition(position) }

    /// The segment it goes to.
    package var segment: UInt64 { position.segment }

    /// Calls `body` once the entry is as safe as the log's policy promises, or could not be kept; at once, on this thread, when that is known already.
    /// Bodies that have to wait are called in the order of their entries, on the log's thread, with no lock held.
    package consuming func whenDecided(_ body: @escaping @Sendable (Result<Void, LogError>) -> Void) {
        isAsked = true
        if log.isImmediate { body(.success(())) } else { log.afterCommit(position, body) }
    }
}
