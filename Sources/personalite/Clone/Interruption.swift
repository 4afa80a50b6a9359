import Dispatch
import Glibc
import Synchronization

/// Ctrl-C while a command is at long work: the first one is noted, so that the work ends where nothing is left half done; a second one ends the process.
final class Interruption: Sendable {
    private let received = Mutex<Int32?>(nil)

    /// Keeps the signals from every thread that is started after it; so it is made before there are any.
    init() {
        var ends = ProcessSetup.endSignals
        pthread_sigmask(SIG_BLOCK, &ends, nil)
        DispatchQueue(label: "signals").async { [self] in watch() }
    }

    /// - Throws: when a signal has come, with the exit code that a shell expects then.
    func check() throws(CommandFault) {
        guard let signal = received.withLock({ $0 }) else { return }
        throw CommandFault("Interrupted.", exitCode: 128 + signal)
    }

    private func watch() {
        var ends = ProcessSetup.endSignals
        while true {
            var signal: Int32 = 0
            guard sigwait(&ends, &signal) == 0 else { return }
            let number = signal
            let isFirst = received.withLock { received in
                defer { received = received ?? number }
                return received == nil
            }
            if !isFirst { _exit(128 + number) }
        }
    }
}
