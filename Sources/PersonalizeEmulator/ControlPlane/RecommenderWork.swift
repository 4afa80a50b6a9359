import Recommend
import ServiceKit
import Shapes
import Wire

/// The work of a recommender: its use case's model, at its creation, for an update, and anew each week.
extension PersonalizeService {
    func trainRecommender(_ arn: String, _ call: Call) throws(ServiceError) {
        let subject = try resources(call) { table -> TrainingSubject? in
            guard let recommender = try table.find(arn, as: Personalize.Recommender.self), recommender.lifecycle.needsWork else { return nil }
            return try TrainingSubject(recommender, recommender.body.recommenderConfig, model: recommender.id, table, call)
        }
        guard let subject else { return }
        switch train(subject) {
        case .interrupted, .stopped: return
        case .failed(let reason): try finish(arn, Personalize.Recommender.self, as: .createFailed, call) { $0.failureReason = reason }
        case .trained(let training, _):
            try models.put(training.model, as: subject.model)
            try finish(arn, Personalize.Recommender.self, as: .active, call) { $0.modelMetrics = training.evaluation.metrics }
        }
        try publish(arn, call)
    }

    func trainRecommenderUpdate(_ arn: String, _ call: Call) throws(ServiceError) {
        let found = try resources(call) { table -> (Resource<Personalize.RecommenderUpdateSummary>, TrainingSubject)? in
            guard let recommender = try table.find(arn, as: Personalize.Recommender.self), let update = try table.update(of: recommender),
                update.lifecycle.needsWork
            else { return nil }
            return (update, try TrainingSubject(recommender, update.body.recommenderConfig, model: update.id, table, call))
        }
        guard let (update, subject) = found else { return }
        let outcome = train(subject)
        if case .trained(let training, _) = outcome { try models.put(training.model, as: subject.model) }
        let call = call.later(time.now)
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
            try serve(recommender, model: subject.model, update: ended.lifecycle, table, call)
        }
    }

    /// The recommender's model is replaced in its place: the next request has the new one.
    func retrainRecommender(_ arn: String, _ call: Call) throws(ServiceError) {
        let subject = try resources(call) { table -> TrainingSubject? in
            guard let recommender = try table.find(arn, as: Personalize.Recommender.self), recommender.lifecycle.status == .active,
                let model = recommender.model, recommender.body.updateStatus?.isSettled ?? true
            else { return nil }
            return try TrainingSubject(recommender, recommender.body.recommenderConfig, model: model, table, call)
        }
        guard let subject, case .trained(let training, _) = train(subject) else { return }
        let call = call.later(time.now)
        let isThere = try resources(call) { table in
            guard var recommender = try table.find(arn, as: Personalize.Recommender.self), recommender.model == subject.model else { return false }
            recommender.body.modelMetrics = training.evaluation.metrics
            recommender.lifecycle.changed = call.now
            try table.update(recommender)
            return true
        }
        if isThere { try models.put(training.model, as: subject.model) }
    }

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
        start(.recommenderRetraining, recommender.arn, table, call)
    }

    func publish(_ arn: String, _ call: Call) throws(ServiceError) {
        let call = call.later(time.now)
        try resources(call) { table in
            guard let recommender = try table.find(arn, as: Personalize.Recommender.self) else {
                return table.afterCommit { [serving] in serving.stop(deployment: arn, $0) }
            }
            try serve(recommender, table, call)
        }
    }
}
