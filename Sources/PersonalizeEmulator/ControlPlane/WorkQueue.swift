import Logging
import ServiceKit
import Synchronization
import Wire

/// Runs the work of resources, one after the other. However it ends, its resource comes to a status: if that cannot be written now, it is once
/// the disk takes writes again.
final class WorkQueue: Sendable {
    /// Work that something threw out of, whose resource has yet to be told.
    private struct Unended: Sendable {
        var work: any ResourceWork
        var arn: String
        var reason: String
        var call: Call
    }

    private let context: WorkContext
    /// Follows work that was done.
    private let served: ServedData
    private let unended = Mutex<[Unended]>([])

    init(_ context: WorkContext, served: ServedData) {
        self.context = context
        self.served = served
    }

    /// Queues the work of a resource once the transaction is committed; when it runs it reads the resource again and finds everything there.
    func start(_ work: any ResourceWork, _ arn: String, _ table: ResourceTable, _ call: Call) {
        table.afterCommit { [self] _ in context.jobs.run(arn) { [self] in run(work, arn, call) } }
    }

    private func run(_ work: any ResourceWork, _ arn: String, _ call: Call) {
        do throws(ServiceError) {
            try work.run(arn, call.later(context.time.now))
            served.prepare()
        } catch {
            context.log.error(
                "work on \(arn) was given up",
                metadata: ["cause": "\(error.cause.map { "\($0)" } ?? error.message ?? error.code)"]
            )
            end(Unended(work: work, arn: arn, reason: JobFailure.reason(error), call: call))
        }
    }

    private func end(_ unended: Unended) {
        do throws(ServiceError) {
            try fail(unended)
        } catch {
            context.log.error(
                "the status of \(unended.arn) could not be written and is tried again each second",
                metadata: ["reason": "\(unended.reason)", "cause": "\(JobFailure.reason(error))"]
            )
            self.unended.withLock { $0.append(unended) }
        }
    }

    private func fail(_ unended: Unended) throws(ServiceError) {
        try unended.work.fail(unended.arn, unended.reason, unended.call.later(context.time.now))
    }

    /// Tries again to write what could not be written.
    func endUnended() {
        let waiting = unended.withLock { unended in
            defer { unended.removeAll() }
            return unended
        }
        for unended in waiting {
            do throws(ServiceError) {
                try fail(unended)
                context.log.info("the status of \(unended.arn) was written", metadata: ["reason": "\(unended.reason)"])
            } catch {
                self.unended.withLock { $0.append(unended) }
            }
        }
    }

    /// Whether every resource whose work has ended knows it.
    var isEmpty: Bool {
        unended.withLock { $0.isEmpty }
    }

    /// Forgets what could not be written: its resources are gone.
    func removeAll() {
        unended.withLock { $0.removeAll() }
    }
}
