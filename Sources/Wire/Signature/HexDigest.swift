extension Hex {
    /// The value of one digit of either case; nil when it is no digit.
    package static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit &- UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit &- UInt8(ascii: "a") &+ 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit &- UInt8(ascii: "A") &+ 10
        default: nil
        }
    }

    /// The bytes of a 64-digit lower-case text, the only spelling of a signature that AWS accepts.
    static func digest(_ text: some StringProtocol) -> [UInt8]? {
        guard text.utf8.count == 64 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        var high: UInt8?
        for digit in text.utf8 {
            guard let value = value(of: digit), !(UInt8(ascii: "A")...UInt8(ascii: "F")).contains(digit) else { return nil }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }

    static func append(_ bytes: some Sequence<UInt8>, to output: inout [UInt8]) {
        for byte in bytes {
            output.append(digit(byte >> 4))
            output.append(digit(byte & 15))
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "a") &+ value &- 10
    }
}

/// SHA-256 in the lower-case hexadecimal that signatures carry.
package enum SHA256Hex {
    /// Of no bytes at all.
    package static let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    package static func text(of bytes: [UInt8]) -> String {
        guard !bytes.isEmpty else { return empty }
        var output: [UInt8] = []
        output.reserveCapacity(64)
        append(of: bytes, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    static func append(of bytes: [UInt8], to output: inout [UInt8]) {
        var hash = SHA256()
        hash.update(bytes)
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: SHA256.byteCount) { digest in
            guard let start = digest.baseAddress else { return }
            hash.finish(into: start)
            Hex.append(digest, to: &output)
        }
    }
}
