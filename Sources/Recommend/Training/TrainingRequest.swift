/// What a solution version is trained from.
package struct TrainingRequest: Sendable {
    package var recipe: Recipe
    /// The use case of a recommender, whose recipe is `recipe`.
    package var useCase: UseCase?
    /// algorithmHyperParameters as given; what is missing has its default.
    package var algorithm: [String: String] = [:]
    /// featureTransformationParameters as given.
    package var featurization: [String: String] = [:]
    /// The Interactions dataset's bulk rows.
    package var interactions: Table?
    /// The Items dataset, streamed items included.
    package var items: Table?
    /// The Users dataset, streamed users included.
    package var users: Table?
    /// The Actions dataset, streamed actions included.
    package var actions: Table?
    /// The Action_Interactions dataset's bulk rows.
    package var actionInteractions: Table?
    /// Events from the events API, in the order of their arrival.
    package var streamed: [StreamedEvent] = []
    /// Action interactions from the events API, in the order of their arrival.
    package var streamedActions: [ActionEvent] = []
    /// The number of the newest streamed event, where that is not their count because some were removed.
    package var streamedThrough: Int?
    package var selection = Interactions.Selection()
    /// Columns that are not learnt from (trainingDataConfig).
    package var excludedColumns: [DatasetKind: Set<String>] = [:]
    package var objective: Objective?
    /// Hyperparameters to be searched (performHPO); nil trains with the given ones.
    package var search: HyperparameterSearch?
    /// trainingMode UPDATE: the model to go on from.
    package var refreshing: TrainedModel?
    /// Chooses the test users of the evaluation; the final model does not depend on it.
    package var seed: UInt64 = TrainingRequest.defaultSeed

    package static let defaultSeed: UInt64 = 1

    package init(recipe: Recipe) { self.recipe = recipe }

    /// Whether a column of a dataset may be learnt from.
    func learns(_ column: String, of kind: DatasetKind) -> Bool {
        !(excludedColumns[kind]?.contains { $0.lowercased() == column.lowercased() } ?? false)
    }
}

/// optimizationObjective: a numeric column of the items of which answers should have more.
package struct Objective: Sendable, Equatable {
    package enum Sensitivity: String, Sendable, CaseIterable {
        case off = "OFF"
        case low = "LOW"
        case medium = "MEDIUM"
        case high = "HIGH"
    }

    package var itemAttribute: String
    package var sensitivity: Sensitivity

    package init(itemAttribute: String, sensitivity: Sensitivity) {
        self.itemAttribute = itemAttribute
        self.sensitivity = sensitivity
    }
}

/// How far training is.
package struct TrainingProgress: Sendable, Equatable {
    package enum Phase: String, Sendable {
        case reading, searching, evaluating, learning
    }
    package let phase: Phase
    /// Of all work, 0 to 1.
    package let fraction: Double
    /// At the pace so far; nil until there is a pace.
    package let secondsLeft: Double?
    /// The newest figure of what is being learnt, with its name; nil while there is none.
    package var figure: Figure?
    /// The mean loss of the newest batch, where one was learnt from since the last word.
    package var loss: Double?

    package struct Figure: Sendable, Equatable {
        package let name: String
        package let value: Double
    }
}

/// A trained model with what is known about it.
package struct Training: Sendable {
    package let model: TrainedModel
    package let evaluation: Evaluation
    package let eventCount: Int
    package let userCount: Int
    package let itemCount: Int
    /// The algorithm hyperparameters that the search chose; empty without a search.
    package let tunedHyperparameters: [String: String]

    init(_ model: TrainedModel, _ evaluation: Evaluation, _ interactions: Interactions, tuned: [String: String] = [:]) {
        self.model = model
        self.evaluation = evaluation
        eventCount = interactions.eventCount
        userCount = interactions.userCount
        itemCount = interactions.itemCount
        tunedHyperparameters = tuned
    }
}

package enum TrainingFailure: Error, Sendable, Equatable {
    /// The data or parameters do not allow training; the words are the failureReason.
    case refused(String)
    /// The progress callback said stop.
    case stopped
}
