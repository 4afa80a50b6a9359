package import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Brings files that were written, and directories that got entries, to the disk within a second, many with one look.
package final class DelayedSync: Sendable {
    private struct State {
        var paths: Set<String> = []
        var isScheduled = false
    }

    private static let interval = DispatchTimeInterval.milliseconds(900)

    package let queue = DispatchQueue(label: "sync", qos: .utility)
    private let state = Mutex(State())
    private let failed: @Sendable (_ path: String, _ failure: FileFailure) -> Void

    /// - Parameter failed: called with each file that could not be synced; it is tried again with the next.
    package init(failed: @escaping @Sendable (_ path: String, _ failure: FileFailure) -> Void) {
        self.failed = failed
    }

    /// A file has new bytes, or a directory new entries. Never waits.
    package func note(_ path: String) {
        let begins = state.withLock { state in
            state.paths.insert(path)
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if begins { queue.asyncAfter(deadline: .now() + Self.interval) { [self] in sync() } }
    }

    /// The paths that wait for their sync.
    package var noted: Set<String> {
        state.withLock { $0.paths }
    }

    /// Returns when everything noted so far is on the disk.
    package func flush() {
        queue.sync { sync() }
    }

    private func sync() {
        let paths = state.withLock { state in
            defer { state = State() }
            return state.paths
        }
        for path in paths {
            do throws(FileFailure) {
                try FileSync.sync(path)
            } catch {
                // A file that is gone needs no sync.
                guard error.code != ENOENT else { continue }
                failed(path, error)
                _ = state.withLock { $0.paths.insert(path) }
            }
        }
    }
}

/// Files and directories on their way to the disk.
package enum FileSync {
    /// Returns when a file's bytes, or a directory's entries, are on the disk.
    package static func sync(_ path: String) throws(FileFailure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFailure("open") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileFailure("fsync") }
    }
}
