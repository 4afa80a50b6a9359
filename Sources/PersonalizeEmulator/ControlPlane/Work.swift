import Logging
import ServiceKit
import Wire

/// The kinds of real work that a resource waits for.
enum WorkKind {
    case datasetImport
    case training
    case recommender
    case recommenderUpdate
    case recommenderRetraining
    case export
    case deletion
    case batchInference
    case batchSegment
}

extension PersonalizeService {
    /// Puts the work of a resource into the queue once the transaction is committed; when it runs it reads the resource again and finds
    /// everything there.
    func start(_ kind: WorkKind, _ arn: String, _ table: ResourceTable, _ call: Call) {
        table.afterCommit { [self] _ in jobs.run(arn) { [self] in work(kind, arn, call) } }
    }

    private func work(_ kind: WorkKind, _ arn: String, _ call: Call) {
        do throws(ServiceError) {
            switch kind {
            case .datasetImport: try importDataset(arn, call.later(time.now))
            case .training: try trainSolutionVersion(arn, call.later(time.now))
            case .recommender: try trainRecommender(arn, call.later(time.now))
            case .recommenderUpdate: try trainRecommenderUpdate(arn, call.later(time.now))
            case .recommenderRetraining: try retrainRecommender(arn, call.later(time.now))
            case .export: try exportDataset(arn, call.later(time.now))
            case .deletion: try deleteUsers(arn, call.later(time.now))
            case .batchInference: try inferBatch(arn, call.later(time.now))
            case .batchSegment: try segmentBatch(arn, call.later(time.now))
            }
            prepareServing()
        } catch {
            log.error("work on \(arn) was given up", metadata: ["cause": "\(error.cause.map { "\($0)" } ?? error.message ?? error.code)"])
            end(UnendedWork(kind: kind, arn: arn, reason: JobFailure.reason(error), call: call))
        }
    }

    /// Ends the work of a resource, unless it was deleted meanwhile.
    func finish<Body: ResourceBody>(
        _ arn: String,
        _ type: Body.Type,
        as outcome: Lifecycle.Status,
        _ call: Call,
        _ change: (inout Body) -> Void
    ) throws(ServiceError) {
        let call = call.later(time.now)
        try resources(call) { table in
            guard var resource = try table.find(arn, as: type) else { return }
            change(&resource.body)
            resource.lifecycle.finish(at: call.now, as: outcome)
            try table.update(resource)
        }
    }
}
