/// A regular expression of `split`, `replaceAll` and `replaceFirst`: a text of characters that stand for themselves, or one class of them, as `,`,
/// `\.`, `\s+`, `[,;]`. What says more is refused.
struct VelocityPattern {
    private enum Atom {
        case one(Unicode.Scalar)
        case some((Unicode.Scalar) -> Bool)

        func matches(_ scalar: Unicode.Scalar) -> Bool {
            switch self {
            case .one(let other): scalar == other
            case .some(let test): test(scalar)
            }
        }
    }

    private var atoms: [Atom] = []
    /// Whether the one atom may come more than once.
    private var repeats = false

    init(_ pattern: String) throws(VelocityFault) {
        let scalars = Array(pattern.unicodeScalars)
        let fault = VelocityFault("The expression \(pattern) is not carried out: it is no literal text and no single class of characters")
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            index += 1
            switch scalar {
            case "\\":
                guard index < scalars.count else { throw fault }
                atoms.append(try Self.escape(scalars[index], fault))
                index += 1
            case "[":
                guard let end = scalars[index...].firstIndex(of: "]"), end > index else { throw fault }
                atoms.append(try Self.set(Array(scalars[index..<end]), fault))
                index = end + 1
            case "+" where index == scalars.count && atoms.count == 1: repeats = true
            case ".", "*", "+", "?", "(", ")", "{", "}", "|", "^", "$", "]": throw fault
            default: atoms.append(.one(scalar))
            }
        }
    }

    private static func escape(_ scalar: Unicode.Scalar, _ fault: VelocityFault) throws(VelocityFault) -> Atom {
        switch scalar {
        case "s": return .some { $0.value == 0x20 || (0x09...0x0D).contains($0.value) }
        case "d": return .some { (0x30...0x39).contains($0.value) }
        case "w": return .some { isWord($0) }
        case "W": return .some { !isWord($0) }
        case "D": return .some { !(0x30...0x39).contains($0.value) }
        case "n": return .one("\n")
        case "r": return .one("\r")
        case "t": return .one("\t")
        default:
            guard !isWord(scalar) else { throw fault }
            return .one(scalar)
        }
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: true
        default: false
        }
    }

    private static func set(_ scalars: [Unicode.Scalar], _ fault: VelocityFault) throws(VelocityFault) -> Atom {
        let isNegated = scalars.first == "^"
        var ranges: [ClosedRange<UInt32>] = []
        var index = isNegated ? 1 : 0
        while index < scalars.count {
            var scalar = scalars[index]
            if scalar == "\\" {
                index += 1
                guard index < scalars.count, !isWord(scalars[index]) else { throw fault }
                scalar = scalars[index]
            }
            if index + 2 < scalars.count, scalars[index + 1] == "-", scalars[index + 2].value >= scalar.value {
                ranges.append(scalar.value...scalars[index + 2].value)
                index += 3
            } else {
                ranges.append(scalar.value...scalar.value)
                index += 1
            }
        }
        return .some { scalar in ranges.contains { $0.contains(scalar.value) } != isNegated }
    }

    /// Where matches are, none touching another's inside.
    private func matches(_ text: [Unicode.Scalar]) -> [Range<Int>] {
        guard !atoms.isEmpty else { return [] }
        var (found, index): ([Range<Int>], Int) = ([], 0)
        while index + atoms.count <= text.count {
            guard zip(atoms, text[index...]).allSatisfy({ $0.matches($1) }) else {
                index += 1
                continue
            }
            var end = index + atoms.count
            while repeats, end < text.count, atoms[0].matches(text[end]) { end += 1 }
            found.append(index..<end)
            index = end
        }
        return found
    }

    /// As Java splits: empty parts at the end are left out.
    func split(_ text: String, _ budget: inout VelocityBudget) throws(VelocityFault) -> [String] {
        let scalars = Array(text.unicodeScalars)
        if atoms.isEmpty {
            try budget.spend(scalars.count &* 32)
            return scalars.map { String(Character($0)) }
        }
        var (parts, start): ([String], Int) = ([], 0)
        let ranges = matches(scalars)
        try budget.spend(ranges.count &* 32)
        for range in ranges {
            parts.append(Self.text(scalars[start..<range.lowerBound]))
            start = range.upperBound
        }
        guard start > 0 else { return [text] }
        parts.append(Self.text(scalars[start...]))
        while parts.last == "" { parts.removeLast() }
        return parts
    }

    /// What Java's replacements say by a backslash is read.
    func replace(_ text: String, _ with: String, first: Bool) -> String {
        let scalars = Array(text.unicodeScalars)
        var with = with
        if with.contains("\\") {
            var (plain, isEscaped) = ("", false)
            for character in with {
                if character == "\\", !isEscaped {
                    isEscaped = true
                } else {
                    plain.append(character)
                    isEscaped = false
                }
            }
            with = plain
        }
        var (output, start) = ("", 0)
        for range in matches(scalars) {
            output += Self.text(scalars[start..<range.lowerBound]) + with
            start = range.upperBound
            if first { break }
        }
        return output + Self.text(scalars[start...])
    }

    private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}
