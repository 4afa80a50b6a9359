extension TrainedModel {
    /// This model with the items that came since training, found by their metadata and their youth; nothing is learnt anew.
    ///
    /// Recipes that do not refresh give themselves back.
    /// - Parameters:
    ///   - items: the Items dataset of today.
    ///   - streamed: interactions since training; items that only they name come in too.
    package func refreshed(with items: Table?, streamed: [StreamedEvent] = []) -> TrainedModel {
        guard recipe.refreshesItems else { return self }
        let counted = streamed.filter { selection.weight(type: $0.eventType, value: $0.eventValue) != nil }
        var ids = self.items
        if let column = items?.column("ITEM_ID") {
            for row in 0..<(items?.rowCount ?? 0) where column.codes[row] >= 0 { ids.intern(column.dictionary[column.codes[row]]) }
        }
        for event in counted { ids.intern(event.itemId) }
        let added = ids.count - self.items.count
        var parts = parts
        parts.items = ids
        parts.popularity = popularity.appending(Self.uniqueUsers(counted, ids, from: self.items.count, added))
        parts.ages = ages.appending(added, ids: ids, items: items, events: counted)
        parts.features = features?.appending(Self.vectors(items, ids, from: self.items.count, added, like: features))
        switch family {
        case .personal(let old):
            var model = old.appending(added)
            let warm = old.cold?.warm ?? ColdItems.usualWarm
            model.cold = parts.features.map { ColdItems($0, users: parts.popularity.uniqueUsers, warm: warm) }
            return TrainedModel(parts, .personal(model))
        case .neighbours(let model):
            guard let features = parts.features else { return self }
            return TrainedModel(parts, .neighbours(Neighbours(features, settings: model.settings)))
        default: return self
        }
    }

    private static func uniqueUsers(_ events: [StreamedEvent], _ ids: IdMap, from first: Int, _ added: Int) -> [Int32] {
        var users = [Set<String>](repeating: [], count: added)
        for event in events {
            if let item = ids.index(of: event.itemId).map({ Int($0) - first }), item >= 0 { users[item].insert(event.userId) }
        }
        return users.map { Int32($0.count) }
    }

    private static func vectors(
        _ table: Table?,
        _ ids: IdMap,
        from first: Int,
        _ added: Int,
        like features: Features?
    ) -> [[(token: Int32, weight: Float)]] {
        var vectors = [[(token: Int32, weight: Float)]](repeating: [], count: added)
        guard let table, let features, let column = table.column("ITEM_ID") else { return vectors }
        for row in 0..<table.rowCount where column.codes[row] >= 0 {
            guard let item = ids.index(of: column.dictionary[column.codes[row]]).map({ Int($0) - first }), item >= 0 else { continue }
            vectors[item] = features.vector(table, row: row, key: "ITEM_ID")
        }
        return vectors
    }
}
