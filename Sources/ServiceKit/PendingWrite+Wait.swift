package import Wire

extension PendingWrite {
    /// Returns when the write is on the disk as `--sync` promises it; for threads that may wait, as those of jobs.
    /// - Throws: `InternalFailure` when it could not be brought there.
    package func wait() throws(ServiceError) {
        let failed = LaterValue<(any Error)?>()
        whenSafe { failed.set($0) }
        if let failure = failed.wait() { throw .internalFailure(failure) }
    }
}
