/// What a user did with an action that was proposed.
package struct ActionEvent: Sendable, Equatable {
    package enum Outcome: UInt8, Sendable {
        case taken, notTaken, viewed

        /// `Taken`, `Not taken`, `NOT_TAKEN`, `viewed`: letters decide, case, spaces and underscores do not.
        package init?(_ name: String) {
            switch name.lowercased().filter(\.isLetter) {
            case "taken": self = .taken
            case "nottaken": self = .notTaken
            case "viewed": self = .viewed
            default: return nil
            }
        }
    }

    package var userId: String
    package var actionId: String
    package var outcome: Outcome
    package var timestamp: EpochSeconds

    package init(userId: String, actionId: String, outcome: Outcome, timestamp: EpochSeconds) {
        self.userId = userId
        self.actionId = actionId
        self.outcome = outcome
        self.timestamp = timestamp
    }

    /// The rows of an Action_Interactions dataset; rows of other event types are left out.
    static func rows(_ table: Table?) -> [ActionEvent] {
        guard let table, let users = table.column("USER_ID"), let actions = table.column("ACTION_ID"), let types = table.column("EVENT_TYPE"),
            let times = table.column("TIMESTAMP")
        else { return [] }
        let outcomes = (0..<Int32(types.dictionary.count)).map { Outcome(types.dictionary[$0]) }
        return (0..<table.rowCount).compactMap { row in
            guard users.codes[row] >= 0, actions.codes[row] >= 0, types.codes[row] >= 0, let outcome = outcomes[Int(types.codes[row])] else {
                return nil
            }
            return ActionEvent(
                userId: users.dictionary[users.codes[row]],
                actionId: actions.dictionary[actions.codes[row]],
                outcome: outcome,
                timestamp: EpochSeconds(times.integers[row])
            )
        }
    }
}
