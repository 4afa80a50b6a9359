/// optimizationObjective: what an item is worth, from a numeric column of the items.
struct Reward: Sendable {
    /// Per item, at least 0; an item without a value is worth the mean. If any value of the catalogue is negative, all are counted from
    /// the least, so that shares of them mean something; if that leaves nothing to tell items apart by, each is worth 1.
    let values: [Float]
    /// Per item, what is added to its logit: `sensitivity × (value - mean) / deviation`.
    let bonus: [Float]

    init(values: [Float], bonus: [Float]) {
        self.values = values
        self.bonus = bonus
    }

    /// - Returns: nil without an objective; the fault when the column cannot serve.
    static func read(_ request: TrainingRequest, _ items: IdMap) throws(TrainingFailure) -> Reward? {
        guard let objective = request.objective else { return nil }
        guard let table = request.items, let ids = table.column("ITEM_ID"), let column = table.column(objective.itemAttribute),
            column.spec.type != .string, column.spec.type != .boolean
        else { throw .refused("The optimization objective \(objective.itemAttribute) is not a numeric column of the Items dataset.") }
        var raw = [Double?](repeating: nil, count: items.count)
        for row in 0..<table.rowCount where ids.codes[row] >= 0 && !column.isNull(row) {
            guard let item = items.index(of: ids.dictionary[ids.codes[row]]) else { continue }
            raw[Int(item)] = column.integers.isEmpty ? column.reals[row] : Double(column.integers[row])
        }
        let known = raw.compactMap(\.self)
        guard !known.isEmpty else { throw .refused("The optimization objective \(objective.itemAttribute) has no values.") }
        let mean = known.reduce(0, +) / Double(known.count)
        let deviation = (known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(known.count)).squareRoot()
        let least = min(0, known.min() ?? 0)
        let isFlat = least < 0 && deviation == 0
        let strength =
            switch objective.sensitivity {
            case .off: 0.0
            case .low: 0.25
            case .medium: 0.5
            case .high: 1.0
            }
        return Reward(
            values: raw.map { isFlat ? 1 : Float(($0 ?? mean) - least) },
            bonus: raw.map { deviation == 0 ? 0 : Float(strength * (($0 ?? mean) - mean) / deviation) }
        )
    }
}
