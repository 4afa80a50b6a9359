extension Interactions {
    /// Which interactions count for a solution, and how much.
    package struct Selection: Sendable, Equatable {
        /// Only events of this type, whatever its case.
        package var eventType: String?
        /// Only events with at least this value; events without a value do not count then.
        package var eventValueThreshold: Double?
        /// eventsConfig: when there are any, only events that one of them takes, with its weight.
        package var weights: [EventWeight]

        package init(eventType: String? = nil, eventValueThreshold: Double? = nil, weights: [EventWeight] = []) {
            self.eventType = eventType
            self.eventValueThreshold = eventValueThreshold
            self.weights = weights
        }

        /// - Returns: the weight, nil when the event does not count.
        package func weight(type: String?, value: Double?) -> Double? {
            if let eventType, type?.lowercased() != eventType.lowercased() { return nil }
            if let eventValueThreshold, !((value ?? -.infinity) >= eventValueThreshold) { return nil }
            if weights.isEmpty { return 1 }
            return weights.first { $0.takes(type: type, value: value) }?.weight
        }
    }

    /// One line of eventParametersList.
    package struct EventWeight: Sendable, Equatable {
        package var eventType: String
        package var eventValueThreshold: Double?
        /// 0 to 1; only ratios matter.
        package var weight: Double

        package init(eventType: String, eventValueThreshold: Double? = nil, weight: Double) {
            self.eventType = eventType
            self.eventValueThreshold = eventValueThreshold
            self.weight = weight
        }

        func takes(type: String?, value: Double?) -> Bool {
            guard type?.lowercased() == eventType.lowercased() else { return false }
            guard let eventValueThreshold else { return true }
            return (value ?? -.infinity) >= eventValueThreshold
        }
    }
}
