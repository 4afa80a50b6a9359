import Dispatch
import Logging
import ServiceKit
import Streams
import Synchronization
import Wire

/// The reference app's delivery stream: raw records, one after the other, in objects of a bucket.
final class ReferenceArchive: RecordTaker {
    static let bucket = "my-stream-archive"
    /// An object is written when so much has gathered, or so many seconds after its first record.
    static let objectBytes = 1 << 20
    static let interval = 5.0

    private let objects: any ObjectSink
    private let checkpoints: Checkpoints
    private let queue: DispatchQueue
    private let call: @Sendable () -> Call
    private let log: Logger
    private let state = Mutex(State())

    private struct State {
        var bytes: [UInt8] = []
        /// When the first of the gathered records was taken.
        var began: Timestamp?
        var positions: [Int32: ShardPosition] = [:]
        /// Readers that wait until there is capacity again.
        var held: [@Sendable () -> Void] = []
        var isTimed = false
    }

    init(
        objects: any ObjectSink,
        checkpoints: Checkpoints,
        queue: DispatchQueue,
        log: Logger,
        call: @escaping @Sendable () -> Call
    ) {
        self.objects = objects
        self.checkpoints = checkpoints
        self.queue = queue
        self.log = log
        self.call = call
    }

    func take(_ page: RecordPage, of shard: Int32, _ go: @escaping @Sendable () -> Void) {
        let now = call().now
        let isFull = state.withLock { state in
            page.forEach { state.bytes.append(contentsOf: $0.data) }
            state.began = state.began ?? now
            state.positions[shard] = page.next
            state.held.append(go)
            return state.bytes.count >= Self.objectBytes
        }
        if isFull { flush() } else { release() }
        setTimer()
    }

    /// Writes what has gathered. What cannot be written stays, and is tried again; meanwhile no more is taken than fits.
    func flush() {
        let call = call()
        let (bytes, positions) = state.withLock { ($0.bytes, $0.positions) }
        guard !positions.isEmpty else { return }
        do throws(ServiceError) {
            if !bytes.isEmpty { try objects.write(bucket: Self.bucket, key: Self.key(call.now), bytes, call) }
        } catch {
            log.error(
                "records could not be archived",
                metadata: ["bytes": "\(bytes.count)", "cause": "\(error.cause.map { "\($0)" } ?? error.message ?? error.code)"]
            )
            return
        }
        state.withLock { state in
            state.bytes = []
            state.began = nil
            state.positions = [:]
        }
        checkpoints.save(positions.values)
        release()
    }

    /// Writes what has gathered if it has waited long enough.
    func flushIfDue() {
        let now = call().now
        let isDue = state.withLock { state in
            state.isTimed = false
            return state.began.map { $0.advanced(bySeconds: Self.interval) <= now } ?? false
        }
        if isDue { flush() }
        setTimer()
    }

    private func release() {
        let held = state.withLock { state in
            guard state.bytes.count < Self.objectBytes else { return [@Sendable () -> Void]() }
            defer { state.held = [] }
            return state.held
        }
        for go in held { go() }
    }

    /// There is a timer only while something waits for it.
    private func setTimer() {
        let isNeeded = state.withLock { state in
            guard state.began != nil, !state.isTimed else { return false }
            state.isTimed = true
            return true
        }
        if isNeeded { queue.asyncAfter(deadline: .now() + Self.interval) { [weak self] in self?.flushIfDue() } }
    }

    /// `YYYY/MM/DD/HH/my-stream-1-YYYY-MM-DD-HH-MM-SS-UUID`, as a delivery stream names its objects.
    static func key(_ now: Timestamp) -> String {
        let text = Array(SigningDate.format(now))
        let parts = [text[0..<4], text[4..<6], text[6..<8], text[9..<11], text[11..<13], text[13..<15]].map { String($0) }
        return "\(parts[0..<4].joined(separator: "/"))/my-stream-1-\(parts.joined(separator: "-"))-\(UUIDText.random())"
    }
}
