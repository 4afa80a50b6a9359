import Logging
import ServiceKit
import Shapes
import Synchronization
import Wire

/// Work that something threw out of: its resource fails, with the reason.
struct UnendedWork: Sendable {
    var kind: WorkKind
    var arn: String
    var reason: String
    var call: Call
}

/// However work ends, its resource comes to a status: if that cannot be written now, it is once the disk takes writes again.
extension PersonalizeService {
    func end(_ work: UnendedWork) {
        do throws(ServiceError) {
            try fail(work)
        } catch {
            log.error(
                "the status of \(work.arn) could not be written and is tried again each second",
                metadata: ["reason": "\(work.reason)", "cause": "\(JobFailure.reason(error))"]
            )
            unended.withLock { $0.append(work) }
        }
    }

    /// Tries again to write what could not be written.
    func endUnended() {
        let waiting = unended.withLock { unended in
            defer { unended.removeAll() }
            return unended
        }
        for work in waiting {
            do throws(ServiceError) {
                try fail(work)
                log.info("the status of \(work.arn) was written", metadata: ["reason": "\(work.reason)"])
            } catch {
                unended.withLock { $0.append(work) }
            }
        }
    }

    private func fail(_ work: UnendedWork) throws(ServiceError) {
        switch work.kind {
        case .datasetImport: try fail(work, Personalize.DatasetImportJob.self) { $0.failureReason = work.reason }
        case .training: try fail(work, Personalize.SolutionVersion.self) { $0.failureReason = work.reason }
        case .recommender:
            try fail(work, Personalize.Recommender.self) { $0.failureReason = work.reason }
            try publish(work.arn, work.call)
        case .recommenderUpdate: try failUpdate(work)
        // It goes on as it was.
        case .recommenderRetraining: return
        case .export: try fail(work, Personalize.DatasetExportJob.self) { $0.failureReason = work.reason }
        case .deletion: try fail(work, Personalize.DataDeletionJob.self) { $0.failureReason = work.reason }
        case .batchInference: try fail(work, Personalize.BatchInferenceJob.self) { $0.failureReason = work.reason }
        case .batchSegment: try fail(work, Personalize.BatchSegmentJob.self) { $0.failureReason = work.reason }
        }
    }

    /// Leaves a resource alone whose work came to its end before something threw.
    private func fail<Body: ResourceBody>(_ work: UnendedWork, _ type: Body.Type, _ change: (inout Body) -> Void) throws(ServiceError) {
        let call = work.call.later(time.now)
        try resources(call) { table in
            guard var resource = try table.find(work.arn, as: type), resource.lifecycle.needsWork else { return }
            change(&resource.body)
            resource.lifecycle.finish(at: call.now, as: .createFailed)
            try table.update(resource)
        }
    }

    private func failUpdate(_ work: UnendedWork) throws(ServiceError) {
        let call = work.call.later(time.now)
        try resources(call) { table in
            guard let recommender = try table.find(work.arn, as: Personalize.Recommender.self), var update = try table.update(of: recommender),
                update.lifecycle.needsWork
            else { return }
            update.body.failureReason = work.reason
            update.lifecycle.finish(at: call.now, as: .createFailed)
            try table.update(update)
        }
    }
}
