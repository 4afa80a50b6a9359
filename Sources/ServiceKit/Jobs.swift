import Dispatch
import Synchronization

/// Real work on threads of its own: imports, training and exports, one after the other, in the order they were asked for.
///
/// What is to be done is written in the resources themselves, so that work cut off by a crash is found and run again.
package final class Jobs: Sendable {
    private struct State {
        var isStopping = false
        /// The ARN of the resource that is being worked on.
        var running: String?
        /// Whether the work in hand was told to end.
        var isCancelled = false
        var progress: WorkProgress?
    }

    private let queue = DispatchQueue(label: "jobs", qos: .utility)
    private let group = DispatchGroup()
    private let state = Mutex(State())

    package init() {}

    /// Whether the server is going down: long work looks at this between its steps and leaves its resource as it is.
    package var isStopping: Bool {
        state.withLock { $0.isStopping }
    }

    /// Whether the work in hand is to end: the server goes down, or nobody wants its result any more.
    package var mustEnd: Bool {
        state.withLock { $0.isStopping || $0.isCancelled }
    }

    /// Runs the work of a resource when its turn comes.
    package func run(_ arn: String, _ work: @escaping @Sendable () -> Void) {
        queue.async(group: group) { [self] in
            let goes = state.withLock { state in
                if state.isStopping { return false }
                (state.running, state.isCancelled, state.progress) = (arn, false, WorkProgress(arn: arn))
                return true
            }
            if goes { work() }
            state.withLock { ($0.running, $0.isCancelled, $0.progress) = (nil, false, nil) }
        }
    }

    /// Whether a resource is being worked on: otherwise the work has not begun, or is done.
    package func isRunning(_ arn: String) -> Bool {
        state.withLock { $0.running == arn }
    }

    /// How far the work in hand is; nil while there is none.
    package var progress: WorkProgress? { state.withLock { $0.progress } }

    /// Notes how far the work in hand is; work on something else is left alone.
    package func note(_ progress: WorkProgress) {
        state.withLock { state in
            if state.running == progress.arn { state.progress = progress }
        }
    }

    /// Tells the work of a resource to end at its next step, if it is being worked on.
    package func cancel(_ arn: String) {
        state.withLock { state in
            if state.running == arn { state.isCancelled = true }
        }
    }

    /// Waits until everything asked for so far is done.
    package func drain() {
        group.wait()
    }

    /// Ends the work in hand at its next step and starts no more.
    package func stop() {
        state.withLock { $0.isStopping = true }
        group.wait()
    }
}

/// How far the work of a resource is, as far as it says it.
package struct WorkProgress: Sendable, Equatable {
    package var arn: String
    package var phase: String?
    /// Of all work, 0 to 1.
    package var fraction: Double?
    /// At the pace so far.
    package var secondsLeft: Double?
    /// The newest figure of what is being learnt, with its name.
    package var figure: Figure?

    package struct Figure: Sendable, Equatable {
        package var name: String
        package var value: Double

        package init(name: String, value: Double) {
            self.name = name
            self.value = value
        }
    }

    package init(arn: String, phase: String? = nil, fraction: Double? = nil, secondsLeft: Double? = nil, figure: Figure? = nil) {
        self.arn = arn
        self.phase = phase
        self.fraction = fraction
        self.secondsLeft = secondsLeft
        self.figure = figure
    }
}
