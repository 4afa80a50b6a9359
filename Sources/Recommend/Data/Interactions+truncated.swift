extension Interactions {
    /// The oldest events of each user only.
    /// - Parameter length: how many of a user's are kept.
    func truncated(_ length: (Int) -> Int) -> Interactions {
        var result = self
        result.starts = [0]
        var kept: [Int] = []
        for user in 0..<userCount {
            let events = events(of: user)
            kept.append(contentsOf: events.prefix(length(user)))
            result.starts.append(kept.count)
        }
        result.itemOf = kept.map { itemOf[$0] }
        result.timeOf = kept.map { timeOf[$0] }
        result.typeOf = kept.map { typeOf[$0] }
        result.valueOf = kept.map { valueOf[$0] }
        if !weightOf.isEmpty { result.weightOf = kept.map { weightOf[$0] } }
        result.contexts = contexts.map { column in
            ContextColumn(name: column.name, values: column.values, codes: kept.map { column.codes[$0] })
        }
        result.shown = CompressedSparseRows()
        return result
    }
}
