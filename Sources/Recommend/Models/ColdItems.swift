/// Items that few have touched borrow from the items whose metadata are closest.
///
/// With n users of its own, an item takes `warm / (warm + n)` of its lift over the prior from its neighbours and the rest from itself; in a
/// history it stands for its neighbours in the same share.
struct ColdItems: Sendable {
    /// Items with more users are warm, unless a recipe says otherwise: they lend and do not borrow.
    static let usualWarm: Int32 = 10
    static let neighbours = 8

    let warm: Int32
    let items: [Int32]
    /// The lenders of `items[i]` are `starts[i]..<starts[i + 1]` of the two arrays below; shares sum to 1.
    let starts: [Int]
    let lenders: [Int32]
    let shares: [Float]
    /// Per item, how much it borrows.
    let borrowed: [Float]
    private let placeOf: [Int32: Int]

    init(_ features: Features, users: [Int32], warm: Int32 = usualWarm) {
        let index = LikeItems(features)
        var items: [Int32] = []
        var starts = [0]
        var lenders: [Int32] = []
        var shares: [Float] = []
        for item in 0..<features.count where users[item] <= warm && features.starts[item] < features.starts[item + 1] {
            let near = index.nearest(features.vector(item), Self.neighbours) { users[Int($0)] > warm }
            let total = near.reduce(Float(0)) { $0 + $1.likeness }
            if total == 0 { continue }
            items.append(Int32(item))
            lenders.append(contentsOf: near.map(\.thing))
            shares.append(contentsOf: near.map { $0.likeness / total })
            starts.append(lenders.count)
        }
        self.warm = warm
        self.items = items
        self.starts = starts
        self.lenders = lenders
        self.shares = shares
        borrowed = items.map { Float(warm) / Float(warm + users[Int($0)]) }
        placeOf = Dictionary(uniqueKeysWithValues: items.enumerated().map { ($0.element, $0.offset) })
    }

    /// What stands for a cold item in a history: each lender with its share, and how much of the item's own row remains; nil for warm ones.
    func standIns(for item: Int32) -> (lenders: [(item: Int32, share: Float)], own: Float)? {
        guard let place = placeOf[item] else { return nil }
        let lenders = (starts[place]..<starts[place + 1]).map { (self.lenders[$0], shares[$0] * borrowed[place]) }
        return (lenders, 1 - borrowed[place])
    }

    /// Moves each cold item's lift towards that of its lenders.
    func lift(_ prior: [Float], into logits: inout [Float]) {
        for (place, item) in items.enumerated() {
            var lift: Float = 0
            for index in starts[place]..<starts[place + 1] {
                let lender = Int(lenders[index])
                lift += shares[index] * (logits[lender] - prior[lender])
            }
            let own = logits[Int(item)] - prior[Int(item)]
            logits[Int(item)] = prior[Int(item)] + own + borrowed[place] * (lift - own)
        }
    }
}
