/// The numbers of the co-interaction model (recipe aws-sims).
package struct NeighbourSettings: Sendable, Equatable {
    /// popularity_discount_factor: 0 ranks by shared users alone, 0.5 is the cosine, 1 is the lift against chance.
    package var popularityDiscount = 0.5
    /// min_cointeraction_count: pairs with fewer shared users are dropped.
    package var leastShared = 3
    /// So many users are added to every item's number before the discount, so that few users in common are not taken for likeness.
    package var shrinkage = 60.0
    /// How fast a pair fades with the number of other items that the user touched between the two: exp(-between / nearness); 0 is never.
    package var nearness = 20.0
    /// The share of a pair's weight that does not fade.
    package var lasting = 0.2
    /// How many neighbours an item keeps: a full answer of 500, and as many again for filters to take from.
    package var kept = 1000
    /// How much likeness by metadata counts beside a cosine of co-interaction (aws-similar-items).
    package var metadata = 0.05

    package init() {}

    /// Purchases of one basket: near in time, lifted against chance.
    static let boughtTogether: NeighbourSettings = {
        var settings = NeighbourSettings()
        settings.nearness = 5
        settings.lasting = 0.05
        settings.popularityDiscount = 0.7
        settings.leastShared = 2
        return settings
    }()
}

/// Items that share users: `similarity_ij = Σ near_u / ((users_i + shrinkage) · (users_j + shrinkage)) ^ discount` over the users u whom the
/// two share, each once; `near_u = lasting + (1 - lasting)·exp(-between / nearness)` by how many other items lie between the user's first
/// touches of the two. The part of i is the same for its whole row and left out.
/// Memory: 4 bytes a neighbour, at most `kept` an item. Time: the sum of the squared lengths of the users' lists.
struct Neighbours: Sendable {
    let settings: NeighbourSettings
    /// The neighbours of item `i`, best first, are `neighbours[rowStarts[i]..<rowStarts[i + 1]]`.
    let rowStarts: [Int]
    let neighbours: [Int32]

    /// - Parameter profiles: per user the distinct items to count, in the order of first touch.
    init?(profiles: [[Int32]], itemCount: Int, settings: NeighbourSettings, features: Features? = nil, goOn: (Double) -> Bool = { _ in true }) {
        self.settings = settings
        var starts = [Int](repeating: 0, count: itemCount + 1)
        for profile in profiles { for item in profile { starts[Int(item) + 1] += 1 } }
        for item in 0..<itemCount { starts[item + 1] += starts[item] }
        var cursors = starts
        var usersOf = [Int32](repeating: 0, count: starts[itemCount])
        for (user, profile) in profiles.enumerated() {
            for item in profile {
                usersOf[cursors[Int(item)]] = Int32(user)
                cursors[Int(item)] += 1
            }
        }
        let longest = profiles.reduce(1) { max($0, $1.count) }
        // Weights are whole numbers of 2^-16, so that sums do not depend on the order of users.
        let fading = (0..<longest).map { distance in
            let near = settings.nearness == 0 ? 1 : Platform.exp(-Double(max(distance - 1, 0)) / settings.nearness)
            return Int64((65536 * (settings.lasting + (1 - settings.lasting) * near)).rounded())
        }
        let scales = (0..<itemCount).map {
            Platform.pow(Double(starts[$0 + 1] - starts[$0]) + settings.shrinkage, -settings.popularityDiscount) / 256
        }
        var weights = [Int64](repeating: 0, count: itemCount)
        var shared = [Int32](repeating: 0, count: itemCount)
        var touched: [Int32] = []
        var row: [(similarity: Double, item: Int32)] = []
        let like = features.map(LikeItems.init)
        var likeness = [Float](repeating: 0, count: features == nil ? 0 : itemCount)
        var liked: [Int32] = []
        var rowStarts = [0]
        var neighbours: [Int32] = []
        for item in 0..<itemCount {
            if item & 255 == 0, !goOn(Double(item) / Double(itemCount)) { return nil }
            for user in usersOf[starts[item]..<starts[item + 1]] {
                let profile = profiles[Int(user)]
                guard let mine = profile.firstIndex(of: Int32(item)) else { continue }
                for (place, other) in profile.enumerated() {
                    if shared[Int(other)] == 0 { touched.append(other) }
                    shared[Int(other)] += 1
                    weights[Int(other)] += fading[abs(place - mine)]
                }
            }
            if let like, let features {
                like.score(features.vector(item), into: &likeness, touched: &liked)
                for other in liked where shared[Int(other)] == 0 { touched.append(other) }
            }
            for other in touched {
                let count = Int(shared[Int(other)])
                var similarity = count < settings.leastShared ? 0 : Double(weights[Int(other)]) * scales[Int(other)] * scales[item]
                shared[Int(other)] = 0
                weights[Int(other)] = 0
                if like != nil {
                    similarity += settings.metadata * Double(likeness[Int(other)])
                    likeness[Int(other)] = 0
                }
                if Int(other) == item || similarity == 0 { continue }
                row.append((similarity, other))
            }
            row.sort { ($1.similarity, $0.item) < ($0.similarity, $1.item) }
            neighbours.append(contentsOf: row.prefix(settings.kept).map(\.item))
            rowStarts.append(neighbours.count)
            row.removeAll(keepingCapacity: true)
            touched.removeAll(keepingCapacity: true)
            liked.removeAll(keepingCapacity: true)
        }
        self.rowStarts = rowStarts
        self.neighbours = neighbours
    }

    init(settings: NeighbourSettings, rowStarts: [Int], neighbours: [Int32]) {
        self.settings = settings
        self.rowStarts = rowStarts
        self.neighbours = neighbours
    }

    /// Best first.
    func of(_ item: Int32) -> ArraySlice<Int32> { neighbours[rowStarts[Int(item)]..<rowStarts[Int(item) + 1]] }

    /// The nearest items by metadata or text alone.
    init(_ features: Features, settings: NeighbourSettings) {
        let index = LikeItems(features)
        var rowStarts = [0]
        var neighbours: [Int32] = []
        for item in 0..<features.count {
            neighbours.append(contentsOf: index.nearest(features.vector(item), settings.kept, except: Int32(item)).map(\.thing))
            rowStarts.append(neighbours.count)
        }
        self.init(settings: settings, rowStarts: rowStarts, neighbours: neighbours)
    }
}
