/// As much of DER (X.690) as a certificate takes: values that are bytes with a tag and a length in front.
enum DER {
    static func tagged(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        var length: [UInt8] = []
        if content.count < 128 {
            length = [UInt8(content.count)]
        } else {
            var rest = content.count
            while rest > 0 {
                length.insert(UInt8(truncatingIfNeeded: rest), at: 0)
                rest >>= 8
            }
            length.insert(0x80 | UInt8(length.count), at: 0)
        }
        return [tag] + length + content
    }

    static func sequence(_ items: [UInt8]...) -> [UInt8] { tagged(0x30, items.flatMap { $0 }) }
    static func set(_ items: [UInt8]...) -> [UInt8] { tagged(0x31, items.flatMap { $0 }) }
    static func utf8(_ text: String) -> [UInt8] { tagged(0x0C, Array(text.utf8)) }
    static func octets(_ bytes: [UInt8]) -> [UInt8] { tagged(0x04, bytes) }
    /// Whole bytes of bits.
    static func bits(_ bytes: [UInt8]) -> [UInt8] { tagged(0x03, [0] + bytes) }
    static let yes = tagged(0x01, [0xFF])

    /// A number that is not negative, from its bytes, most significant first.
    static func integer(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array(bytes.drop { $0 == 0 })
        return tagged(0x02, digits.first.map { $0 >= 0x80 } ?? true ? [0] + digits : digits)
    }

    /// An object identifier of at least two arcs.
    static func identifier(_ arcs: [UInt]) -> [UInt8] {
        precondition(arcs.count >= 2, "an identifier has two arcs or more")
        return tagged(0x06, ([arcs[0] * 40 + arcs[1]] + arcs.dropFirst(2)).flatMap { base128($0) })
    }

    private static func base128(_ value: UInt) -> [UInt8] {
        var digits = [UInt8(value & 0x7F)]
        var rest = value >> 7
        while rest > 0 {
            digits.insert(UInt8(rest & 0x7F) | 0x80, at: 0)
            rest >>= 7
        }
        return digits
    }

    /// `20261124203000Z`, whatever the century.
    static func time(_ text: String) -> [UInt8] { tagged(0x18, Array(text.utf8)) }
}
