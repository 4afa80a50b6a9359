import Dispatch
import Synchronization
package import Wire

extension PendingWrite {
    /// Returns when the write is on the disk as `--sync` promises it; for threads that may wait, as those of jobs.
    /// - Throws: `InternalFailure` when it could not be brought there.
    package func wait() throws(ServiceError) {
        let done = DispatchSemaphore(value: 0)
        let failed = Mutex<(any Error)?>(nil)
        whenSafe { failure in
            failed.withLock { $0 = failure }
            done.signal()
        }
        done.wait()
        if let failure = failed.withLock({ $0 }) { throw .internalFailure(failure) }
    }
}
