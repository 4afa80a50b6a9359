/// Items that few have touched borrow from the items whose metadata are closest.
///
/// With n users of its own, an item takes `warm / (warm + n)` of its lift over the prior from its neighbours and the rest from itself; an
/// item that nobody has touched stands, in a history, for its neighbours.
struct ColdItems: Sendable {
    /// Items with more users are warm, unless a recipe says otherwise: they lend and do not borrow.
    static let usualWarm: Int32 = 10
    static let neighbours = 8

    let warm: Int32
    let items: [Int32]
    /// One row per item of `items`, × lender.
    let lenders: CompressedSparseRows
    /// One per lender; those of an item sum to 1.
    let shares: [Float]
    /// Per item, how much it borrows.
    let borrowed: [Float]
    /// By item, its index in `items`, which is its row of `lenders`.
    private let rowOf: [Int32: Int]

    init(_ features: Features, users: [Int32], warm: Int32 = usualWarm) {
        let all = (0..<Int32(features.count)).filter { !features.rows[Int($0)].isEmpty }
        let groups = NearestNeighbourIndex.grouped(features, all.filter { users[Int($0)] <= warm })
        let near = NearestNeighbourIndex(features, among: all.filter { users[Int($0)] > warm }, kept: Self.neighbours).nearest(
            to: groups.map { $0[0] }
        )
        var groupOf = [Int32](repeating: -1, count: features.count)
        for (number, group) in groups.enumerated() where !near[number].isEmpty { for item in group { groupOf[Int(item)] = Int32(number) } }
        var items: [Int32] = []
        var lenders = CompressedSparseRows()
        var shares: [Float] = []
        for item in all where groupOf[Int(item)] >= 0 {
            let near = near[Int(groupOf[Int(item)])]
            let total = near.reduce(Float(0)) { $0 + $1.similarity }
            items.append(item)
            lenders.append(near.lazy.map(\.entity))
            shares.append(contentsOf: near.map { $0.similarity / total })
        }
        self.warm = warm
        self.items = items
        self.lenders = lenders
        self.shares = shares
        borrowed = items.map { users[Int($0)] == 0 ? 1 : Float(warm) / Float(warm + users[Int($0)]) }
        rowOf = Dictionary(uniqueKeysWithValues: items.enumerated().map { ($0.element, $0.offset) })
    }

    /// How much of their rows the lenders of an untouched item give when it stands in a history: similarity by metadata says less than touches.
    private static let standInStrength: Float = 0.2

    /// Adds, for each untouched item of a history, the rows of its lenders.
    func standIn(_ history: [Int32], _ model: PersonalizedModel, into logits: inout [Float]) {
        let weights = model.successors.settings.weights(length: history.count)
        logits.withUnsafeMutableBufferPointer { logits in
            for (weight, item) in zip(weights, history.reversed()) {
                guard let row = rowOf[item], borrowed[row] == 1 else { continue }
                for entry in lenders.entries(of: row) {
                    model.successors.add(row: lenders.columns[entry], Self.standInStrength * weight * shares[entry], into: logits)
                }
            }
        }
    }

    /// Raises each cold item's lift towards that of its lenders.
    func lift(_ prior: [Float], into logits: inout [Float]) {
        for (row, item) in items.enumerated() {
            var lift: Float = 0
            for entry in lenders.entries(of: row) {
                let lender = Int(lenders.columns[entry])
                lift += shares[entry] * (logits[lender] - prior[lender])
            }
            // What a history says of the item itself, a return above all, is never talked down.
            let own = logits[Int(item)] - prior[Int(item)]
            if lift > own { logits[Int(item)] += borrowed[row] * (lift - own) }
        }
    }
}
