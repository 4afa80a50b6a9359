/// What a solution version is trained from.
package struct TrainingRequest: Sendable {
    package var recipe: Recipe
    /// algorithmHyperParameters as given; what is missing has its default.
    package var algorithm: [String: String] = [:]
    /// featureTransformationParameters as given.
    package var featurization: [String: String] = [:]
    /// The Interactions dataset's bulk rows.
    package var interactions: Table?
    /// The Items dataset, streamed items included.
    package var items: Table?
    /// Events from the events API, in the order of their arrival.
    package var streamed: [StreamedEvent] = []
    package var selection = Interactions.Selection()
    /// Chooses the test users of the evaluation; the final model does not depend on it.
    package var seed: UInt64 = TrainingRequest.defaultSeed

    package static let defaultSeed: UInt64 = 1

    package init(recipe: Recipe) { self.recipe = recipe }
}

/// How far training is.
package struct TrainingProgress: Sendable, Equatable {
    package enum Phase: String, Sendable {
        case reading, evaluating, learning
    }
    package let phase: Phase
    /// Of all work, 0 to 1.
    package let fraction: Double
    /// At the pace so far; nil until there is a pace.
    package let secondsLeft: Double?
}

/// A trained model with what is known about it.
package struct Training: Sendable {
    package let model: TrainedModel
    package let evaluation: Evaluation
    package let eventCount: Int
    package let userCount: Int
    package let itemCount: Int
}

package enum TrainingFailure: Error, Sendable, Equatable {
    /// The data or parameters do not allow training; the words are the failureReason.
    case refused(String)
    /// The progress callback said stop.
    case stopped
}
