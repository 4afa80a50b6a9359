import Recommend

/// The order in which one who knows the rules of `RetailSet` and the shopper's tastes would expect products next: about the best that any model can do
/// from such a history. How many more products the session has is not known to it either; going on is taken for twice as likely as another session.
struct RetailOracle {
    let set: RetailSet

    private struct Touched {
        var session: Int
        var times = 0
        var isDone = false
    }

    /// - Parameter context: a shopper's events so far, oldest first, at least one.
    /// - Returns: products, likeliest first; those that cannot come are not among them.
    func order(_ context: ArraySlice<RetailSet.Event>, _ shopper: RetailSet.Shopper) -> [String] {
        guard let last = context.last else { return [] }
        var touched: [Int: Touched] = [:]
        var previous: RetailSet.Event?
        for event in context {
            // The events of one look at a product follow each other within two minutes.
            let goesOn = previous.map { $0.item == event.item && event.time - $0.time < 120 } ?? false
            var state = touched[event.item] ?? Touched(session: event.session)
            state.session = event.session
            if !goesOn { state.times += 1 }
            if event.type == "Purchase" { state.isDone = !set.isUsedUp(event.category) }
            touched[event.item] = state
            previous = event
        }
        // The look at the last product may not be over.
        var weights = [Double](repeating: 0, count: set.items)
        weights[last.item] = 5
        add(2, category: last.category, session: last.session, touched: touched, price: shopper.price, to: &weights)
        for category in shopper.liked {
            add(0.85 / 3, category: category, session: last.session + 1, touched: touched, price: shopper.price, to: &weights)
        }
        return weights.indices.filter { weights[$0] > 0 }.sorted { weights[$0] > weights[$1] }.map { "i\($0)" }
    }

    /// Adds the probabilities of the next product of a session about `category`, times `factor`.
    private func add(_ factor: Double, category: Int, session: Int, touched: [Int: Touched], price: Int, to weights: inout [Double]) {
        let open = touched.filter { !$0.value.isDone }.map { item, state in
            (item: item, weight: Double(state.times) / Double(1 + session - state.session) * (set.category(item) == category ? 1 : 0.15))
        }
        let total = open.reduce(0) { $0 + $1.weight }
        if total > 0 {
            for (item, weight) in open { weights[item] += factor * RetailSet.returnShare * weight / total }
        }
        let isFresh = factor * (total > 0 ? 1 - RetailSet.returnShare : 1)
        for item in weights.indices where set.category(item) == category {
            weights[item] += isFresh * set.freshProbability(of: item, price: price)
        }
    }
}
