import ServiceKit
import Synchronization
import Wire

/// The newest requests and how they were answered, in memory: a thousand, and two hundred refusals beside them, which no success pushes out.
///
/// While nobody follows (`/_personalite/live`) only refusals are kept, so that whoever comes to find out why a request failed still finds it; all
/// others cost one look at a flag. While somebody follows, every request is noted: one lock, and no copy of its body.
final class RequestLog: Sendable {
    /// One request. Its words are made when they are asked for, and not when it is noted.
    struct Entry: Sendable {
        /// From 1 on; none is given twice.
        var number: Int64
        /// The server's time.
        var at: Timestamp
        var milliseconds: Double
        /// Its body cut to `maximumBody`.
        var request: WireRequest
        var bodyBytes: Int
        var status: Int
        var requestID: String
        /// Of a refusal, as it was answered.
        var answer: [UInt8]
    }

    /// The newest of some kind.
    private struct Ring {
        let capacity: Int
        private var entries: [Entry] = []
        private var next = 0

        init(capacity: Int) { self.capacity = capacity }

        mutating func add(_ entry: Entry) {
            guard entries.count == capacity else { return entries.append(entry) }
            entries[next] = entry
            next = (next + 1) % capacity
        }

        /// Those after a number, oldest first.
        func entries(after number: Int64) -> [Entry] {
            var found: [Entry] = []
            for back in 1...capacity {
                guard back <= entries.count else { break }
                let entry = entries[(next + entries.count - back) % entries.count]
                guard entry.number > number else { break }
                found.append(entry)
            }
            return found.reversed()
        }
    }

    private struct State {
        var refusals = Ring(capacity: 200)
        var others = Ring(capacity: 1000)
        var count: Int64 = 0
    }

    /// Of what was sent, and of what a refusal answered.
    static let maximumBody = 8192

    private let followers = Atomic<Int>(0)
    private let state = Mutex(State())

    /// Whoever follows has every request noted, until `unfollow`.
    func follow() { followers.wrappingAdd(1, ordering: .relaxed) }

    func unfollow() { followers.wrappingSubtract(1, ordering: .relaxed) }

    /// `reply`, which also notes the request if it is to be noted.
    /// - Parameter received: bytes of a body that is not in the request.
    func noting(
        _ request: WireRequest,
        _ call: Call,
        received: Int = 0,
        _ reply: @escaping @Sendable (WireResponse) -> Void
    ) -> @Sendable (WireResponse) -> Void {
        let started = ContinuousClock.now
        return { [self] response in
            if response.status >= 400 || followers.load(ordering: .relaxed) > 0 {
                note(request, call, response, bytes: request.body.count + received, since: started)
            }
            reply(response)
        }
    }

    private func note(_ request: WireRequest, _ call: Call, _ response: WireResponse, bytes: Int, since started: ContinuousClock.Instant) {
        let taken = started.duration(to: .now).components
        var kept = request
        if kept.body.count > Self.maximumBody { kept.body = Array(kept.body.prefix(Self.maximumBody)) }
        var answer: [UInt8] = []
        if response.status >= 400, case .bytes(let bytes) = response.body { answer = Array(bytes.prefix(Self.maximumBody)) }
        let id = response.headers.first { $0.name == "x-amzn-requestid" || $0.name == "x-amz-request-id" }?.value
        let entry = Entry(
            number: 0,
            at: call.now,
            milliseconds: Double(taken.seconds) * 1000 + Double(taken.attoseconds) / 1e15,
            request: kept,
            bodyBytes: bytes,
            status: response.status,
            requestID: id ?? call.requestID,
            answer: answer
        )
        state.withLock { state in
            var entry = entry
            state.count += 1
            entry.number = state.count
            if entry.status >= 400 { state.refusals.add(entry) } else { state.others.add(entry) }
        }
    }

    /// The number of the newest entry; 0 when there is none.
    var newest: Int64 { state.withLock { $0.count } }

    /// Those after a number, oldest first.
    func entries(after number: Int64 = 0) -> [Entry] {
        let (refusals, others) = state.withLock { ($0.refusals.entries(after: number), $0.others.entries(after: number)) }
        return (refusals + others).sorted { $0.number < $1.number }
    }

    /// - Returns: nil when it is not kept any more.
    func entry(_ number: Int64) -> Entry? {
        entries(after: number - 1).first.flatMap { $0.number == number ? $0 : nil }
    }

    func removeAll() {
        state.withLock { state in
            let count = state.count
            state = State()
            state.count = count
        }
    }
}

extension Emulator {
    /// The same admission, with what is answered without `answer` noted too; an upload's body is not kept.
    func noted(_ head: WireRequest, _ admission: Admission) -> Admission {
        let call = Call(account: configuration.account, region: configuration.region, now: parts.time.now, requestID: "")
        switch admission {
        case .collect: return admission
        case .stream(let sink): return .stream(ReplySink(sink) { [parts] in parts.requests.noting(head, call, received: $0, $1) })
        case .refuse(let response):
            parts.requests.noting(head, call) { _ in }(response)
            return admission
        }
    }
}
