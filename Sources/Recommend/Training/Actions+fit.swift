extension Actions {
    /// Learns from action interactions, each predicted from what came before it.
    /// - Parameters:
    ///   - events: of the users to learn from.
    ///   - period: seconds (action_optimization_period): an action that was viewed and then taken within the period was taken; the view
    ///     does not count against it.
    init(_ events: [ActionEvent], _ request: TrainingRequest, period: Int64) {
        let actionTable = request.actions
        var ids = IdMap()
        if let column = actionTable?.column("ACTION_ID") {
            for row in 0..<(actionTable?.rowCount ?? 0) where column.codes[row] >= 0 { ids.intern(column.dictionary[column.codes[row]]) }
        }
        for event in events { ids.intern(event.actionId) }
        ids = ids.sorted().map
        var described = IdMap()
        if let column = request.users?.column("USER_ID") {
            for row in 0..<(request.users?.rowCount ?? 0) where column.codes[row] >= 0 { described.intern(column.dictionary[column.codes[row]]) }
        }
        let features = Features(request.users, key: "USER_ID", entities: described) { request.learns($0, of: .users) }

        let ordered = events.enumerated().sorted { ($0.element.timestamp, $0.offset) < ($1.element.timestamp, $1.offset) }.map(\.element)
        var users = IdMap()
        for event in ordered { users.intern(event.userId) }
        users = users.sorted().map
        let counted = Self.counted(ordered, period: period)
        let newest = ordered.last?.timestamp.value ?? 0
        // How much is known of an action depends on all its events, also on those that do not count against it.
        var seen = [Int](repeating: 0, count: ids.count * 2)
        for event in ordered where event.timestamp.value > newest - Self.scoredSpan {
            if let action = ids.index(of: event.actionId) { seen[Int(action) * 2 + (event.outcome == .taken ? 0 : 1)] += 1 }
        }
        var state: [UInt64: Record] = [:]
        var totals = [(taken: Int32, passed: Int32)](repeating: (0, 0), count: users.count)
        var examples: [Logistic.Example] = []
        for event in counted {
            guard let user = users.index(of: event.userId), let action = ids.index(of: event.actionId) else { continue }
            let isTaken = event.outcome == .taken
            let key = UInt64(user) << 32 | UInt64(action)
            var record = state[key] ?? Record(user: user, action: action, taken: 0, passed: 0, lastTaken: .min)
            let tokens = described.index(of: event.userId).map { features.vector(Int($0)) } ?? []
            let line = Self.features(
                action: action,
                actions: ids.count,
                own: (record.taken, record.passed),
                all: totals[Int(user)],
                tokens: tokens
            )
            examples.append(Logistic.Example(features: line, isPositive: isTaken))
            if isTaken {
                record.taken += 1
                record.lastTaken = event.timestamp.value
                totals[Int(user)].taken += 1
            } else {
                record.passed += 1
                totals[Int(user)].passed += 1
            }
            state[key] = record
        }
        var actions = Self.describe(request.actions, ids)
        for index in actions.indices {
            actions[index].isScored = seen[index * 2] >= Self.leastEvents && seen[index * 2 + 1] >= Self.leastEvents
        }
        let penalties = (0..<Self.shared + ids.count * (1 + features.tokens.count)).map { $0 < Self.shared + ids.count ? 0.1 : 3.0 }
        self.init(
            ids: ids,
            actions: actions,
            model: Logistic(examples, penalties: penalties),
            described: described,
            features: features,
            users: users,
            record: state.values.sorted { ($0.user, $0.action) < ($1.user, $1.action) }
        )
    }

    /// The events that count: a view, or a refusal, followed within the period by the same user's taking the same action is not one against it.
    static func counted(_ ordered: [ActionEvent], period: Int64) -> [ActionEvent] {
        var lastTaken: [String: Int64] = [:]
        var kept: [ActionEvent] = []
        for event in ordered.reversed() {
            let key = event.userId + "\u{1f}" + event.actionId
            if event.outcome == .taken {
                lastTaken[key] = event.timestamp.value
            } else if let taken = lastTaken[key], taken - event.timestamp.value <= period {
                continue
            }
            kept.append(event)
        }
        return kept.reversed()
    }

    private static func describe(_ table: Table?, _ ids: IdMap) -> [Action] {
        var actions = [Action](repeating: Action(), count: ids.count)
        guard let table, let keys = table.column("ACTION_ID") else { return actions }
        func number(_ name: String, _ row: Int) -> Int64? {
            guard let column = table.column(name), !column.isNull(row), column.spec.type != .string else { return nil }
            return column.integers.isEmpty ? Int64(column.reals[row]) : column.integers[row]
        }
        for row in 0..<table.rowCount where keys.codes[row] >= 0 {
            guard let action = ids.index(of: keys.dictionary[keys.codes[row]]) else { continue }
            actions[Int(action)] = Action(
                value: number("VALUE", row).map(Double.init) ?? 0,
                expires: number("ACTION_EXPIRATION_TIMESTAMP", row) ?? number("EXPIRATION_TIMESTAMP", row),
                repeatDays: number("REPEAT_FREQUENCY", row)
            )
        }
        return actions
    }
}
