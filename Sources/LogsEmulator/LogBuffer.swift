import Dispatch
import Logging
import ServiceKit
import Synchronization
import Wire

/// What functions and stages write, until it is stored: within a tenth of a second, and before anybody reads.
///
/// Functions do not wait for the store. Who writes more than it can take loses what is too much, and the server's log says who; the others lose nothing.
final class LogBuffer: FunctionLog {
    /// Seconds of the machine.
    private static let delay = 0.1
    /// Of one stream, and of all.
    private static let maximumBytes = (ofStream: 2 << 20, ofAll: 32 << 20)
    private static let maximumLines = (ofStream: 20_000, ofAll: 200_000)
    /// Events of one transaction: others that wait for the store come between two.
    private static let atOnce = 2000

    private struct Place: Hashable {
        var account: String
        var region: String
        var group: String
        var stream: String
    }

    private struct Pending {
        var events: [(time: Int64, message: String)] = []
        var bytes = 0
        var lost = 0
    }

    private struct State {
        var pending: [Place: Pending] = [:]
        var bytes = 0
        var lines = 0
        var isScheduled = false
        /// Something was taken and is not in the store yet.
        var isStoring = false
        var isPaused = false

        mutating func take() -> [Place: Pending] {
            defer { (pending, bytes, lines, isScheduled) = ([:], 0, 0, false) }
            return pending
        }
    }

    private let state = Mutex(State())
    /// One after the other writes to the store.
    private let queue = DispatchQueue(label: "logs", qos: .utility)
    private let store: Store
    private let time: any TimeSource
    private let log: Logger

    init(store: Store, time: any TimeSource, log: Logger) {
        self.store = store
        self.time = time
        self.log = log
    }

    func append(_ lines: [String], group: String, stream: String, account: String, region: String) {
        let now = min(max(0, time.now.milliseconds), LogPosition.maximumTime)
        let place = Place(account: account, region: region, group: group, stream: stream)
        let isFirst = state.withLock { state in
            guard !state.isPaused else { return false }
            var own = state.pending.removeValue(forKey: place) ?? Pending()
            for line in lines {
                let size = LogEvent.size(line)
                guard own.bytes + size <= Self.maximumBytes.ofStream, own.events.count < Self.maximumLines.ofStream,
                    state.bytes + size <= Self.maximumBytes.ofAll, state.lines < Self.maximumLines.ofAll
                else {
                    own.lost += 1
                    continue
                }
                own.events.append((now, line))
                own.bytes += size
                state.bytes += size
                state.lines += 1
            }
            if !lines.isEmpty { state.pending[place] = own }
            guard !state.pending.isEmpty, !state.isScheduled else { return false }
            state.isScheduled = true
            return true
        }
        guard isFirst else { return }
        queue.asyncAfter(deadline: .now() + Self.delay) { [weak self] in self?.storePending() }
    }

    /// What was written until now is stored when this returns. Not to be called inside of a transaction.
    func flush() {
        guard state.withLock({ !$0.pending.isEmpty || $0.isStoring }) else { return }
        queue.sync { storePending() }
    }

    func pause() {
        queue.sync {
            state.withLock { state in
                state.isPaused = true
                _ = state.take()
            }
        }
    }

    func resume() { state.withLock { $0.isPaused = false } }

    private func storePending() {
        let pending = state.withLock { state in
            state.isStoring = true
            return state.take()
        }
        defer { state.withLock { $0.isStoring = false } }
        for (place, taken) in pending {
            if taken.lost > 0 {
                log.warning(
                    "a function or a stage writes more than can be kept",
                    metadata: ["group": "\(place.group)", "stream": "\(place.stream)", "lines lost": "\(taken.lost)"]
                )
            }
            var rest = taken.events[...]
            while !rest.isEmpty {
                let some = rest.prefix(Self.atOnce)
                rest = rest.dropFirst(Self.atOnce)
                do throws(ServiceError) {
                    try store.write { try Self.append(Array(some), to: place, $0, now: time.now) }
                } catch {
                    log.error(
                        "what a function or a stage wrote could not be stored",
                        metadata: ["group": "\(place.group)", "cause": "\(error.cause.map { "\($0)" } ?? error.message ?? error.code)"]
                    )
                    break
                }
            }
        }
    }

    /// Makes the group and the stream where they are not there, as Lambda does.
    private static func append(_ events: [(time: Int64, message: String)], to place: Place, _ transaction: Transaction, now: Timestamp) throws {
        let records = RecordTable(transaction.database, account: place.account, region: place.region)
        let table = LogTable(transaction.database)
        guard let group = try LogGroup.ensure(place.group, in: records, at: now) else {
            throw ServiceError("LimitExceededException", "There are \(LogGroup.maximum) log groups.")
        }
        let stream: LogStream
        if let found = try table.find(place.stream, group: group.id) {
            stream = found
        } else {
            // A process is a stream, and of processes there are always more.
            if try table.countStreams(account: place.account) >= LogTable.maximumStreams, let stalest = try table.stalest(account: place.account) {
                try table.remove(stalest)
            }
            stream = LogStream(
                id: transaction.newID(of: .logStream),
                account: place.account,
                group: group.id,
                name: place.stream,
                created: now
            )
            try table.insert(stream)
        }
        try table.append(events, to: stream, of: group, now: now) { transaction.newID(of: .logEvent) }
    }
}
