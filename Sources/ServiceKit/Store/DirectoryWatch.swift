import Dispatch
package import Logging
import Synchronization

/// Looks whether the data directory is still there, and still what it was. Files that are open can be written to when their names are gone or are
/// another file's, and nobody finds the bytes again: so writes are refused while something is missing.
package final class DirectoryWatch: Sendable {
    /// Seconds of the machine.
    private static let interval = 0.5

    /// A file of the record log, and how much of it has been on the disk.
    package struct Segment: Sendable {
        /// From the data directory on.
        var name: String
        var bytes: Int

        package init(name: String, bytes: Int) {
            self.name = name
            self.bytes = bytes
        }
    }

    private struct State {
        var isStopped = false
        /// What is missing, in words.
        var missing: String?
        /// What stood where segments stand, when they were first seen.
        var segments: [String: FileState] = [:]
    }

    private let directory: String
    private let log: Logger
    private let state = Mutex(State())
    /// What stands where names stood at the start.
    private let files: [(name: String, path: String, state: FileState)]
    private let queue = DispatchQueue(label: "data directory", qos: .utility)
    private let gone = Atomic(false)

    private let segments: @Sendable () -> [Segment]

    /// Called when everything is open.
    /// - Parameter segments: those that the record log needs now.
    package init(_ directory: String, log: Logger, segments: @escaping @Sendable () -> [Segment]) {
        self.directory = directory
        self.segments = segments
        self.log = log
        let names = ["", "lock", "personalite.sqlite", "personalite.sqlite-wal", "log", "objects"]
        files = names.compactMap { name in
            let path = name.isEmpty ? directory : "\(directory)/\(name)"
            return FileState(path: path).map { (name, path, $0) }
        }
        for segment in segments() {
            let seen = FileState(path: "\(directory)/\(segment.name)")
            state.withLock { $0.segments[segment.name] = seen }
        }
    }

    /// Whether writes would be lost.
    package var isGone: Bool { gone.load(ordering: .relaxed) }

    /// What callers that want to write are answered.
    package var reason: String {
        "The data directory \(directory) is not what it was (\(state.withLock { $0.missing } ?? "it is again")). Nothing is written until it is."
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
            log.error("the data directory is not what it was: writes are refused", metadata: ["directory": "\(directory)", "cause": "\(missing)"])
        } else if missing == nil, before != nil {
            log.notice("the data directory is what it was again: writes are taken", metadata: ["directory": "\(directory)"])
        }
    }

    private func missing() -> String? {
        for file in files {
            guard let now = FileState(path: file.path) else { return "\(file.path) is not there" }
            guard now.isSameFile(as: file.state) else { return "another file is in the place of \(file.path)" }
            // A database does not shrink while it is open.
            if file.name == "personalite.sqlite", now.size < file.state.size { return "\(file.path) was cut short" }
        }
        let known = state.withLock { $0.segments }
        var seen: [String: FileState] = [:]
        for segment in segments() {
            let path = "\(directory)/\(segment.name)"
            guard let now = FileState(path: path) else {
                // It may have been removed since it was asked for.
                if segments().contains(where: { $0.name == segment.name }) { return "\(path) is not there" }
                continue
            }
            let before = known[segment.name] ?? now
            guard now.isSameFile(as: before) else { return "another file is in the place of \(path)" }
            guard now.size >= segment.bytes else { return "\(path) was cut short" }
            seen[segment.name] = before
        }
        state.withLock { $0.segments = seen }
        return nil
    }
}
