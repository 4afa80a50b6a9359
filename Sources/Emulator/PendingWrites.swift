import Dispatch
import Streams
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

    /// An entry of the record log.
    init(_ position: LogPosition, in log: RecordLog) {
        self.init { done in
            log.afterCommit(position) { result in
                if case .failure(let error) = result { done(error) } else { done(nil) }
            }
        }
    }

    /// Records on their way into the shards of a stream.
    init(_ commit: PendingCommit) {
        self.init { done in
            commit.whenDecided { outcomes in
                for case .failed(let error) in outcomes { return done(error) }
                done(nil)
            }
        }
    }
}
