import Logging
import Recommend
import ServiceKit
import Shapes
import Wire

/// How a training ended.
enum TrainingOutcome {
    case trained(Training, seconds: Double)
    /// For good; the words are the `failureReason`.
    case failed(String)
    /// Because it was asked to.
    case stopped
    /// Because the server goes down: it will be run again.
    case interrupted
}

/// Trains models from what dataset groups hold.
struct ModelTrainer: Sendable {
    let context: WorkContext
    let datasets: DatasetStore
    let events: EventStore
    let attributeIndex: AttributeIndex
    let models: ModelStore
    /// 0 leaves it to the engine.
    let seed: UInt64
    let curves = TrainingCurves()

    private var time: any TimeSource { context.time }
    private var jobs: Jobs { context.jobs }
    private var log: Logger { context.log }

    /// Trains a model; its progress is in the log.
    func train(_ subject: TrainingSubject) -> TrainingOutcome {
        // Once it is over nothing but the model is left of what it took.
        defer { FreedMemory.giveBack() }
        return LargeAllocations.mapped { outcome(of: subject) }
    }

    private func outcome(of subject: TrainingSubject) -> TrainingOutcome {
        let started = time.now
        do {
            let request = try request(subject)
            log.info(
                "training started",
                metadata: [
                    "of": "\(subject.arn)", "recipe": "\(subject.recipe.name)", "bulk rows": "\(request.interactions?.rowCount ?? 0)",
                    "streamed": "\(request.streamed.count)",
                ]
            )
            if let missing = Self.missing(subject, request) { throw TrainingFailure.refused(missing) }
            let training = try Trainer.train(request, progress: { report($0, subject.arn) })
            note(training, subject.arn, since: started)
            return .trained(training, seconds: Double(time.now.milliseconds - started.milliseconds) / 1000)
        } catch TrainingFailure.stopped {
            log.info(jobs.isStopping ? "training stopped, to be run again" : "training stopped", metadata: ["of": "\(subject.arn)"])
            return jobs.isStopping ? .interrupted : .stopped
        } catch {
            var reason = JobFailure.reason(error)
            if case TrainingFailure.refused(let words) = error { reason = words }
            log.error("training failed", metadata: ["of": "\(subject.arn)", "reason": "\(reason)", "cause": "\(error)"])
            return .failed(reason)
        }
    }

    /// What the recipe needs besides interactions and the dataset group does not have.
    private static func missing(_ subject: TrainingSubject, _ request: TrainingRequest) -> String? {
        if subject.datasets[.interactions] == nil { return "The dataset group has no Interactions dataset." }
        let needsItems = subject.recipe.trained?.needsItems ?? subject.recipe.useCase?.needsItems ?? false
        if needsItems, request.items?.rowCount ?? 0 == 0 { return "The recipe \(subject.recipe.name) requires an Items dataset with data." }
        if subject.recipe.trained == .semanticSimilarity {
            let fields = subject.schemas[.items]?.fields ?? []
            guard fields.contains(where: \.isItemName), fields.contains(where: \.isTextual) else {
                return "The recipe \(subject.recipe.name) requires an Items dataset with an itemName field and a textual field."
            }
        }
        return nil
    }

    private func report(_ progress: TrainingProgress, _ arn: String) -> Bool {
        let left = progress.secondsLeft.map { " about \(Int($0.rounded(.up))) s left" } ?? ""
        log.debug("\(progress.phase.rawValue) \(Int(progress.fraction * 100)) %\(left)", metadata: ["of": "\(arn)"])
        curves.note(progress, of: arn)
        jobs.note(
            WorkProgress(
                arn: arn,
                phase: progress.phase.rawValue,
                fraction: progress.fraction,
                secondsLeft: progress.secondsLeft,
                figure: progress.figure.map { WorkProgress.Figure(name: $0.name, value: $0.value) }
            )
        )
        return !jobs.mustEnd
    }

    /// The log has what the API has no place for: the other normalisation and what a plain popularity list would reach.
    private func note(_ training: Training, _ arn: String, since started: Timestamp) {
        let evaluation = training.evaluation
        log.info(
            "training finished",
            metadata: [
                "of": "\(arn)",
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
