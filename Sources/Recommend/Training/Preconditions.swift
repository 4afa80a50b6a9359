/// What data must have before it can be trained on: the minimums of AWS's page "Amazon Personalize endpoints and quotas".
enum Preconditions {
    static let leastEvents = 1000
    static let leastUsers = 25
    static let leastShare = 0.01

    /// Field names that are no event types.
    static let reserved: Set<String> = ["EVENT_TYPE", "EVENT_VALUE", "IMPRESSION", "RECOMMENDATION_ID", "EVENT_ATTRIBUTION_SOURCE"]

    /// - Returns: the failure reason, or nil.
    static func fault(_ interactions: Interactions, _ request: TrainingRequest) -> String? {
        if !hasEventTypes(request) { return "All values in the event_type column are either reserved keywords or null" }
        if interactions.eventCount < leastEvents {
            let filter = request.selection.eventType.map { " after filtering by event type: \($0)" } ?? ""
            return "Dataset has fewer than \(leastEvents) interactions\(filter)"
        }
        let active = (0..<interactions.userCount).filter { interactions.events(of: $0).count >= 2 }.count
        if active < leastUsers { return "Create failed. Dataset has fewer than \(leastUsers) users with at least 2 interactions each." }
        if Double(active) < leastShare * Double(interactions.userCount) {
            return "Create failed. Fewer than 1% of the users in the dataset have at least 2 interactions each."
        }
        return nil
    }

    /// What a recipe needs besides interactions.
    static func fault(_ trainingData: TrainingData) -> String? {
        let request = trainingData.request
        switch request.recipe {
        case .semanticSimilarity:
            return trainingData.features == nil ? "The Items dataset has no text to train on." : nil
        case .itemAttributeAffinity:
            return hasAttributes(trainingData) ? nil : noAttributes
        case .nextBestAction:
            if request.actions?.rowCount ?? 0 == 0 { return "The dataset group has no Actions." }
            return trainingData.actionEvents.isEmpty ? "The dataset group has no action interactions." : nil
        case .hrnnColdstart:
            let settings = FamilySettings(request).coldStart
            let counts = trainingData.interactions.eventCounts
            let cold = counts.count { $0 <= settings.mostInteractions }
            return (100...80_000).contains(cold) ? nil : "The number of cold start items is \(cold); it must be between 100 and 80000."
        default: return nil
        }
    }

    static let noAttributes =
        "Did not find any attribute to train on. There may not be any attribute in the items dataset, or all attribute values either have same or "
        + "all distinct values."

    /// Whether some class of some column has more than one item, and not all.
    private static func hasAttributes(_ trainingData: TrainingData) -> Bool {
        guard let features = trainingData.features else { return false }
        var having = [Int](repeating: 0, count: features.tokens.count)
        for token in features.rows.columns { having[Int(token)] += 1 }
        return having.contains { $0 > 1 && $0 < features.count }
    }

    /// Whether the column of event types, if there is one, names any.
    private static func hasEventTypes(_ request: TrainingRequest) -> Bool {
        guard let table = request.interactions, table.rowCount > 0, let types = table.column("EVENT_TYPE")?.dictionary else { return true }
        return (0..<Int32(types.count)).contains { !reserved.contains(types[$0].uppercased()) }
            || request.streamed.contains { event in event.eventType.map { !reserved.contains($0.uppercased()) } ?? false }
    }
}
