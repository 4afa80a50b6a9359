/// Reads templates: text, references and directives, as Velocity 1.7 does, without macros and includes.
struct VelocityParser {
    /// Of what stands inside of what.
    private static let maximumDepth = 40

    let source: [UInt8]
    var index = 0
    var depth = 0
    /// Whether what fails is read in another way.
    private var isTrying = false
    /// Bytes that were read in vain.
    private var wasted = 0
    private static let maximumWaste = 4 << 20

    init(_ text: [UInt8]) {
        source = text
    }

    // MARK: Bytes

    var next: UInt8? { index < source.count ? source[index] : nil }

    func peek(_ offset: Int) -> UInt8? {
        let place = index + offset
        return place >= 0 && place < source.count ? source[place] : nil
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    func has(_ word: StaticString, at offset: Int = 0) -> Bool {
        let place = index + offset
        guard place + word.utf8CodeUnitCount <= source.count else { return false }
        return UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount).elementsEqual(source[place..<place + word.utf8CodeUnitCount])
    }

    func text(_ range: Range<Int>) -> String { String(decoding: source[range], as: UTF8.self) }

    static func isLetter(_ byte: UInt8?) -> Bool {
        guard let byte else { return false }
        return (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    static func isDigit(_ byte: UInt8?) -> Bool { byte.map { (0x30...0x39).contains($0) } ?? false }

    static func isName(_ byte: UInt8?) -> Bool { isLetter(byte) || isDigit(byte) || byte == 0x5F || byte == 0x2D }

    mutating func name() -> String {
        let start = index
        while Self.isName(next) { index += 1 }
        return text(start..<index)
    }

    mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { index += 1 }
    }

    func fault(_ reason: String) -> VelocityFault {
        // Nobody reads the line of an attempt, and to count it takes time.
        if isTrying { return VelocityFault(reason) }
        let line = source[..<min(index, source.count)].count { $0 == 0x0A } + 1
        return VelocityFault("\(reason) in line \(line)")
    }

    mutating func deeper<Value>(_ body: (inout VelocityParser) throws(VelocityFault) -> Value) throws(VelocityFault) -> Value {
        depth += 1
        guard depth <= Self.maximumDepth else { throw fault("The template is nested too deeply") }
        defer { depth -= 1 }
        return try body(&self)
    }

    // MARK: Templates

    /// The directive that ended a block.
    enum End { case source, end, otherwise, otherwiseIf }

    mutating func whole() throws(VelocityFault) -> [VelocityNode] {
        let (nodes, end) = try block()
        guard end == .source else { throw fault("A directive ends what did not begin") }
        return nodes
    }

    private mutating func block() throws(VelocityFault) -> (nodes: [VelocityNode], end: End) {
        var nodes: [VelocityNode] = []
        var start = index
        func flush(_ nodes: inout [VelocityNode], to end: Int) {
            if end > start { nodes.append(.text(text(start..<end))) }
        }
        while let byte = next {
            let place = index
            switch byte {
            case UInt8(ascii: "\\"):
                // An escaped reference or directive is text without the backslash.
                if peek(1) == UInt8(ascii: "$") || peek(1) == UInt8(ascii: "#") {
                    flush(&nodes, to: place)
                    start = place + 1
                    index += 2
                } else {
                    index += 1
                }
            case UInt8(ascii: "$"):
                if let reference = try reference() {
                    flush(&nodes, to: place)
                    nodes.append(.reference(reference))
                    start = index
                }
            case UInt8(ascii: "#"):
                guard let directive = try directive(textFrom: start, &nodes) else {
                    index = max(index, place + 1)
                    continue
                }
                start = index
                if let end = directive.end { return (nodes, end) }
            default: index += 1
            }
        }
        flush(&nodes, to: index)
        return (nodes, .source)
    }

    /// Reads what begins with a number sign; nil when it is text. The text before it is added to the nodes first.
    private mutating func directive(textFrom start: Int, _ nodes: inout [VelocityNode]) throws(VelocityFault) -> (end: End?, ())? {
        let place = index
        func before(_ end: Int) -> [VelocityNode] { end > start ? [.text(text(start..<end))] : [] }
        if has("##") {
            nodes += before(place)
            while let byte = next, byte != 0x0A { _ = byte; index += 1 }
            if next != nil { index += 1 }
            return (nil, ())
        }
        if has("#*") {
            nodes += before(place)
            index += 2
            while next != nil, !has("*#") { index += 1 }
            guard next != nil else { throw fault("A comment has no end") }
            index += 2
            return (nil, ())
        }
        if has("#[[") {
            nodes += before(place)
            index += 3
            let from = index
            while next != nil, !has("]]#") { index += 1 }
            guard next != nil else { throw fault("A literal has no end") }
            nodes.append(.text(text(from..<index)))
            index += 3
            return (nil, ())
        }
        index += 1
        let isBraced = take("{")
        let word = name()
        if isBraced, !take("}") {
            index = place
            return nil
        }
        switch word {
        case "set":
            // Blanks before it go with it.
            var end = place
            while end > start, source[end - 1] == 0x20 || source[end - 1] == 0x09 { end -= 1 }
            nodes += before(end)
            nodes.append(try setDirective())
        case "if":
            nodes += before(place)
            nodes.append(try deeper { (parser) throws(VelocityFault) in try parser.ifDirective() })
        case "foreach":
            nodes += before(place)
            nodes.append(try deeper { (parser) throws(VelocityFault) in try parser.loopDirective() })
        case "break", "stop":
            nodes += before(place)
            nodes.append(word == "stop" ? .stop : .leave)
            skipLineEnd()
        case "end", "else", "elseif":
            nodes += before(place)
            if word != "elseif" { skipLineEnd() }
            return (word == "end" ? .end : word == "else" ? .otherwise : .otherwiseIf, ())
        case "macro", "parse", "include", "define", "evaluate": throw fault("#\(word) is not carried out")
        default:
            index = place
            return nil
        }
        return (nil, ())
    }

    /// The rest of a directive's line, if nothing stands there.
    private mutating func skipLineEnd() {
        var place = index
        while place < source.count, source[place] == 0x20 || source[place] == 0x09 { place += 1 }
        if place < source.count, source[place] == 0x0D { place += 1 }
        if place < source.count, source[place] == 0x0A {
            index = place + 1
        } else if place > index, source[place - 1] == 0x0D {
            index = place
        }
    }

    private mutating func open() throws(VelocityFault) {
        while next == 0x20 || next == 0x09 { index += 1 }
        guard take("(") else { throw fault("A directive has no parenthesis") }
        skipBlanks()
    }

    private mutating func close() throws(VelocityFault) {
        skipBlanks()
        guard take(")") else { throw fault("A parenthesis is not closed") }
        skipLineEnd()
    }

    private mutating func setDirective() throws(VelocityFault) -> VelocityNode {
        try open()
        guard next == UInt8(ascii: "$"), let target = try reference() else { throw fault("#set sets no reference") }
        skipBlanks()
        guard take("=") else { throw fault("#set has no equals sign") }
        let value = try expression()
        try close()
        return .set(target, value)
    }

    private mutating func ifDirective() throws(VelocityFault) -> VelocityNode {
        var branches: [(condition: VelocityExpression, body: [VelocityNode])] = []
        while true {
            try open()
            let condition = try expression()
            try close()
            let (body, end) = try block()
            branches.append((condition, body))
            switch end {
            case .otherwiseIf: continue
            case .end: return .choice(branches, otherwise: [])
            case .otherwise:
                let (otherwise, end) = try block()
                guard end == .end else { throw fault("#else is not followed by #end") }
                return .choice(branches, otherwise: otherwise)
            case .source: throw fault("#if has no #end")
            }
        }
    }

    private mutating func loopDirective() throws(VelocityFault) -> VelocityNode {
        try open()
        guard next == UInt8(ascii: "$"), let item = try reference(), item.steps.isEmpty else { throw fault("#foreach names no reference") }
        skipBlanks()
        guard name() == "in" else { throw fault("#foreach has no in") }
        let list = try expression()
        try close()
        let (body, end) = try block()
        guard end == .end else { throw fault("#foreach has no #end") }
        return .loop(name: item.name, list: list, body: body)
    }

    // MARK: References

    /// At a dollar sign; nil, and nothing is taken but the sign, when no reference begins there.
    mutating func reference() throws(VelocityFault) -> VelocityReference? {
        let start = index
        index += 1
        let isQuiet = take("!")
        let isBraced = take("{")
        guard Self.isLetter(next) || next == 0x5F else {
            index = start + 1
            return nil
        }
        var reference = VelocityReference(name: name(), steps: [], isQuiet: isQuiet, source: "")
        steps: while let byte = next {
            switch byte {
            case UInt8(ascii: "."):
                guard Self.isLetter(peek(1)) || peek(1) == 0x5F else { break steps }
                index += 1
                let name = name()
                if take("(") {
                    reference.steps.append(.call(name, try deeper { (parser) throws(VelocityFault) in try parser.list(until: ")") }))
                } else {
                    reference.steps.append(.property(name))
                }
            case UInt8(ascii: "["):
                let place = index
                index += 1
                // In text a bracket may be a bracket.
                let outer = isTrying
                isTrying = true
                let key = try? deeper({ (parser) throws(VelocityFault) in try parser.expression() })
                isTrying = outer
                skipBlanks()
                guard let key, take("]") else {
                    wasted += index - place
                    guard wasted <= Self.maximumWaste else { throw fault("The template has too many brackets that are not closed") }
                    index = place
                    break steps
                }
                reference.steps.append(.index(key))
            default: break steps
            }
            guard reference.steps.count <= 100 else { throw fault("A reference has too many parts") }
        }
        if isBraced, !take("}") {
            index = start + 1
            return nil
        }
        reference.source = text(start..<index)
        return reference
    }
}
