/// Trains a solution version: reads, checks, evaluates on a held-out tenth of the users, then learns from everything.
package enum Trainer {
    /// - Parameters:
    ///   - clock: seconds of any monotonic clock, for the estimate of the time left.
    ///   - progress: called now and then on the caller's thread; false stops training.
    package static func train(
        _ request: TrainingRequest,
        clock: () -> Double = Platform.seconds,
        progress: (TrainingProgress) -> Bool = { _ in true }
    ) throws(TrainingFailure) -> Training {
        let started = clock()
        // Shares of the whole work, as measured; they only shape the estimate.
        func report(_ phase: TrainingProgress.Phase, _ fraction: Double) -> Bool {
            let spent = clock() - started
            let left = fraction > 0.02 ? spent / fraction * (1 - fraction) : nil
            return progress(TrainingProgress(phase: phase, fraction: fraction, secondsLeft: left))
        }
        if let fault = Hyperparameters.validate(request.recipe, algorithm: request.algorithm, featurization: request.featurization) {
            throw .refused(fault)
        }
        guard report(.reading, 0) else { throw .stopped }
        let interactions = Interactions(request.interactions, streamed: request.streamed, items: request.items, selection: request.selection)
        if let fault = Preconditions.fault(interactions, request) { throw .refused(fault) }
        let settings = FamilySettings(request.recipe, algorithm: request.algorithm, featurization: request.featurization)

        guard report(.evaluating, 0.2),
            let evaluation = Evaluation(
                request.recipe,
                interactions,
                settings,
                seed: request.seed,
                goOn: { report(.evaluating, min(0.6, 0.2 + 0.4 * $0)) }
            )
        else { throw .stopped }

        let everybody = Array(0..<interactions.userCount)
        guard let family = request.recipe.fit(interactions, users: everybody, settings, goOn: { report(.learning, min(1, 0.6 + 0.4 * $0)) }) else {
            throw .stopped
        }
        let model = model(request, interactions, everybody, family, settings)
        guard report(.learning, 1) else { throw .stopped }
        return Training(
            model: model,
            evaluation: evaluation,
            eventCount: interactions.eventCount,
            userCount: interactions.userCount,
            itemCount: interactions.itemCount
        )
    }

    private static func model(
        _ request: TrainingRequest,
        _ interactions: Interactions,
        _ users: [Int],
        _ family: TrainedModel.Family,
        _ settings: FamilySettings
    ) -> TrainedModel {
        var starts = [0]
        var history: [Int32] = []
        var times: [Int64] = []
        for user in users {
            if request.recipe.followsEvents {
                let newest = interactions.events(of: user).suffix(settings.successors.window)
                history.append(contentsOf: interactions.itemOf[newest])
                times.append(contentsOf: interactions.timeOf[newest])
            }
            starts.append(history.count)
        }
        let parameters = Hyperparameters.defaults(of: request.recipe, .algorithm).merging(request.algorithm) { $1 }
            .merging(Hyperparameters.defaults(of: request.recipe, .featurization).merging(request.featurization) { $1 }) { $1 }
        return TrainedModel(
            recipe: request.recipe,
            items: interactions.items,
            users: interactions.users,
            historyStarts: starts,
            historyItems: history,
            historyTimes: times,
            popularity: Popularity(uniqueUsers: interactions.uniqueUsers(among: users)),
            ages: ItemAges(interactions, items: request.items, newest: interactions.timeOf.max() ?? 0),
            family: family,
            streamedEvents: request.streamed.count,
            hyperparameters: parameters.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        )
    }
}
