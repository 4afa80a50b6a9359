import Kernels

/// Counts, item by item, the users that it shares with every other.
struct CoOccurrence: Sendable {
    private let settings: NeighbourSettings
    private let compared: Bitset?
    private let features: Features?
    private let like: InvertedIndex?
    private let itemCount: Int
    /// User × item, in the order of first touch.
    private let profiles: CompressedSparseRows
    /// Item × entry of `profiles`.
    private let places: CompressedSparseRows
    /// Per entry of `places`, whose profile it is.
    private let userOf: [Int32]
    /// Weight of a pair by distance, whole numbers of 2^-16, so that sums do not depend on the order of users.
    private let fading: [Int64]
    private let scales: [Double]

    init(profiles: [[Int32]], itemCount: Int, settings: NeighbourSettings, compared: Bitset?, features: Features?) {
        self.settings = settings
        self.compared = compared
        self.features = features
        self.itemCount = itemCount
        like = features.map(InvertedIndex.init)
        self.profiles = CompressedSparseRows(profiles)
        let places = CompressedSparseRows(positionsOf: self.profiles.columns, count: itemCount)
        self.places = places
        let users = self.profiles.rowOfEntry
        userOf = places.columns.map { users[Int($0)] }
        let longest = profiles.reduce(1) { max($0, $1.count) }
        fading = (0..<longest).map { distance in
            let near = settings.nearness == 0 ? 1 : Platform.exp(-Double(max(distance - 1, 0)) / settings.nearness)
            return Int64((65536 * (settings.lasting + (1 - settings.lasting) * near)).rounded())
        }
        scales = (0..<itemCount).map {
            Platform.pow(Double(places.entries(of: $0).count) + settings.shrinkage, -settings.popularityDiscount) / 256
        }
    }

    struct Rows: Sendable {
        private(set) var lengths: [Int] = []
        private(set) var neighbours: [Int32] = []

        fileprivate mutating func append(_ row: [Int32]) {
            lengths.append(row.count)
            neighbours.append(contentsOf: row)
        }
    }

    /// Dense arrays for one row at a time, so that rows can be counted on any thread. All zero and empty between rows.
    private struct Room {
        var weights: [Int64]
        var shared: [Int32]
        /// One position per item, of which the first `touchedCount` are taken.
        var touched: [Int32]
        var touchedCount = 0
        var similarity: [Float]
        /// Those that have a similarity, and the others, who come after them.
        var similar: TopK
        var others: TopK

        mutating func takeRow() -> [Int32] {
            let row = similar.sorted()
            defer {
                similar.removeAll()
                others.removeAll()
            }
            return row + others.sorted().prefix(similar.room - row.count)
        }
    }

    /// The rows of some items.
    func rows(_ items: Range<Int>) -> Rows {
        var result = Rows()
        var room = Room(
            weights: [Int64](repeating: 0, count: itemCount),
            shared: [Int32](repeating: 0, count: itemCount),
            touched: [Int32](repeating: 0, count: itemCount),
            similarity: [Float](repeating: 0, count: features == nil ? 0 : itemCount),
            similar: TopK(room: settings.kept),
            others: TopK(room: settings.kept)
        )
        for item in items {
            count(item, &room)
            let vector = features?.vector(item) ?? []
            like?.score(vector, into: &room.similarity)
            addTouched(item, &room)
            if let like { addLiked(item, like.sharing(vector), &room.similarity, to: &room.similar) }
            result.append(room.takeRow())
        }
        return result
    }

    /// Adds the items that share users with an item, and clears what was counted.
    private func addTouched(_ item: Int, _ room: inout Room) {
        let isCompared = compared?[item] ?? true
        for other in room.touched[..<room.touchedCount] {
            let place = Int(other)
            let isCounted = isCompared && Int(room.shared[place]) >= max(1, settings.leastShared) && compared?[place] ?? true
            var similarity = Double(room.weights[place]) * scales[place] * scales[item]
            room.shared[place] = 0
            room.weights[place] = 0
            var isLiked = false
            if like != nil {
                isLiked = room.similarity[place] > 0
                if isLiked, !isCounted { similarity = 0 }
                similarity += settings.metadata * Double(room.similarity[place])
                room.similarity[place] = 0
            }
            if place == item { continue }
            if isCounted || isLiked { room.similar.add(Float(similarity), other) } else { room.others.add(Float(similarity), other) }
        }
        room.touchedCount = 0
    }

    /// Adds the items that have nothing but metadata in common with an item, and clears their likeness.
    private func addLiked(_ item: Int, _ sharing: [ArraySlice<Int32>], _ similarity: inout [Float], to similar: inout TopK) {
        similarity[item] = 0
        func add(_ other: Int) {
            if similarity[other] == 0 { return }
            similar.add(Float(settings.metadata) * similarity[other], Int32(truncatingIfNeeded: other))
            similarity[other] = 0
        }
        // Many are faster looked through in the order of memory than in that of their tokens.
        if sharing.reduce(0, { $0 + $1.count }) > itemCount / 4 {
            for other in similarity.indices { add(other) }
        } else {
            for list in sharing { for other in list { add(Int(other)) } }
        }
    }

    private func count(_ item: Int, _ room: inout Room) {
        let own = places.entries(of: item)
        room.touchedCount = places.columns.withUnsafeBufferPointer { places in
            userOf.withUnsafeBufferPointer { userOf in
                profiles.columns.withUnsafeBufferPointer { profile in
                    profiles.offsets.withUnsafeBufferPointer { offsets in
                        fading.withUnsafeBufferPointer { fading in
                            room.shared.withUnsafeMutableBufferPointer { shared in
                                room.weights.withUnsafeMutableBufferPointer { weights in
                                    room.touched.withUnsafeMutableBufferPointer { touched in
                                        Kernels.countCommonUsers(
                                            places: UnsafeBufferPointer(rebasing: places[own]),
                                            users: UnsafeBufferPointer(rebasing: userOf[own]),
                                            profiles: profile,
                                            profileStarts: offsets,
                                            fading: fading,
                                            shared: shared,
                                            weights: weights,
                                            touched: touched
                                        )
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
