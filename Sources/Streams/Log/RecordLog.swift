import Synchronization

/// An append-only log of small entries in a directory of segment files.
///
/// Appending is thread-safe and total: positions grow in the order the appends happened. What `append` returns may not be on the disk yet, and has
/// to be asked when it is as safe as the policy promises. A log without a directory keeps nothing and commits at once.
///
/// `close()` must be called before the last reference goes: the log's thread holds one too.
package final class RecordLog: Sendable {
    /// When an entry counts as committed.
    package enum SyncPolicy: Hashable, Sendable {
        /// When the operating system has it: it survives the end of the process, and within `milliseconds` a power cut too.
        case interval(milliseconds: Int)
        /// When the disk has it. Entries that arrive while the disk works share the next sync.
        case always

        package static let everySecond = SyncPolicy.interval(milliseconds: 1000)
    }

    /// A new segment is begun when an entry would take the current one beyond this many bytes.
    package static let segmentSize = 64 << 20
    /// Bytes that may wait for the disk under `always` before `append` refuses more.
    package static let maxBacklog = 256 << 20

    let directory: String
    let files: any LogFileSystem
    let policy: SyncPolicy
    let rollAt: Int
    /// True for a log without a directory.
    package let keepsNothing: Bool
    /// What is kept of each segment for the next start.
    let summaries: [LogSummaryKind]
    let work = LogSignal()
    let checkpointWork = LogSignal()
    let stop = LogSignal()
    let state: Mutex<State>
    let damage = Mutex(Damage())
    private let openerBox = Mutex<(any RecordOpener)?>(nil)
    /// Locked after `state` by those who lock both.
    let manifest: Mutex<LogManifest>

    struct State: Sendable {
        /// The segment that is written to; nil before the first entry, and after a failure that spoiled it.
        var active: LogSegment?
        /// Size of every segment on disk but the active one.
        var sealed: [UInt64: Int] = [:]
        var nextNumber: UInt64 = 1
        /// The serial of the next append, and the first one that is not decided yet.
        var nextSerial: UInt64 = 1
        var committed: UInt64 = 1
        var failures: [LogFailure] = []
        var waiting: [LogWaiter] = []
        var buffer: [UInt8] = []
        /// Batches for the writing thread, oldest first, under `always`.
        var batches: [LogBatch] = []
        var backlog = 0
        /// Sealed segments with bytes that no sync has covered yet, under `interval`.
        var unsynced: [LogSegment] = []
        var isDirty = false
        var syncFailure: LogError?
        var thread: LogThread?
        /// Segments that were sealed in this life and have no checkpoint yet.
        var fresh: [UInt64] = []
        /// The segment that the writing thread is writing to, under `always`.
        var inHand: UInt64?
        var checkpointThread: LogThread?
        /// What the segment that is written to held at the start, until `recover` takes it.
        var tail: RecordLog.RecoveredSegment?
        var isClosed = false
    }

    init(
        directory: String,
        files: any LogFileSystem,
        policy: SyncPolicy,
        rollAt: Int,
        keepsNothing: Bool,
        summaries: [LogSummaryKind] = [],
        manifest: LogManifest,
        state: consuming State
    ) {
        self.manifest = Mutex(manifest)
        self.summaries = summaries
        self.directory = directory
        self.files = files
        self.policy = policy
        self.rollAt = rollAt
        self.keepsNothing = keepsNothing
        self.state = Mutex(state)
    }

    /// A log that keeps nothing: each append is committed at once, and there is nothing to read back.
    package static func inMemory() -> RecordLog {
        RecordLog(
            directory: "",
            files: PosixFileSystem(),
            policy: .everySecond,
            rollAt: segmentSize,
            keepsNothing: true,
            manifest: LogManifest(log: 0),
            state: State()
        )
    }

    /// What opens the sealed entries that are read back; without it they are as if damaged.
    package var opener: (any RecordOpener)? {
        get { openerBox.withLock { $0 } }
        set { openerBox.withLock { $0 = newValue } }
    }

    /// Appends one entry.
    ///
    /// - Parameter kind: the caller's own mark, handed back on reading.
    package func append(kind: UInt8, payload: [UInt8]) throws(LogError) -> PendingEntry {
        try append(kind: kind, pieces: CollectionOfOne(payload[...]))
    }

    /// Appends one entry whose payload is the pieces one after the other.
    package func append(kind: UInt8, pieces: some Collection<ArraySlice<UInt8>>) throws(LogError) -> PendingEntry {
        let size = pieces.reduce(0) { $0 + $1.count }
        return try append(kind: kind, size: size) { bytes in
            for piece in pieces { bytes.append(contentsOf: piece) }
        }
    }

    /// Appends one entry that `fill` writes behind what the buffer has already; it must add `size` bytes.
    func append(kind: UInt8, size: Int, fill: (inout [UInt8]) -> Void) throws(LogError) -> PendingEntry {
        guard size <= LogFrame.maxPayload else { throw .tooLarge(bytes: size) }
        if keepsNothing { return PendingEntry(LogPosition(segment: 0, offset: 0), in: self) }
        var wakes = false
        let position = try state.withLock { state throws(LogError) in
            if state.isClosed { throw .closed }
            try startThread(&state)
            switch policy {
            case .interval: return try write(kind: kind, size: size, fill: fill, to: &state, wakes: &wakes)
            case .always: return try queue(kind: kind, size: size, fill: fill, on: &state, wakes: &wakes)
            }
        }
        if wakes { work.raise() }
        return PendingEntry(position, in: self)
    }

    /// What `PendingEntry.whenDecided` promises.
    func afterCommit(_ position: LogPosition, _ body: @escaping @Sendable (Result<Void, LogError>) -> Void) {
        let known = state.withLock { state -> Result<Void, LogError>? in
            if position.serial < state.committed { return state.result(of: position.serial) }
            state.wait(LogWaiter(serial: position.serial, body: body))
            return nil
        }
        if let known { body(known) }
    }

    /// Drawn when the log was made: whoever keeps it can tell this log from another in its place.
    package var identity: UInt64 { manifest.withLock { $0.log } }

    /// The segments that there are, and how many bytes of each are certain to have been on the disk.
    package var syncedBytes: [(segment: UInt64, bytes: Int)] {
        manifest.withLock { manifest in manifest.segments.map { (segment: $0.key, bytes: $0.value.bytes) } }
    }

    package static func fileName(of segment: UInt64) -> String { LogSegment.name(segment) }

    /// The last failure of a background sync; appended entries were in the hands of the operating system all the same.
    package var syncFailure: LogError? {
        state.withLock { $0.syncFailure }
    }
}

/// Entries that could not be written: serials from `first` up to but without `end`.
struct LogFailure: Sendable {
    var first: UInt64
    var end: UInt64
    var error: LogError
}

/// Someone who wants to know about the entry with this serial.
struct LogWaiter: Sendable {
    let serial: UInt64
    let body: @Sendable (Result<Void, LogError>) -> Void
}

extension RecordLog.State {
    func result(of serial: UInt64) -> Result<Void, LogError> {
        for failure in failures where failure.first <= serial && serial < failure.end { return .failure(failure.error) }
        return .success(())
    }

    /// Serials mostly come in order, so the search from the back ends at once.
    mutating func wait(_ waiter: LogWaiter) {
        var index = waiting.endIndex
        while index > 0, waiting[index - 1].serial > waiter.serial { index -= 1 }
        waiting.insert(waiter, at: index)
    }

    /// Remembers that a range failed. Old failures are forgotten beyond a thousand: whoever asks, asks right after appending.
    mutating func fail(_ range: Range<UInt64>, _ error: LogError) {
        guard !range.isEmpty else { return }
        if let last = failures.last, last.end == range.lowerBound, last.error == error {
            failures[failures.endIndex - 1].end = range.upperBound
        } else {
            failures.append(LogFailure(first: range.lowerBound, end: range.upperBound, error: error))
            if failures.count > 1000 { failures.removeFirst() }
        }
    }

    /// Takes those who wait for a serial below `committed`.
    mutating func takeDecided() -> [(LogWaiter, Result<Void, LogError>)] {
        let count = waiting.prefix { $0.serial < committed }.count
        let taken = waiting.prefix(count).map { ($0, result(of: $0.serial)) }
        waiting.removeFirst(count)
        return taken
    }
}
