/// Counts, item by item, the users that it shares with every other.
struct CommonUsers: Sendable {
    private let settings: NeighbourSettings
    private let compared: Bitset?
    private let features: Features?
    private let like: LikeItems?
    private let itemCount: Int
    /// The users' profiles end to end; user `u` has `userStarts[u]..<userStarts[u + 1]`.
    private let flat: [Int32]
    private let userStarts: [Int]
    /// The places of item `i` in `flat` are `placesOf[placeStarts[i]..<placeStarts[i + 1]]`, and whose they are.
    private let placeStarts: [Int]
    private let placesOf: [Int32]
    private let userOf: [Int32]
    /// Weight of a pair by distance, whole numbers of 2^-16, so that sums do not depend on the order of users.
    private let fading: [Int64]
    private let scales: [Double]

    init(profiles: [[Int32]], itemCount: Int, settings: NeighbourSettings, compared: Bitset?, features: Features?) {
        self.settings = settings
        self.compared = compared
        self.features = features
        self.itemCount = itemCount
        like = features.map(LikeItems.init)
        var userStarts = [0]
        var placeStarts = [Int](repeating: 0, count: itemCount + 1)
        for profile in profiles {
            userStarts.append(userStarts[userStarts.count - 1] + profile.count)
            for item in profile { placeStarts[Int(item) + 1] += 1 }
        }
        flat = profiles.flatMap(\.self)
        precondition(flat.count < Int(Int32.max), "more than 2^31 touches")
        for item in 0..<itemCount { placeStarts[item + 1] += placeStarts[item] }
        var cursors = placeStarts
        var placesOf = [Int32](repeating: 0, count: flat.count)
        var userOf = placesOf
        for user in profiles.indices {
            for place in userStarts[user]..<userStarts[user + 1] {
                let item = Int(flat[place])
                placesOf[cursors[item]] = Int32(place)
                userOf[cursors[item]] = Int32(user)
                cursors[item] += 1
            }
        }
        self.userStarts = userStarts
        self.placeStarts = placeStarts
        self.placesOf = placesOf
        self.userOf = userOf
        let longest = profiles.reduce(1) { max($0, $1.count) }
        fading = (0..<longest).map { distance in
            let near = settings.nearness == 0 ? 1 : Platform.exp(-Double(max(distance - 1, 0)) / settings.nearness)
            return Int64((65536 * (settings.lasting + (1 - settings.lasting) * near)).rounded())
        }
        scales = (0..<itemCount).map {
            Platform.pow(Double(placeStarts[$0 + 1] - placeStarts[$0]) + settings.shrinkage, -settings.popularityDiscount) / 256
        }
    }

    struct Rows: Sendable {
        var lengths: [Int] = []
        var neighbours: [Int32] = []
    }

    /// The rows of some items: with three dense arrays of its own, so that rows can be counted on any thread.
    func rows(_ items: Range<Int>) -> Rows {
        var result = Rows()
        var weights = [Int64](repeating: 0, count: itemCount)
        var shared = [Int32](repeating: 0, count: itemCount)
        var touched: [Int32] = []
        var likeness = [Float](repeating: 0, count: features == nil ? 0 : itemCount)
        // Those that have a similarity, and the others, who come after them.
        var similar = TopK(room: settings.kept)
        var others = similar
        for item in items {
            count(item, &weights, &shared, &touched)
            let vector = features?.vector(item) ?? []
            like?.score(vector, into: &likeness)
            let isCompared = compared?[item] ?? true
            for other in touched {
                let count = Int(shared[Int(other)])
                let isCounted = isCompared && count >= max(1, settings.leastShared) && compared?[Int(other)] ?? true
                var similarity = Double(weights[Int(other)]) * scales[Int(other)] * scales[item]
                shared[Int(other)] = 0
                weights[Int(other)] = 0
                var isLiked = false
                if like != nil {
                    isLiked = likeness[Int(other)] > 0
                    if isLiked, !isCounted { similarity = 0 }
                    similarity += settings.metadata * Double(likeness[Int(other)])
                    likeness[Int(other)] = 0
                }
                if Int(other) == item { continue }
                if isCounted || isLiked { similar.add(Float(similarity), other) } else { others.add(Float(similarity), other) }
            }
            if let like { addLiked(like.sharing(vector), &likeness, without: item, to: &similar) }
            let row = similar.sorted()
            let rest = others.sorted().prefix(settings.kept - row.count)
            result.neighbours.append(contentsOf: row)
            result.neighbours.append(contentsOf: rest)
            result.lengths.append(row.count + rest.count)
            similar.removeAll()
            others.removeAll()
            touched.removeAll(keepingCapacity: true)
        }
        return result
    }

    /// Adds the items that have nothing but metadata in common with an item, and clears their likeness.
    private func addLiked(_ sharing: [ArraySlice<Int32>], _ likeness: inout [Float], without item: Int, to similar: inout TopK) {
        likeness[item] = 0
        func add(_ other: Int) {
            if likeness[other] == 0 { return }
            similar.add(Float(settings.metadata) * likeness[other], Int32(truncatingIfNeeded: other))
            likeness[other] = 0
        }
        // Many are faster looked through in the order of memory than in that of their tokens.
        if sharing.reduce(0, { $0 + $1.count }) > itemCount / 4 {
            for other in likeness.indices { add(other) }
        } else {
            for list in sharing { for other in list { add(Int(other)) } }
        }
    }

    private func count(_ item: Int, _ weights: inout [Int64], _ shared: inout [Int32], _ touched: inout [Int32]) {
        flat.withUnsafeBufferPointer { flat in
            for index in placeStarts[item]..<placeStarts[item + 1] {
                let mine = Int(placesOf[index])
                let user = Int(userOf[index])
                for place in userStarts[user]..<userStarts[user + 1] {
                    let other = Int(flat[place])
                    if shared[other] == 0 { touched.append(Int32(other)) }
                    shared[other] += 1
                    weights[other] += fading[abs(place - mine)]
                }
            }
        }
    }
}
