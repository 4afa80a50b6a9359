import Recommend
import ServiceKit
import Shapes
import Wire

/// The work of a recommender each week. Its model is replaced in its place: the next request has the new one.
struct RecommenderRetraining: ResourceWork {
    typealias Body = Personalize.Recommender

    let context: WorkContext
    let trainer: ModelTrainer
    let models: ModelStore

    func run(_ arn: String, _ call: Call) throws(ServiceError) {
        let subject = try resources(call) { table -> TrainingSubject? in
            guard let recommender = try table.find(arn, as: Personalize.Recommender.self), recommender.lifecycle.status == .active,
                let model = recommender.model, recommender.body.updateStatus?.isSettled ?? true
            else { return nil }
            return try TrainingSubject(recommender, recommender.body.recommenderConfig, model: model, table, call)
        }
        guard let subject, case .trained(let training, _) = trainer.train(subject) else { return }
        let call = call.later(context.time.now)
        let isThere = try resources(call) { table in
            guard var recommender = try table.find(arn, as: Personalize.Recommender.self), recommender.model == subject.model else { return false }
            recommender.body.modelMetrics = training.evaluation.metrics
            recommender.lifecycle.changed = call.now
            try table.update(recommender)
            return true
        }
        if isThere { try models.put(training.model, as: subject.model) }
    }

    /// It goes on as it was.
    func fail(_ arn: String, _ reason: String, _ call: Call) {}
}

extension PersonalizeService {
    /// A recommender trains itself anew each week while it is ACTIVE, if interactions came in since.
    func retrainIfDue(_ recommender: Resource<Personalize.Recommender>, _ table: ResourceTable, _ call: Call) throws {
        guard recommender.lifecycle.status == .active, recommender.body.updateStatus?.isSettled ?? true, let model = recommender.model,
            recommender.lifecycle.changed.advanced(bySeconds: Double(AutoTraining.defaultDays * 86_400)) <= call.now,
            try hasNewInteractions(recommender.parent ?? "", since: recommender.lifecycle.changed, model: model, table)
        else { return }
        // Until the work is done another look must not find it due.
        var begun = recommender
        begun.lifecycle.changed = call.now
        try table.update(begun)
        queue.start(work.recommenderRetraining, recommender.arn, table, call)
    }
}
