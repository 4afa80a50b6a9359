import PersonalizeEmulator
import ServiceKit
import Synchronization
import Wire

/// `/_personalite/live`: what the server was asked, and the work that goes on, as server-sent events. It looks four times a second and has no thread.
final class LiveFeed: ResponseStream {
    private struct State {
        var seen: Int64
        /// The last `work` that was told.
        var work: WorkProgress?
        var quiet = 0
        var lastLook: ContinuousClock.Instant?
    }

    private static let pause: Int64 = 250
    /// After so many looks without news a comment is sent, so that whoever is gone is found out.
    private static let quietLooks = 40

    private let requests: RequestLog
    private let words: RequestWords
    private let work: @Sendable () -> WorkProgress?
    private let state: Mutex<State>

    init(_ requests: RequestLog, _ words: RequestWords, work: @escaping @Sendable () -> WorkProgress?) {
        self.requests = requests
        self.words = words
        self.work = work
        state = Mutex(State(seen: requests.newest))
        requests.follow()
    }

    func next(isEnding: Bool, _ wake: @escaping @Sendable () -> Void) -> StreamPiece {
        if isEnding { return .last([]) }
        return state.withLock { state in
            // Who has just been told something asks again at once.
            let now = ContinuousClock.now
            if let last = state.lastLook {
                let left = Self.pause - Int64(last.duration(to: now) / .milliseconds(1))
                if left > 0 { return .pending(milliseconds: left) }
            }
            state.lastLook = now
            var text: [UInt8] = []
            let fresh = requests.entries(after: state.seen)
            if let last = fresh.last {
                state.seen = last.number
                text += Self.event("requests", .list(fresh.suffix(Self.most).map { words.document($0, isWhole: false) }))
            }
            let current = work()
            if current != state.work {
                state.work = current
                text += Self.event("work", .list(current.map { [$0.document] } ?? []))
            }
            state.quiet = text.isEmpty ? state.quiet + 1 : 0
            if !text.isEmpty { return .bytes(text) }
            if state.quiet % Self.quietLooks == 1 { return .bytes(Array(": \n\n".utf8)) }
            return .pending(milliseconds: Self.pause)
        }
    }

    /// Of one look; a page shows no more.
    private static let most = 200

    func close() { requests.unfollow() }

    private static func event(_ name: String, _ document: Document) -> [UInt8] {
        Array("event: \(name)\ndata: ".utf8) + JSON.write(document) + Array("\n\n".utf8)
    }
}

extension WorkProgress {
    var document: Document {
        .members([
            ("arn", .string(arn)), ("phase", phase.map { .string($0) }), ("fraction", fraction.map { .double($0) }),
            ("secondsLeft", secondsLeft.map { .double($0) }),
            ("figure", figure.map { .members([("name", .string($0.name)), ("value", .double($0.value))]) }),
        ])
    }
}
