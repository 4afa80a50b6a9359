/// How much likelier each item is under a condition (a class of users, a context) than at large.
///
/// `log( P(j | t) / p_j )` with `P(j | t) = (C_tj + s·p_j) / (C_t· + s)`; as with successors, what is the same for all items is left out, so
/// only seen pairs are kept, as `log(1 + C_tj / (s·p_j))`.
struct ConditionalLift: Sendable {
    let tokens: IdMap
    /// Token × item: the pairs seen.
    let pairs: CompressedSparseRows
    /// One per pair: `log(1 + C_tj / (s·p_j))`.
    let pairWeights: [Float]

    init(tokens: IdMap, pairs: CompressedSparseRows, pairWeights: [Float]) {
        self.tokens = tokens
        self.pairs = pairs
        self.pairWeights = pairWeights
    }

    /// - Parameter events: calls its argument with each token and item of each event that counts.
    init(tokens: IdMap, logProbability: [Float], smoothing: Double, events: ((Int32, Int32) -> Void) -> Void) {
        var counts = [[Int32: Int]](repeating: [:], count: tokens.count)
        events { token, item in counts[Int(token)][item, default: 0] += 1 }
        var pairs = CompressedSparseRows()
        var pairWeights: [Float] = []
        for row in counts {
            let sorted = row.sorted { $0.key < $1.key }
            pairs.append(sorted.lazy.map(\.key))
            for (item, count) in sorted {
                pairWeights.append(Float(Platform.log(1 + Double(count) / (smoothing * Platform.exp(Double(logProbability[Int(item)]))))))
            }
        }
        self.init(tokens: tokens, pairs: pairs, pairWeights: pairWeights)
    }

    /// Adds the lift of each token that is known, `strength / √(number of tokens)` of it.
    func add(_ names: [String], strength: Float, into logits: inout [Float]) {
        let known = names.compactMap { tokens.index(of: $0) }
        if known.isEmpty { return }
        let weight = strength / Float(known.count).squareRoot()
        for token in known {
            for entry in pairs.entries(of: Int(token)) { logits[Int(pairs.columns[entry])] += weight * pairWeights[entry] }
        }
    }
}

/// Whom and under what circumstances: the prior conditioned on user metadata and on contextual fields of interactions.
struct Conditions: Sendable {
    /// Users with a row in the Users dataset; their tokens are the rows of `features`.
    var users: IdMap
    let features: Features
    let userLifts: ConditionalLift
    let contextLifts: ConditionalLift

    /// How much a user's metadata weigh for a user without history.
    static let userStrength: Float = 0.7
    /// So many events halve that weight.
    static let halving: Float = 4
    static let contextStrength: Float = 0.5

    /// - Parameter context: field → value, as a query names them.
    func add(userId: String?, context: [String: String], historyLength: Int, into logits: inout [Float]) {
        if let userId, let user = users.index(of: userId) {
            let names = features.vector(Int(user)).map { features.tokens[$0.token] }
            userLifts.add(names, strength: Self.userStrength * Self.halving / (Self.halving + Float(historyLength)), into: &logits)
        }
        if context.isEmpty { return }
        let names = context.sorted { $0.key < $1.key }.map { Self.token($0.key.uppercased(), $0.value) }
        contextLifts.add(names, strength: Self.contextStrength, into: &logits)
    }

    static func token(_ column: String, _ value: some StringProtocol) -> String { "\(column)\u{1f}\(value)" }

    /// - Returns: nil when there is neither a Users dataset nor a contextual field.
    init?(_ interactions: Interactions, among chosen: [Int], _ request: TrainingRequest, logProbability: [Float], smoothing: Double) {
        var users = IdMap()
        if let ids = request.users?.column("USER_ID") {
            for row in 0..<(request.users?.rowCount ?? 0) where ids.codes[row] >= 0 { users.intern(ids.dictionary[ids.codes[row]]) }
        }
        let columns = interactions.contexts.filter { request.learns($0.name, of: .interactions) }
        if users.count == 0, columns.isEmpty { return nil }
        let features = Features(request.users, key: "USER_ID", entities: users) { request.learns($0, of: .users) }
        userLifts = ConditionalLift(tokens: features.tokens, logProbability: logProbability, smoothing: smoothing) { count in
            for user in chosen {
                guard let described = users.index(of: interactions.users[Int32(user)]) else { continue }
                for (token, _) in features.vector(Int(described)) {
                    for event in interactions.events(of: user) { count(token, interactions.itemOf[event]) }
                }
            }
        }
        var tokens = IdMap()
        let codes = columns.map { column in
            (0..<Int32(column.values.count)).map { tokens.intern(Self.token(column.name, column.values[$0])) }
        }
        contextLifts = ConditionalLift(tokens: tokens, logProbability: logProbability, smoothing: smoothing) { count in
            for user in chosen {
                for event in interactions.events(of: user) {
                    for (column, codes) in zip(columns, codes) where column.codes[event] >= 0 {
                        count(codes[Int(column.codes[event])], interactions.itemOf[event])
                    }
                }
            }
        }
        self.users = users
        self.features = features
    }

    init(users: IdMap, features: Features, userLifts: ConditionalLift, contextLifts: ConditionalLift) {
        self.users = users
        self.features = features
        self.userLifts = userLifts
        self.contextLifts = contextLifts
    }
}
