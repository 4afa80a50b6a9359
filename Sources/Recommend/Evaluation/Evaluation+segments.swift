extension Evaluation {
    /// How many items, or attributes, are asked about at most.
    private static let mostQuestions = 1000

    /// Of each user the oldest four fifths are learnt from. Each item (or attribute) of the rest asks for the first hundredth of the users;
    /// right are those who touched it in their rest.
    mutating func evaluateSegments(_ fitting: Fitting, _ settings: FamilySettings, _ goOn: (Double) -> Bool) -> Bool {
        let whole = fitting.interactions
        var truth: [Int32: Set<Int32>] = [:]
        for user in 0..<whole.userCount {
            let events = whole.events(of: user)
            for event in events.lowerBound + Self.known(events.count)..<events.upperBound {
                for question in Self.questions(fitting, whole.itemOf[event]) { truth[question, default: []].insert(Int32(user)) }
            }
        }
        let known = fitting.truncated { Self.known(whole.events(of: $0).count) }
        guard case .affinity(let model) = known.fit(users: Array(0..<whole.userCount), settings, goOn: { goOn($0 * 0.5) })
        else { return false }
        let histories = Histories(known.interactions, limit: settings.successors.window)
        let most = max(1, whole.userCount / 100)
        let asked = truth.keys.sorted()
        let step = max(1, asked.count / Self.mostQuestions)
        var answered = Bitset(count: whole.userCount)
        var hits = 0.0
        var recall = 0.0
        for place in stride(from: 0, to: asked.count, by: step) {
            guard goOn(0.5 + 0.5 * Double(place) / Double(asked.count)), let right = truth[asked[place]] else { return false }
            let scores: [Float]
            if fitting.request.recipe == .itemAttributeAffinity, let features = known.features {
                let members = (0..<Int32(features.count)).filter { item in features.vector(Int(item)).contains { $0.token == asked[place] } }
                scores = model.scores(members, histories)
            } else {
                scores = model.scores(asked[place], histories)
            }
            let segment = TopK.select(scores, most)
            for user in segment { answered[Int(user)] = true }
            let found = Double(segment.count { right.contains($0) })
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

    /// What an item is asked about: itself, or its attributes.
    private static func questions(_ fitting: Fitting, _ item: Int32) -> [Int32] {
        guard fitting.request.recipe == .itemAttributeAffinity, let features = fitting.features else { return [item] }
        return features.vector(Int(item)).map(\.token)
    }
}
