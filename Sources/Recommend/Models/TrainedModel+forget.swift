extension TrainedModel {
    /// A mark that no id of a user begins with: what stands in the place of users who were forgotten.
    static let forgotten = "\u{0}"

    /// Whether it names one of some users.
    package func names(anyOf userIds: Set<String>) -> Bool {
        var numberings = [users]
        switch family {
        case .personal(let model): numberings += (model.conditions?.users).map { [$0] } ?? []
        case .actions(let model): numberings += [model.users, model.described]
        case .neighbours, .popularity, .trending, .affinity: break
        }
        return userIds.contains { user in numberings.contains { $0.index(of: user) != nil } }
    }

    /// This model without some users: neither their ids nor their histories are in it any more. What was learnt from all users together stays
    /// as it is, for it names nobody.
    package func forgetting(_ userIds: Set<String>) -> TrainedModel {
        var parts = parts
        let numbers = Set(userIds.compactMap { users.index(of: $0) }.map(Int.init))
        parts.users = users.forgetting(userIds)
        parts.histories = histories.emptied(numbers)
        switch family {
        case .personal(var model):
            if var conditions = model.conditions {
                conditions.users = conditions.users.forgetting(userIds)
                model.conditions = conditions
            }
            return TrainedModel(parts, .personal(model))
        case .actions(let model):
            let numbers = Set(userIds.compactMap { model.users.index(of: $0) })
            let rest = Actions(
                ids: model.ids,
                actions: model.actions,
                model: model.model,
                described: model.described.forgetting(userIds),
                features: model.features,
                users: model.users.forgetting(userIds),
                record: model.record.filter { !numbers.contains($0.user) }
            )
            return TrainedModel(parts, .actions(rest))
        case .neighbours, .popularity, .trending, .affinity: return TrainedModel(parts, family)
        }
    }

    /// The users that were not forgotten, over `userIds`; nil when none was.
    package var remembered: Bitset? {
        let marks = (0..<Int32(users.count)).filter { users[$0].hasPrefix(Self.forgotten) }
        if marks.isEmpty { return nil }
        var left = Bitset(count: users.count, filled: true)
        for mark in marks { left[Int(mark)] = false }
        return left
    }
}

extension IdMap {
    /// The same numbering, with a mark in the place of some ids.
    fileprivate func forgetting(_ ids: Set<String>) -> IdMap {
        IdMap((0..<Int32(count)).lazy.map { ids.contains(self[$0]) ? "\(TrainedModel.forgotten)\($0)" : self[$0] })
    }
}

extension Histories {
    fileprivate func emptied(_ users: Set<Int>) -> Histories {
        var events = CompressedSparseRows()
        var times: [Int64] = []
        var types: [UInt8] = []
        for user in 0..<userCount {
            let own = users.contains(user) ? 0..<0 : self.events.entries(of: user)
            events.append(self.events.columns[own])
            times.append(contentsOf: self.times[own])
            if !self.types.isEmpty { types.append(contentsOf: self.types[own]) }
        }
        return Histories(events: events, times: times, types: types)
    }
}
