/// Percent-encoding as AWS signs it: only `A–Z a–z 0–9 - . _ ~` stand for themselves, hexadecimal digits are capital.
package enum Percent {
    private static let unreserved: [Bool] = {
        var table = [Bool](repeating: false, count: 256)
        for byte in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8 { table[Int(byte)] = true }
        return table
    }()

    private static let capitals = Array("0123456789ABCDEF".utf8)

    /// Encodes every byte but the unreserved ones; slashes stand when `keepingSlashes`.
    package static func encode(_ text: String, keepingSlashes: Bool = false) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count + 16)
        append(text.utf8, to: &output, keepingSlashes: keepingSlashes)
        return String(decoding: output, as: UTF8.self)
    }

    package static func append(_ bytes: some Sequence<UInt8>, to output: inout [UInt8], keepingSlashes: Bool) {
        for byte in bytes {
            if unreserved[Int(byte)] || (keepingSlashes && byte == UInt8(ascii: "/")) {
                output.append(byte)
            } else {
                appendEscape(byte, to: &output)
            }
        }
    }

    /// Brings text that may already be encoded to the one form that is signed: escapes are read first, so `%7e`, `%7E` and `~` all become `~`.
    /// A per cent sign that begins no escape counts as itself; a plus is a blank when `plusIsBlank`, as in the query of a URL.
    package static func appendCanonical(_ bytes: some Collection<UInt8>, to output: inout [UInt8], plusIsBlank: Bool, keepingSlashes: Bool) {
        var index = bytes.startIndex
        while index < bytes.endIndex {
            var byte = bytes[index]
            if byte == UInt8(ascii: "%"), let escaped = escape(in: bytes, at: index) {
                byte = escaped
                index = bytes.index(index, offsetBy: 3)
                if byte == UInt8(ascii: "/") {
                    appendEscape(byte, to: &output)
                    continue
                }
            } else {
                if byte == UInt8(ascii: "+"), plusIsBlank { byte = UInt8(ascii: " ") }
                bytes.formIndex(after: &index)
            }
            if unreserved[Int(byte)] || (keepingSlashes && byte == UInt8(ascii: "/")) {
                output.append(byte)
            } else {
                appendEscape(byte, to: &output)
            }
        }
    }

    /// Nil when an escape is cut short or no hexadecimal, or when the result is no UTF-8.
    package static func decode(_ text: some StringProtocol, plusIsBlank: Bool = false) -> String? {
        let bytes = text.utf8
        guard bytes.contains(where: { $0 == UInt8(ascii: "%") || (plusIsBlank && $0 == UInt8(ascii: "+")) }) else { return String(text) }
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%") {
                guard let escaped = escape(in: bytes, at: index) else { return nil }
                output.append(escaped)
                index = bytes.index(index, offsetBy: 3)
            } else {
                output.append(byte == UInt8(ascii: "+") && plusIsBlank ? UInt8(ascii: " ") : byte)
                bytes.formIndex(after: &index)
            }
        }
        return String(validating: output, as: UTF8.self)
    }

    /// The parameters of a query in the order sent; one without an equals sign has an empty value. Nil when an escape is malformed.
    package static func pairs(query: String) -> [(name: String, value: String)]? {
        var pairs: [(name: String, value: String)] = []
        for piece in query.split(separator: "&") {
            let cut = piece.firstIndex(of: "=")
            let value = cut.map { piece[piece.index(after: $0)...] } ?? ""
            guard let name = decode(piece[..<(cut ?? piece.endIndex)], plusIsBlank: true), let value = decode(value, plusIsBlank: true) else {
                return nil
            }
            pairs.append((name, value))
        }
        return pairs
    }

    private static func appendEscape(_ byte: UInt8, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "%"))
        output.append(capitals[Int(byte >> 4)])
        output.append(capitals[Int(byte & 15)])
    }

    private static func escape<Bytes: Collection<UInt8>>(in bytes: Bytes, at index: Bytes.Index) -> UInt8? {
        let first = bytes.index(after: index)
        guard first < bytes.endIndex else { return nil }
        let second = bytes.index(after: first)
        guard second < bytes.endIndex, let high = Hex.value(of: bytes[first]), let low = Hex.value(of: bytes[second]) else { return nil }
        return high << 4 | low
    }
}
