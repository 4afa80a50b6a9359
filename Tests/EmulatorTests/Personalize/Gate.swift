import Dispatch
import Foundation
import Logging

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

/// Keeps the queue of jobs busy until it is opened, so that what is asked for meanwhile has not begun.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    init(_ jobs: Jobs) {
        jobs.run("gate") { [semaphore] in semaphore.wait() }
    }

    func open() {
        semaphore.signal()
    }
}

extension Gate {
    /// Stops the jobs while the gate is shut, as the end of a process does: what waits is not begun.
    struct Stopper {
        private let done = DispatchSemaphore(value: 0)

        init(_ jobs: Jobs) {
            let begun = DispatchSemaphore(value: 0)
            DispatchQueue.global().async { [done] in
                begun.signal()
                jobs.stop()
                done.signal()
            }
            begun.wait()
            while !jobs.isStopping {}
        }

        func wait() {
            done.wait()
        }
    }
}

/// A log that tells of each message.
struct WatchedLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    private let heard: @Sendable (String) -> Void

    init(_ heard: @escaping @Sendable (String) -> Void) {
        self.heard = heard
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        heard(event.message.description)
    }
}

/// A folder of its own, gone when the last reference is.
final class TemporaryFolder: Sendable {
    let path = FileManager.default.temporaryDirectory.appending(path: "personalite-\(UInt64.random(in: 0 ... .max))").path()

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
