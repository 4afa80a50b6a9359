extension Evaluation {
    /// How many items, or attributes, are asked about at most.
    private static let mostQueries = 1000

    /// Of each user the oldest four fifths are learnt from. Each item (or attribute) of the rest asks for the first hundredth of the users;
    /// right are those who touched it in their rest.
    mutating func evaluateSegments(_ trainingData: TrainingData, _ settings: FamilySettings, _ shouldContinue: (Double) -> Bool) -> Bool {
        let whole = trainingData.interactions
        var truth: [Int32: Set<Int32>] = [:]
        for user in 0..<whole.userCount {
            let events = whole.events(of: user)
            for event in events.lowerBound + Self.known(events.count)..<events.upperBound {
                for query in Self.queries(trainingData, whole.itemOf[event]) { truth[query, default: []].insert(Int32(user)) }
            }
        }
        let known = trainingData.truncated { Self.known(whole.events(of: $0).count) }
        guard case .affinity(let model) = known.fit(users: Array(0..<whole.userCount), settings, shouldContinue: { shouldContinue($0 * 0.5) })
        else { return false }
        let histories = Histories(known.interactions, limit: settings.successors.window)
        let most = max(1, whole.userCount / 100)
        let every = truth.keys.sorted()
        let asked = stride(from: 0, to: every.count, by: max(1, (every.count + Self.mostQueries - 1) / Self.mostQueries)).map { every[$0] }
        // All queries are answered in one pass over the users: none is scored anew for each.
        var segments = [TopK](repeating: TopK(capacity: most), count: asked.count)
        let scored = model.forEachUser(Self.members(trainingData, asked), histories, shouldContinue: { shouldContinue(0.5 + 0.5 * $0) }) {
            user,
            figures in
            for (query, figure) in zip(segments.indices, figures) { segments[query].add(figure, Int32(user)) }
        }
        guard let scored else { return false }
        scoredUsers = scored
        var answered = Bitset(count: whole.userCount)
        var hits = 0.0
        var recall = 0.0
        for (query, segment) in zip(asked, segments) {
            guard let right = truth[query] else { continue }
            let users = segment.sorted()
            for user in users { answered[Int(user)] = true }
            let found = Double(users.count { right.contains($0) })
            hits += found
            recall += found / Double(right.count)
            queries += 1
        }
        testUsers = whole.userCount
        others["coverage"] = Double(answered.population) / Double(max(1, whole.userCount))
        others["hits_at_1_percent"] = hits / Double(max(1, queries))
        others["recall_at_1_percent"] = recall / Double(max(1, queries))
        return true
    }

    private static func known(_ count: Int) -> Int { min(count, max(1, count * 4 / 5)) }

    /// The items behind each query: itself, or all that have the attribute.
    private static func members(_ trainingData: TrainingData, _ asked: [Int32]) -> [[Int32]] {
        guard trainingData.request.recipe == .itemAttributeAffinity, let features = trainingData.features else { return asked.map { [$0] } }
        let numberOf = Dictionary(uniqueKeysWithValues: asked.enumerated().map { ($0.element, $0.offset) })
        var members = [[Int32]](repeating: [], count: asked.count)
        for item in 0..<features.count {
            for token in features.rows[item] {
                if let number = numberOf[token] { members[number].append(Int32(item)) }
            }
        }
        return members
    }

    /// What an item is asked about: itself, or its attributes.
    private static func queries(_ trainingData: TrainingData, _ item: Int32) -> [Int32] {
        guard trainingData.request.recipe == .itemAttributeAffinity, let features = trainingData.features else { return [item] }
        return features.vector(Int(item)).map(\.token)
    }
}
