extension Returns {
    /// A user's touched items as they stand at a moment, and their features.
    struct Moment {
        /// One touched item.
        struct Touched {
            var item: Int32
            /// Other items touched since.
            var rank: Int
            /// Events since its last touch, that one not counted.
            var back: Int
            /// Seconds from its last touch to the newest event.
            var age: Int64
            /// Code of the type of its last event.
            var lastType: UInt8
            /// Bit `code` for each type of its events.
            var everTypes: UInt32
            var touches = 0
            /// Touches in the session of the newest event.
            var touchesNow = 0
            var sessions = 0
            /// Runs of touches with nothing else in between.
            var visits = 0
            /// Sessions since that of its last touch.
            var sessionsAgo = 0
            fileprivate var session = -1
        }

        /// The most recently touched first.
        private(set) var touched: [Touched] = []
        /// Those of the item that was written last.
        private(set) var features: [Float]
        private let types: Int
        private let odds: [Float]
        private let isLater: Bool
        private var newestType: UInt8 = 0
        /// Events in the session of the newest one.
        private var sessionEvents = 0
        private var logDistinct: Float = 0
        private var logReturns: Float = 0
        private var isNewestReturn = false

        /// - Parameter history: newest last; as much of it as the window holds is looked at.
        init(_ history: some BidirectionalCollection<HistoryEvent>, types: Int, odds: [Float], isLater: Bool) {
            self.types = types
            self.odds = odds
            self.isLater = isLater
            features = [Float](repeating: 0, count: Returns.width(types: types))
            guard let newest = history.last else { return }
            newestType = newest.type
            var indexOf: [Int32: Int] = [:]
            var session = 0
            var before = newest.time.value
            var after: Int32 = -1
            var events = 0
            for event in history.reversed().prefix(Returns.window) {
                if before - event.time.value > Returns.sessionPause { session += 1 }
                before = event.time.value
                if session == 0 { sessionEvents += 1 }
                let index = indexOf[event.item] ?? touched.count
                if index == touched.count {
                    indexOf[event.item] = index
                    let age = max(0, newest.time.value - event.time.value)
                    touched.append(Touched(item: event.item, rank: index, back: events, age: age, lastType: event.type, everTypes: 0))
                    touched[index].sessionsAgo = session
                }
                if after != event.item { touched[index].visits += 1 }
                after = event.item
                touched[index].everTypes |= 1 << UInt32(event.type)
                touched[index].touches += 1
                if session == 0 { touched[index].touchesNow += 1 }
                if touched[index].session != session {
                    touched[index].session = session
                    touched[index].sessions += 1
                }
                events += 1
            }
            isNewestReturn = touched[0].touches > 1
            logDistinct = Self.log(Double(touched.count))
            logReturns = Self.log((Double(events - touched.count) + 0.5) / (Double(touched.count) + 0.5))
        }

        /// Writes the features of an item into `features`.
        /// - Parameter opinion: the base model's logit of the item beside the untouched ones.
        mutating func write(_ index: Int, opinion: Double) {
            let item = touched[index]
            var next = 0
            func put(_ value: Float) {
                features[next] = value
                next += 1
            }
            put(1)
            put(Float(opinion))
            put(Self.log(Double(1 + item.rank)))
            put(item.rank == 0 ? 1 : 0)
            put(item.rank == 1 ? 1 : 0)
            put(Self.log(Double(1 + item.back)))
            put(Self.log(Double(item.touches)))
            put(item.touches == 1 ? 1 : 0)
            put(item.rank == 0 && item.touches == 1 ? 1 : 0)
            put(Self.log(Double(1 + item.touchesNow)))
            put(Self.log(Double(item.sessions)))
            put(Self.log(Double(item.visits)))
            put(Self.log(Double(1 + item.sessionsAgo)))
            put(odds[Int(item.item)])
            put(isLater ? 1 : 0)
            put(isLater && item.age == 0 ? 1 : 0)
            put(logDistinct)
            put(logReturns)
            put(Self.log(Double(sessionEvents)))
            put(isNewestReturn ? 1 : 0)
            for decay in Returns.decays { put(Float(Platform.exp(-Double(item.age) / decay))) }
            for code in 1..<UInt8(types + 1) {
                put(item.lastType == code ? 1 : 0)
                put(item.everTypes >> UInt32(code) & 1 == 1 ? 1 : 0)
                put(newestType == code ? 1 : 0)
                put(newestType == code && item.rank == 0 ? 1 : 0)
            }
        }

        private static func log(_ value: Double) -> Float { Float(Platform.log(value)) }
    }

    /// The event types that are told apart: the commonest, each with a hundredth of the events at least; none if one type is all there is.
    static func types(_ interactions: Interactions, among users: [Int]) -> [String] {
        var counts: [String: Int] = [:]
        var ofType = [Int](repeating: 0, count: interactions.eventTypes.count)
        var events = 0
        for user in users {
            events += interactions.events(of: user).count
            for type in interactions.typeOf[interactions.events(of: user)] where type >= 0 { ofType[Int(type)] += 1 }
        }
        for (type, count) in ofType.enumerated() { counts[interactions.eventTypes[Int32(type)].lowercased(), default: 0] += count }
        let common = counts.filter { $0.value * 100 >= events }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        guard let first = common.first, first.value * 100 < events * 99 else { return [] }
        return common.prefix(mostTypes).map(\.key)
    }

    /// How often users come back to each item after something else, beside all items: log odds, few visits drawn to 0.
    static func odds(_ interactions: Interactions, users: [Int]) -> [Float] {
        var returns = [Int32](repeating: 0, count: interactions.itemCount)
        var visits = returns
        var last = [Int32](repeating: -1, count: interactions.itemCount)
        for user in users {
            var before: Int32 = -1
            for event in interactions.events(of: user) {
                let item = interactions.itemOf[event]
                defer { before = item }
                if item == before { continue }
                visits[Int(item)] += 1
                if last[Int(item)] == Int32(user) { returns[Int(item)] += 1 }
                last[Int(item)] = Int32(user)
            }
        }
        let all = visits.reduce(0) { $0 + Double($1) }
        let share = (returns.reduce(0) { $0 + Double($1) } + 0.5) / (all + 1)
        let usual = Platform.log(share / (1 - share))
        return zip(returns, visits).map { returns, visits in
            let own = (Double(returns) + trust * share) / (Double(visits) + trust)
            return Float(Platform.log(own / (1 - own)) - usual)
        }
    }

    /// So many visits an item has of all items' odds, beside its own.
    private static let trust = 20.0
}

extension Interactions {
    /// Some events of one user, as histories are.
    /// - Parameter types: event types by code.
    func history(_ events: Range<Int>, types: [UInt8]) -> [HistoryEvent] {
        events.map {
            HistoryEvent(item: itemOf[$0], time: EpochSeconds(timeOf[$0]), type: typeOf[$0] < 0 || types.isEmpty ? 0 : types[Int(typeOf[$0])])
        }
    }

    /// The codes of the event types, by their number here; empty without types to tell apart.
    func codes(_ types: [String]) -> [UInt8] {
        types.isEmpty ? [] : (0..<Int32(eventTypes.count)).map { Returns.code(of: eventTypes[$0], types) }
    }
}
