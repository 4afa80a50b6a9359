import Recommend
import ServiceKit
import Shapes
import Wire

/// The work of a solution version: everything its dataset group holds, bulk and streamed, into a model and its metrics.
struct TrainingWork: ResourceWork {
    typealias Body = Personalize.SolutionVersion

    let context: WorkContext
    let trainer: ModelTrainer
    let models: ModelStore
    let campaigns: CampaignUpdates

    func run(_ arn: String, _ call: Call) throws(ServiceError) {
        let found = try resources(call) { table -> (Resource<Personalize.SolutionVersion>, TrainingSubject)? in
            guard let version = try table.find(arn, as: Personalize.SolutionVersion.self), version.lifecycle.needsWork else { return nil }
            return (version, try TrainingSubject(version, table, call))
        }
        guard let (version, subject) = found else { return }
        guard version.lifecycle.status != .createStopping else {
            return try resources.finish(arn, Personalize.SolutionVersion.self, as: .createStopped, call) { _ in }
        }
        switch trainer.train(subject) {
        case .interrupted: return
        case .stopped: try resources.finish(arn, Personalize.SolutionVersion.self, as: .createStopped, call) { _ in }
        case .failed(let reason): try resources.finish(arn, Personalize.SolutionVersion.self, as: .createFailed, call) { $0.failureReason = reason }
        case .trained(let training, let seconds):
            try models.put(training.model, as: subject.model)
            let record = TrainingRecord(training.evaluation, curve: trainer.curves.points(of: arn))
            try resources.store.write { transaction in
                try SolutionMetrics.save(training.evaluation.metrics, of: subject.model, transaction.database)
                try record.save(subject.model, transaction.database)
            }
            try resources.finish(arn, Personalize.SolutionVersion.self, as: .active, call) { body in
                body.trainingHours = Self.trainingHours(seconds)
                if subject.performsHPO {
                    body.tunedHPOParams = Personalize.TunedHPOParams(algorithmHyperParameters: training.tunedHyperparameters)
                }
            }
            try deployOrDiscard(version, call.later(context.time.now))
        }
    }

    /// In three decimals, and never none: a training that was is shown to have taken time.
    static func trainingHours(_ seconds: Double) -> Double {
        max(1, (seconds / 3600 * 1000).rounded()) / 1000
    }

    /// Campaigns that follow the solution take the new version; one that was stopped or deleted meanwhile leaves nothing.
    private func deployOrDiscard(_ version: Resource<Personalize.SolutionVersion>, _ call: Call) throws(ServiceError) {
        let isKept = try resources(call) { table in
            guard let found = try table.find(version.arn, as: Personalize.SolutionVersion.self), found.id == version.id,
                ![.createStopping, .createStopped].contains(found.lifecycle.status)
            else {
                try SolutionMetrics.remove(version.id.model, table.database)
                return false
            }
            try campaigns.followLatestVersion(of: version.parent ?? "", table, call)
            return true
        }
        if !isKept { models.remove(version.id.model) }
    }
}
