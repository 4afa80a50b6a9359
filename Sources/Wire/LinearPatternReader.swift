/// Reads a regular expression into a tree, for `LinearPattern`.
struct LinearPatternReader {
    indirect enum Node {
        case set(ScalarSet)
        case sequence([Node])
        case choice([Node])
        /// From `least` to `most` times; nil for as often as it goes.
        case several(Node, least: Int, most: Int?)
        case start, end
    }

    private static let maximumDepth = 40
    private static let maximumCount = 5000

    private let scalars: [Unicode.Scalar]
    private var place = 0
    private var depth = 0

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    private var next: Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        place += 1
        return true
    }

    private func fault(_ reason: String) -> LinearPattern.Fault { LinearPattern.Fault(reason: reason) }

    mutating func whole() throws(LinearPattern.Fault) -> Node {
        let node = try choice()
        guard next == nil else { throw fault("a parenthesis closes that was never opened") }
        return node
    }

    private mutating func choice() throws(LinearPattern.Fault) -> Node {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw fault("it is nested too deeply") }
        var parts = [try sequence()]
        while take("|") { parts.append(try sequence()) }
        return parts.count == 1 ? parts[0] : .choice(parts)
    }

    private mutating func sequence() throws(LinearPattern.Fault) -> Node {
        var parts: [Node] = []
        while let scalar = next, scalar != "|", scalar != ")" { parts.append(try repeated(try atom())) }
        return .sequence(parts)
    }

    private mutating func repeated(_ atom: Node) throws(LinearPattern.Fault) -> Node {
        let node: Node
        switch next {
        case "*": (node, place) = (.several(atom, least: 0, most: nil), place + 1)
        case "+": (node, place) = (.several(atom, least: 1, most: nil), place + 1)
        case "?": (node, place) = (.several(atom, least: 0, most: 1), place + 1)
        case "{":
            place += 1
            node = try counted(atom)
        default: return atom
        }
        // Whether as much or as little as possible is taken makes no difference to whether it matches; to give nothing back, as of a second +, does.
        _ = take("?")
        if let next, "*+?{".unicodeScalars.contains(next) { throw fault("what is repeated already is repeated by \(next)") }
        return node
    }

    private mutating func counted(_ node: Node) throws(LinearPattern.Fault) -> Node {
        let least = try number() ?? 0
        var most: Int? = least
        if take(",") { most = try number() }
        guard take("}"), most ?? least >= least else { throw fault("a count is malformed") }
        return .several(node, least: least, most: most)
    }

    private mutating func number() throws(LinearPattern.Fault) -> Int? {
        var value: Int?
        while let scalar = next, ("0"..."9").contains(scalar) {
            value = (value ?? 0) * 10 + Int(scalar.value - 0x30)
            place += 1
            guard let value, value <= Self.maximumCount else { throw fault("a count is above \(Self.maximumCount)") }
        }
        return value
    }

    private mutating func atom() throws(LinearPattern.Fault) -> Node {
        guard let scalar = next else { throw fault("it ends too soon") }
        place += 1
        switch scalar {
        case "(":
            if take("?") {
                guard take(":") else { throw fault("it looks around, names a group or sets flags") }
            }
            let inner = try choice()
            guard take(")") else { throw fault("a parenthesis is never closed") }
            return inner
        case "[": return .set(try set())
        case ".": return .set(.anyButLineEnds)
        case "^": return .start
        case "$": return .end
        case "*", "+", "?", "{": throw fault("\(scalar) repeats nothing")
        case "\\":
            if take("A") { return .start }
            if take("z") || take("Z") { return .end }
            return .set(try escape())
        default: return .set(ScalarSet(ranges: [scalar.value...scalar.value]))
        }
    }

    /// What stands behind a backslash.
    private mutating func escape() throws(LinearPattern.Fault) -> ScalarSet {
        guard let scalar = next else { throw fault("it ends with a backslash") }
        place += 1
        switch scalar {
        case "d": return .digits
        case "D": return ScalarSet(ranges: ScalarSet.digits.ranges, isNegated: true)
        case "w": return .words
        case "W": return ScalarSet(ranges: ScalarSet.words.ranges, isNegated: true)
        case "s": return .blanks
        case "S": return ScalarSet(ranges: ScalarSet.blanks.ranges, isNegated: true)
        case "n": return ScalarSet(ranges: [0x0A...0x0A])
        case "r": return ScalarSet(ranges: [0x0D...0x0D])
        case "t": return ScalarSet(ranges: [0x09...0x09])
        case "x": return try hexadecimal(2)
        case "u": return try hexadecimal(4)
        case "a"..."z", "A"..."Z", "0"..."9": throw fault("\\\(scalar) is not read")
        default: return ScalarSet(ranges: [scalar.value...scalar.value])
        }
    }

    private mutating func hexadecimal(_ digits: Int) throws(LinearPattern.Fault) -> ScalarSet {
        guard place + digits <= scalars.count else { throw fault("an escape is cut short") }
        var text = ""
        for scalar in scalars[place..<place + digits] { text.unicodeScalars.append(scalar) }
        guard let value = UInt32(text, radix: 16) else { throw fault("an escape is no number") }
        place += digits
        return ScalarSet(ranges: [value...value])
    }

    /// What stands between brackets.
    private mutating func set() throws(LinearPattern.Fault) -> ScalarSet {
        var set = ScalarSet(ranges: [], isNegated: take("^"))
        var isFirst = true
        while true {
            guard let scalar = next else { throw fault("a bracket is never closed") }
            place += 1
            if scalar == "]", !isFirst {
                set.order()
                return set
            }
            isFirst = false
            if scalar == "[", next == ":" { throw fault("named classes are not read") }
            let member = scalar == "\\" ? try escape() : ScalarSet(ranges: [scalar.value...scalar.value])
            guard next == "-", place + 1 < scalars.count, scalars[place + 1] != "]", let low = Self.single(member) else {
                set.ranges += member.plain
                continue
            }
            place += 1
            let end = scalars[place]
            place += 1
            guard let high = Self.single(end == "\\" ? try escape() : ScalarSet(ranges: [end.value...end.value])), low <= high else {
                throw fault("a range in brackets is malformed")
            }
            set.ranges.append(low...high)
        }
    }

    private static func single(_ set: ScalarSet) -> UInt32? {
        guard !set.isNegated, set.ranges.count == 1, let range = set.ranges.first, range.count == 1 else { return nil }
        return range.lowerBound
    }
}
