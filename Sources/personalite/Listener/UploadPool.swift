import NIOPosix
import ServiceKit
import Synchronization

/// The few threads on which upload sinks are called. They start with the first upload, so a listener without one does not pay for them.
package final class UploadPool: Sendable {
    private let size: Int
    private let budget: Int
    private let threads = Mutex<NIOThreadPool?>(nil)
    private let uploads = Atomic(0)

    /// - Parameter budget: bytes of all uploads together that may wait for their sinks.
    package init(threads: Int, budget: Int = 12 << 20) {
        size = threads
        self.budget = budget
    }

    /// One upload more, or one fewer when `count` is -1.
    func join(_ count: Int = 1) {
        uploads.add(count, ordering: .relaxed)
    }

    /// What one of the uploads under way may let wait. A few reads' worth is left to each, however many there are.
    var share: Int {
        max(128 << 10, budget / max(1, uploads.load(ordering: .relaxed)))
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
