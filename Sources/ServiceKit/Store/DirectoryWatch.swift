import Dispatch
package import Logging
import Synchronization

/// Looks whether the data directory is still there. Files that are open can be written to when their names are gone, and nobody finds the
/// bytes again: so writes are refused while something is missing.
package final class DirectoryWatch: Sendable {
    /// Seconds of the machine.
    private static let interval = 0.5

    private struct State {
        var isStopped = false
        /// What is missing, in words.
        var missing: String?
        /// The newest segment of the record log; older ones go when nothing in them is needed.
        var segment: String?
    }

    private let directory: String
    private let log: Logger
    private let state = Mutex(State())
    /// What stands where names stood at the start.
    private let files: [(name: String, path: String, state: FileState)]
    private let queue = DispatchQueue(label: "data directory", qos: .utility)
    private let gone = Atomic(false)

    /// Called when everything is open.
    package init(_ directory: String, log: Logger) {
        self.directory = directory
        self.log = log
        let names = ["", "lock", "personalite.sqlite", "personalite.sqlite-wal", "log", "objects"]
        files = names.compactMap { name in
            let path = name.isEmpty ? directory : "\(directory)/\(name)"
            return FileState(path: path).map { (name, path, $0) }
        }
    }

    /// Whether writes would be lost.
    package var isGone: Bool { gone.load(ordering: .relaxed) }

    /// What callers that want to write are answered.
    package var reason: String {
        "The data directory \(directory) is gone (\(state.withLock { $0.missing } ?? "it is back")). Nothing is written until it is back."
    }

    package func start() {
        queue.asyncAfter(deadline: .now() + Self.interval) { [weak self] in
            guard let self, !state.withLock({ $0.isStopped }) else { return }
            look()
            start()
        }
    }

    package func stop() {
        state.withLock { $0.isStopped = true }
        queue.sync {}
    }

    /// Looks now.
    package func look() {
        let missing = missing()
        let before = state.withLock { state in
            defer { state.missing = missing }
            return state.missing
        }
        gone.store(missing != nil, ordering: .relaxed)
        if let missing, missing != before {
            log.error("the data directory is gone: writes are refused", metadata: ["directory": "\(directory)", "missing": "\(missing)"])
        } else if missing == nil, before != nil {
            log.notice("the data directory is back: writes are taken again", metadata: ["directory": "\(directory)"])
        }
    }

    private func missing() -> String? {
        for file in files {
            guard let now = FileState(path: file.path), now.isSameFile(as: file.state) else { return file.path }
        }
        let segments = Directory.names("\(directory)/log").filter { $0.hasSuffix(".log") }
        return state.withLock { state in
            if let segment = state.segment, !segments.contains(segment) { return "\(directory)/log/\(segment)" }
            state.segment = segments.last
            return nil
        }
    }
}
