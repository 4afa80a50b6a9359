/// What data must have before it can be trained on: behaviour sheet §10.
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

    /// Whether the column of event types, if there is one, names any.
    private static func hasEventTypes(_ request: TrainingRequest) -> Bool {
        guard let table = request.interactions, table.rowCount > 0, let types = table.column("EVENT_TYPE")?.dictionary else { return true }
        return (0..<Int32(types.count)).contains { !reserved.contains(types[$0].uppercased()) }
            || request.streamed.contains { event in event.eventType.map { !reserved.contains($0.uppercased()) } ?? false }
    }
}
