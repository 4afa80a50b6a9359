import Recommend
import ServiceKit
import Shapes
import Wire

/// The work of an update of a recommender: the model that it is to answer from.
struct RecommenderUpdateWork: ResourceWork {
    typealias Body = Personalize.Recommender

    let context: WorkContext
    let trainer: ModelTrainer
    let models: ModelStore
    let serving: Serving

    func run(_ arn: String, _ call: Call) throws(ServiceError) {
        let found = try resources(call) { table -> (Resource<Personalize.RecommenderUpdateSummary>, TrainingSubject)? in
            guard let recommender = try table.find(arn, as: Personalize.Recommender.self), let update = try table.update(of: recommender),
                update.lifecycle.needsWork
            else { return nil }
            return (update, try TrainingSubject(recommender, update.body.recommenderConfig, model: update.id.model, table, call))
        }
        guard let (update, subject) = found else { return }
        let outcome = trainer.train(subject)
        if case .trained(let training, _) = outcome { try models.put(training.model, as: subject.model) }
        let call = call.later(context.time.now)
        try resources(call) { table in
            guard var recommender = try table.find(arn, as: Personalize.Recommender.self), var ended = try table.update(of: recommender),
                ended.id == update.id
            else { return table.afterCommit { [models] _ in models.remove(subject.model) } }
            switch outcome {
            case .interrupted, .stopped: return
            case .failed(let reason):
                ended.body.failureReason = reason
                ended.lifecycle.finish(at: call.now, as: .createFailed)
                return try table.update(ended)
            case .trained(let training, _):
                ended.lifecycle.finish(at: call.now, as: .active)
                recommender.body.modelMetrics = training.evaluation.metrics
            }
            try table.update(ended)
            try table.update(recommender)
            if ended.lifecycle.status == .active { try table.complete(ended, of: Personalize.Recommender.self) }
            recommender.body.take(ended.body)
            try serving.deploy(recommender, model: subject.model, update: ended.lifecycle, table, call)
        }
    }

    func fail(_ arn: String, _ reason: String, _ call: Call) throws(ServiceError) {
        let call = call.later(context.time.now)
        try resources(call) { table in
            guard let recommender = try table.find(arn, as: Personalize.Recommender.self), var update = try table.update(of: recommender),
                update.lifecycle.needsWork
            else { return }
            update.body.failureReason = reason
            update.lifecycle.finish(at: call.now, as: .createFailed)
            try table.update(update)
        }
    }
}
