/// A regular expression that a caller brought along, matched in time proportional to the text: all alternatives are followed at once and nothing is
/// tried twice, so no expression can be made that takes for ever.
///
/// Characters and classes, `.`, groups, alternatives, `* + ? {n,m}` (greedy or not), `^ $ \A \z`, and `\d \w \s` with their opposites. What looks
/// around, looks back or sets flags is not read.
package struct LinearPattern: Sendable {
    /// Why an expression is not read.
    package struct Fault: Error, Equatable {
        package var reason: String
    }

    enum Step: Sendable {
        case set(ScalarSet)
        case split(Int, Int)
        case jump(Int)
        case start, end
        case match
    }

    /// An expression that expands to more steps is refused.
    static let maximumSteps = 10_000
    /// And so is one that takes more parts to expand, though they make no steps, as of nothing repeated.
    private static let maximumParts = 40_000

    private let steps: [Step]
    /// How much is done for each character of a text, at most.
    package var cost: Int { steps.count }

    package init(_ text: String) throws(Fault) {
        var reader = LinearPatternReader(text)
        let tree = try reader.whole()
        var steps: [Step] = []
        var parts = 0
        try Self.emit(tree, to: &steps, &parts)
        steps.append(.match)
        self.steps = steps
    }

    private static func emit(_ node: LinearPatternReader.Node, to steps: inout [Step], _ count: inout Int) throws(Fault) {
        count += 1
        guard steps.count < maximumSteps, count < maximumParts else { throw Fault(reason: "it repeats too much") }
        switch node {
        case .set(let set): steps.append(.set(set))
        case .start: steps.append(.start)
        case .end: steps.append(.end)
        case .sequence(let parts): for part in parts { try emit(part, to: &steps, &count) }
        case .choice(let parts):
            var exits: [Int] = []
            for (index, part) in parts.enumerated() {
                guard index < parts.count - 1 else {
                    try emit(part, to: &steps, &count)
                    break
                }
                let split = steps.count
                steps.append(.split(split + 1, 0))
                try emit(part, to: &steps, &count)
                exits.append(steps.count)
                steps.append(.jump(0))
                steps[split] = .split(split + 1, steps.count)
            }
            for exit in exits { steps[exit] = .jump(steps.count) }
        case .several(let part, let least, let most):
            for _ in 0..<least { try emit(part, to: &steps, &count) }
            if let most {
                var splits: [Int] = []
                for _ in least..<max(most, least) {
                    splits.append(steps.count)
                    steps.append(.split(0, 0))
                    try emit(part, to: &steps, &count)
                }
                for split in splits { steps[split] = .split(split + 1, steps.count) }
            } else {
                let split = steps.count
                steps.append(.split(0, 0))
                try emit(part, to: &steps, &count)
                steps.append(.jump(split))
                steps[split] = .split(split + 1, steps.count)
            }
        }
    }

    /// Whether all of a text matches.
    package func matchesWhole(_ text: String) -> Bool { run(text, whole: true) }

    /// Whether a part of a text matches.
    package func matchesPart(_ text: String) -> Bool { run(text, whole: false) }

    private func run(_ text: String, whole: Bool) -> Bool {
        let scalars = Array(text.unicodeScalars)
        var current = Threads(steps.count)
        for position in 0...scalars.count {
            if position == 0 || !whole { follow(0, position, scalars.count, &current) }
            if current.hasMatch, !whole || position == scalars.count { return true }
            guard position < scalars.count else { return false }
            var next = Threads(steps.count)
            for place in current.places {
                if case .set(let set) = steps[place], set.contains(scalars[position]) { follow(place + 1, position + 1, scalars.count, &next) }
            }
            current = next
            if whole, current.places.isEmpty, !current.hasMatch { return false }
        }
        return false
    }

    private struct Threads {
        var places: [Int] = []
        var seen: [Bool]
        var hasMatch = false
        init(_ count: Int) { seen = [Bool](repeating: false, count: count) }
    }

    private func follow(_ start: Int, _ position: Int, _ count: Int, _ threads: inout Threads) {
        var open = [start]
        while let place = open.popLast() {
            guard !threads.seen[place] else { continue }
            threads.seen[place] = true
            switch steps[place] {
            case .set: threads.places.append(place)
            case .split(let first, let second): open += [second, first]
            case .jump(let target): open.append(target)
            case .start: if position == 0 { open.append(place + 1) }
            case .end: if position == count { open.append(place + 1) }
            case .match: threads.hasMatch = true
            }
        }
    }
}

/// Some of the characters that there are.
struct ScalarSet: Sendable {
    /// In order, none of them touching another.
    var ranges: [ClosedRange<UInt32>]
    var isNegated = false

    /// By halves, so the ranges are in order.
    func contains(_ scalar: Unicode.Scalar) -> Bool {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < scalar.value { low = middle + 1 } else { high = middle }
        }
        return (low < ranges.count && ranges[low].lowerBound <= scalar.value) != isNegated
    }

    /// Puts the ranges in order and joins those that touch.
    mutating func order() {
        var joined: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, range.lowerBound <= last.upperBound + 1 {
                joined[joined.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
        ranges = joined
    }

    private static let last: UInt32 = 0x10FFFF
    static let digits = ScalarSet(ranges: [0x30...0x39])
    static let words = ScalarSet(ranges: [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    static let blanks = ScalarSet(ranges: [0x09...0x0D, 0x20...0x20])
    static let anyButLineEnds = ScalarSet(ranges: [0x0A...0x0A, 0x0D...0x0D, 0x85...0x85, 0x2028...0x2029], isNegated: true)

    /// The same set said without a negation.
    var plain: [ClosedRange<UInt32>] {
        guard isNegated else { return ranges }
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { gaps.append(next...range.lowerBound - 1) }
            next = max(next, range.upperBound + 1)
        }
        if next <= Self.last { gaps.append(next...Self.last) }
        return gaps
    }
}
