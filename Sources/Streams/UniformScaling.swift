/// How UpdateShardCount brings a stream to a number of shards of equal size: which shards it splits, and which pieces it merges.
///
/// Shards are split where the new ones begin, and the pieces that fall into one new shard are merged. What the service was seen to leave
/// behind, closed shards included, is just that for 2 → 4 (6 shards), 4 → 5 (15), 4 → 2 (6) and 4 → 3 (11). For 5 → 3 (7), 10 → 13 (37) and
/// 10 → 3 (17) it is less than equal sizes would take: there it halved every shard or none, and merged neighbours, whatever their size. What
/// divides the two kinds is that one round of splits and one of merges is enough for the first. Where the target is a multiple of a quarter,
/// which the service's documentation recommends, and where the shards are of different sizes to begin with, equal sizes are made in any case.
struct UniformScaling {
    /// The first keys of new shards that lie inside a shard, ascending.
    private(set) var cuts: [UInt128] = []
    /// For each new shard, the pieces that it is merged from.
    private(set) var pieces: [Int]
    /// False where the service is content with shards of different sizes.
    private(set) var isMade = true

    /// A new shard may begin so many keys off, which is not visible to callers: ranges are whole keys, and earlier splits have rounded them.
    private static let tolerance: UInt128 = 1 << 32

    /// - Parameter ranges: the open shards', ascending; they cover the key space.
    init(_ ranges: [HashRange], to target: Int) {
        let starts = HashRange.even(target).map { $0.start }
        pieces = [Int](repeating: 0, count: target)
        var new = 0
        var needsOneRound = true
        for range in ranges {
            // The new shard in which the range begins.
            while new + 1 < target, starts[new + 1] <= range.start || starts[new + 1] - range.start <= Self.tolerance { new += 1 }
            pieces[new] += 1
            var cutsHere = 0
            while new + 1 < target, starts[new + 1] < range.end, range.end - starts[new + 1] > Self.tolerance {
                new += 1
                pieces[new] += 1
                cuts.append(starts[new])
                cutsHere += 1
            }
            if cutsHere > 1 { needsOneRound = false }
        }
        needsOneRound = needsOneRound && pieces.allSatisfy { $0 <= 2 }
        isMade = needsOneRound || target * 4 % ranges.count == 0 || !Self.areEven(ranges)
    }

    private static func areEven(_ ranges: [HashRange]) -> Bool {
        let widths = ranges.map { $0.end - $0.start }
        guard let least = widths.min(), let most = widths.max() else { return true }
        return most - least <= tolerance
    }
}

extension ReshardDraft {
    mutating func scale(to target: Int) {
        let scaling = UniformScaling(layout.leaves.map { $0.range }, to: target)
        if scaling.isMade { even(scaling) } else { halve(to: target) }
    }

    private mutating func even(_ scaling: UniformScaling) {
        for cut in scaling.cuts {
            let shard = layout.leaves[layout.leaves.partitioningIndex { $0.range.end >= cut }]
            split(shard, into: (HashRange(start: shard.range.start, end: cut - 1), HashRange(start: cut, end: shard.range.end)))
        }
        var pieces = scaling.pieces
        while pieces.contains(where: { $0 > 1 }) {
            let leaves = layout.leaves
            var first = 0
            for (new, count) in pieces.enumerated() {
                for index in Swift.stride(from: first, to: first + count - 1, by: 2) { merge(leaves[index], leaves[index + 1]) }
                first += count
                pieces[new] = (count + 1) / 2
            }
        }
    }

    /// Growing splits every shard in half, as often as needed, and then merges neighbours; shrinking merges neighbours, round by round.
    private mutating func halve(to target: Int) {
        while layout.leaves.count < target {
            for shard in layout.leaves {
                if let halves = shard.range.halves { split(shard, into: halves) }
            }
        }
        while layout.leaves.count > target {
            let leaves = layout.leaves
            for index in Swift.stride(from: 0, to: leaves.count - 1, by: 2) where layout.leaves.count > target {
                merge(leaves[index], leaves[index + 1])
            }
        }
    }

    private mutating func merge(_ lower: Shard, _ upper: Shard) {
        guard let range = lower.range.joined(with: upper.range) else { preconditionFailure("neighbouring leaves adjoin") }
        merge(lower, upper, into: range)
    }
}
