import Dispatch
import Glibc
import Synchronization

/// What becomes of the signals that are meant to end `personalite run`, which every thread must have blocked: while scripts prepare the server they end
/// those, and then they are the command's.
final class SignalWatch: Sendable {
    private struct State {
        var child: pid_t?
        /// Whether the command has ended: its number may be another process's by now.
        var isOver = false
        /// The first that came before the command was started.
        var received: Int32?
    }

    private let state = Mutex(State())
    private let ends: @Sendable () -> Void

    /// - Parameter ends: called when a signal comes before the command is there.
    init(_ ends: @escaping @Sendable () -> Void) {
        self.ends = ends
    }

    var received: Int32? { state.withLock { $0.received } }

    /// Waits for signals on a thread of its own, to the end of the process.
    func start() {
        DispatchQueue(label: "signals").async { [self] in watch() }
    }

    /// Starts the command, to which signals are handed on from then on; nil when one has come before.
    func handingOn<Fault: Error>(_ start: () throws(Fault) -> pid_t) throws(Fault) -> pid_t? {
        try state.withLock { state throws(Fault) -> pid_t? in
            guard state.received == nil else { return nil }
            let child = try start()
            state.child = child
            return child
        }
    }

    /// From now on signals are nobody's: the command has ended, and the server is about to.
    func release() {
        state.withLock { state in
            state.child = nil
            state.isOver = true
        }
    }

    private func watch() {
        var ends = ProcessSetup.endSignals
        while true {
            var details = siginfo_t()
            let signal = sigwaitinfo(&ends, &details)
            guard signal > 0 else { continue }
            let isEarly = state.withLock { state in
                if let child = state.child {
                    // Ctrl-C reaches the command by itself, for the terminal sends it to both; what somebody sends to this process alone is handed on.
                    if details.si_code <= 0 { kill(child, signal) }
                    return false
                }
                guard !state.isOver else { return false }
                state.received = state.received ?? signal
                return true
            }
            if isEarly { self.ends() }
        }
    }
}
