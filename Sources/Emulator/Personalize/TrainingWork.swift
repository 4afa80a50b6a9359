import Logging
import Recommend
import Shapes
import Wire

/// The work of a solution version: everything its dataset group holds, bulk and streamed, into a model and its metrics.
extension PersonalizeService {
    func trainSolutionVersion(_ arn: String, _ call: Call) throws(ServiceError) {
        let subject = try resources(call) { table -> TrainingSubject? in
            guard let version = try table.find(arn, as: Personalize.SolutionVersion.self), version.lifecycle.needsWork else { return nil }
            let all = try table.list(Personalize.Dataset.self, parent: version.body.datasetGroupArn)
            let dataset = { (kind: DatasetKind) in all.first { $0.body.datasetType == kind.rawValue }?.id }
            return TrainingSubject(version: version, interactions: dataset(.interactions), items: dataset(.items))
        }
        guard let subject else { return }
        guard subject.version.lifecycle.status != .createStopping else {
            return try finish(arn, Personalize.SolutionVersion.self, as: .createStopped, call) { _ in }
        }
        let request = request(subject)
        log.info(
            "training started",
            metadata: ["solution version": "\(arn)", "recipe": "\(request.recipe.rawValue)", "bulk rows": "\(request.interactions?.rowCount ?? 0)"]
        )
        let started = time.now
        do {
            let training = try Trainer.train(request, progress: { report($0, arn) })
            try models.put(training.model, as: subject.version.id)
            try store.write { try SolutionMetrics.save(training.evaluation.metrics, of: subject.version.id, $0) }
            note(training, arn, since: started)
            let seconds = Double(time.now.milliseconds - started.milliseconds) / 1000
            try finish(arn, Personalize.SolutionVersion.self, as: .active, call) {
                $0.trainingHours = (seconds / 3600 * 1000).rounded() / 1000
            }
            try deployOrDiscard(subject.version, call.later(time.now))
        } catch {
            try giveUp(arn, error, call)
        }
    }

    /// Campaigns that follow the solution take the new version; one that was stopped meanwhile leaves nothing.
    private func deployOrDiscard(_ version: Resource<Personalize.SolutionVersion>, _ call: Call) throws(ServiceError) {
        let isKept = try resources(call) { table in
            guard let found = try table.find(version.arn, as: Personalize.SolutionVersion.self), found.id == version.id,
                ![.createStopping, .createStopped].contains(found.lifecycle.status)
            else {
                try SolutionMetrics.remove(version.id, table.database)
                return false
            }
            try followLatestVersion(of: version.parent ?? "", table, call)
            return true
        }
        if !isKept { models.remove(version.id) }
    }

    private func giveUp(_ arn: String, _ error: any Error, _ call: Call) throws(ServiceError) {
        let reason: String
        switch error {
        case TrainingFailure.stopped where jobs.isStopping:
            return log.info("training stopped, to be run again", metadata: ["solution version": "\(arn)"])
        case TrainingFailure.stopped:
            log.info("training stopped", metadata: ["solution version": "\(arn)"])
            return try finish(arn, Personalize.SolutionVersion.self, as: .createStopped, call) { _ in }
        case TrainingFailure.refused(let words): reason = words
        default: reason = "An internal error occurred."
        }
        log.error("training failed", metadata: ["solution version": "\(arn)", "reason": "\(reason)", "cause": "\(error)"])
        try finish(arn, Personalize.SolutionVersion.self, as: .createFailed, call) { $0.failureReason = reason }
    }

    private func request(_ subject: TrainingSubject) -> TrainingRequest {
        let body = subject.version.body
        guard let recipe = Recipe.named(body.recipeArn).flatMap({ Recommend.Recipe(rawValue: $0.name) }) else {
            preconditionFailure("a solution version of a recipe that cannot be trained was let in")
        }
        var request = TrainingRequest(recipe: recipe)
        request.algorithm = body.solutionConfig?.algorithmHyperParameters ?? [:]
        request.featurization = body.solutionConfig?.featureTransformationParameters ?? [:]
        request.selection = Interactions.Selection(
            eventType: body.eventType,
            eventValueThreshold: body.solutionConfig?.eventValueThreshold.flatMap { Double($0) }
        )
        if configuration.seed != 0 { request.seed = configuration.seed }
        if let interactions = subject.interactions {
            request.interactions = datasets.table(interactions)
            request.streamed = SessionJoin.joined(events.all(dataset: interactions))
        }
        request.items = subject.items.flatMap { datasets.table($0) }
        return request
    }

    private func report(_ progress: TrainingProgress, _ arn: String) -> Bool {
        let left = progress.secondsLeft.map { " about \(Int($0.rounded(.up))) s left" } ?? ""
        log.debug("\(progress.phase.rawValue) \(Int(progress.fraction * 100)) %\(left)", metadata: ["solution version": "\(arn)"])
        return !jobs.mustEnd
    }

    /// The log has what the API has no place for: the other normalisation and what a plain popularity list would reach.
    private func note(_ training: Training, _ arn: String, since started: Timestamp) {
        let evaluation = training.evaluation
        log.info(
            "training finished",
            metadata: [
                "solution version": "\(arn)",
                "ms": "\(time.now.milliseconds - started.milliseconds)",
                "interactions": "\(training.eventCount)",
                "users": "\(training.userCount)",
                "items": "\(training.itemCount)",
                "test users": "\(evaluation.testUsers)",
                "metrics": "\(Self.listed(evaluation.metrics))",
                "ndcg at 5, 10, 25 with the ideal over all relevant items": "\(evaluation.scores.strictGain)",
                "popularity baseline": "\(Self.listed(evaluation.popularity.metrics))",
            ]
        )
    }

    private static func listed(_ metrics: [String: Double]) -> String {
        metrics.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
}

private struct TrainingSubject {
    var version: Resource<Personalize.SolutionVersion>
    var interactions: Int64?
    var items: Int64?
}
