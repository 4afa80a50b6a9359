import ServiceKit
import Synchronization
import Wire

/// The newest requests and how they were answered, in memory, a thousand at most.
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

    private struct State {
        /// A ring once it is full.
        var entries: [Entry] = []
        var next = 0
        var count: Int64 = 0
    }

    static let capacity = 1000
    /// Of what was sent, and of what a refusal answered.
    static let maximumBody = 8192

    private let followers = Atomic<Int>(0)
    private let state = Mutex(State())

    /// Whoever follows has every request noted, until `unfollow`.
    func follow() { followers.wrappingAdd(1, ordering: .relaxed) }

    func unfollow() { followers.wrappingSubtract(1, ordering: .relaxed) }

    /// `reply`, which also notes the request if it is to be noted.
    func noting(_ request: WireRequest, _ call: Call, _ reply: @escaping @Sendable (WireResponse) -> Void) -> @Sendable (WireResponse) -> Void {
        let started = ContinuousClock.now
        return { [self] response in
            if response.status >= 400 || followers.load(ordering: .relaxed) > 0 { note(request, call, response, since: started) }
            reply(response)
        }
    }

    func note(_ request: WireRequest, _ call: Call, _ response: WireResponse, since started: ContinuousClock.Instant) {
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
            bodyBytes: request.body.count,
            status: response.status,
            requestID: id ?? call.requestID,
            answer: answer
        )
        state.withLock { state in
            var entry = entry
            state.count += 1
            entry.number = state.count
            guard state.entries.count == Self.capacity else { return state.entries.append(entry) }
            state.entries[state.next] = entry
            state.next = (state.next + 1) % Self.capacity
        }
    }

    /// The number of the newest entry; 0 when there is none.
    var newest: Int64 { state.withLock { $0.count } }

    /// Those after a number, oldest first.
    func entries(after number: Int64 = 0) -> [Entry] {
        state.withLock { state in
            let wanted = Int(min(Int64(state.entries.count), max(0, state.count - number)))
            let ordered = state.entries[state.next...] + state.entries[..<state.next]
            return Array(ordered.suffix(wanted))
        }
    }

    func removeAll() {
        state.withLock { state in
            state.entries = []
            state.next = 0
        }
    }
}
