import Recommend
import ServiceKit
import Shapes
import Wire

/// The work of a recommender at its creation: its use case's model.
struct RecommenderWork: ResourceWork {
    typealias Body = Personalize.Recommender

    let context: WorkContext
    let trainer: ModelTrainer
    let models: ModelStore
    let serving: Serving

    func run(_ arn: String, _ call: Call) throws(ServiceError) {
        let subject = try resources(call) { table -> TrainingSubject? in
            guard let recommender = try table.find(arn, as: Personalize.Recommender.self), recommender.lifecycle.needsWork else { return nil }
            return try TrainingSubject(recommender, recommender.body.recommenderConfig, model: recommender.id.model, table, call)
        }
        guard let subject else { return }
        switch trainer.train(subject) {
        case .interrupted, .stopped: return
        case .failed(let reason): try resources.finish(arn, Personalize.Recommender.self, as: .createFailed, call) { $0.failureReason = reason }
        case .trained(let training, _):
            try models.put(training.model, as: subject.model)
            try resources.finish(arn, Personalize.Recommender.self, as: .active, call) { $0.modelMetrics = training.evaluation.metrics }
        }
        try publish(arn, call)
    }

    func fail(_ arn: String, _ reason: String, _ call: Call) throws(ServiceError) {
        try resources.finish(arn, Body.self, as: .createFailed, call) { $0.failureReason = reason }
        try publish(arn, call)
    }

    private func publish(_ arn: String, _ call: Call) throws(ServiceError) {
        let call = call.later(context.time.now)
        try resources(call) { table in
            guard let recommender = try table.find(arn, as: Personalize.Recommender.self) else {
                return table.afterCommit { [serving] in serving.stop(deployment: arn, $0) }
            }
            try serving.deploy(recommender, table, call)
        }
    }
}
