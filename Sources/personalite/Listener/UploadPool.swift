import NIOPosix
import Synchronization

/// The few threads on which upload sinks are called. They start with the first upload, so a door without one does not pay for them.
package final class UploadPool: Sendable {
    private let size: Int
    private let threads = Mutex<NIOThreadPool?>(nil)

    package init(threads: Int) {
        size = threads
    }

    func run(_ work: @escaping @Sendable () -> Void) {
        let pool = threads.withLock { pool in
            if let pool { return pool }
            let fresh = NIOThreadPool(numberOfThreads: size)
            fresh.start()
            pool = fresh
            return fresh
        }
        pool.submit { _ in work() }
    }

    /// Lets the work under way end and the threads go.
    package func stop() {
        let pool = threads.withLock { $0.take() }
        pool?.shutdownGracefully { _ in }
    }
}
