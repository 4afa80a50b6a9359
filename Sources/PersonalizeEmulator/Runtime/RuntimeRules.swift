import Shapes
import Wire

/// How much runtime requests may ask for.
enum RuntimeRules {
    static let defaultResults = 25
    static let maximumResults = 500
    /// When columns of items are asked for as well.
    static let maximumResultsWithMetadata = 50
    static let defaultActions = 5
    static let maximumActions = 100

    /// Zero means the default, as if nothing had been asked.
    static func results(_ asked: Int?, withMetadata: Bool) throws(ServiceError) -> Int {
        try results(asked, standard: defaultResults, maximum: withMetadata ? maximumResultsWithMetadata : maximumResults)
    }

    static func actions(_ asked: Int?) throws(ServiceError) -> Int {
        try results(asked, standard: defaultActions, maximum: maximumActions)
    }

    private static func results(_ asked: Int?, standard: Int, maximum: Int) throws(ServiceError) -> Int {
        guard let asked, asked != 0 else { return standard }
        guard asked <= maximum else {
            throw .PersonalizeRuntime.invalidInput("numResults must be at most \(maximum). Requested: \(asked).")
        }
        return asked
    }

    static func checkList(_ list: [String], withMetadata: Bool) throws(ServiceError) {
        guard !list.isEmpty else { throw .PersonalizeRuntime.invalidInput("inputList must have at least one item.") }
        let maximum = withMetadata ? maximumResultsWithMetadata : maximumResults
        guard list.count <= maximum else { throw .PersonalizeRuntime.invalidInput("inputList must have at most \(maximum) items.") }
    }
}
