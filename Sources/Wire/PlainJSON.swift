/// Reads JSON as SDKs write it: ASCII, no escapes, each member once. It knows no refusal: whatever is not so plain, and whatever is wrong,
/// is left to `JSON.parse`, so that both paths give the same answers. Every method gives nil, or false, when that is the case.
package struct PlainJSON {
    // Proof of the pointer: a reader lives inside `read`, whose bytes outlive it, and every access is below `count`.
    private let bytes: UnsafeRawBufferPointer
    private var index = 0

    /// Runs `body` with a reader of the bytes. What it gives is dropped unless it has read to the end.
    package static func read<Value>(_ bytes: [UInt8], _ body: (inout PlainJSON) -> Value?) -> Value? {
        bytes.withUnsafeBytes { bytes in
            var reader = PlainJSON(bytes: bytes)
            guard let value = body(&reader) else { return nil }
            reader.skipBlanks()
            return reader.index == bytes.count ? value : nil
        }
    }

    private init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    private mutating func skipBlanks() {
        while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x0A || bytes[index] == 0x0D || bytes[index] == 0x09 { index &+= 1 }
    }

    /// Takes a character, and the blanks before it.
    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
        index &+= 1
        return true
    }

    /// Calls `member` with the range of each member's name; it has to read the value.
    package mutating func object(_ member: (inout PlainJSON, Range<Int>) -> Bool) -> Bool {
        guard take("{") else { return false }
        if take("}") { return true }
        repeat {
            guard let name = text(), take(":"), member(&self, name) else { return false }
        } while take(",")
        return take("}")
    }

    /// Calls `item` at the beginning of each item; it has to read it.
    package mutating func list(_ item: (inout PlainJSON) -> Bool) -> Bool {
        guard take("[") else { return false }
        if take("]") { return true }
        repeat {
            guard item(&self) else { return false }
        } while take(",")
        return take("]")
    }

    /// The range of a text, without its quotes.
    package mutating func text() -> Range<Int>? {
        guard take("\"") else { return nil }
        let start = index
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                defer { index &+= 1 }
                return start..<index
            }
            guard byte >= 0x20, byte < 0x80, byte != UInt8(ascii: "\\") else { return nil }
            index &+= 1
        }
        return nil
    }

    /// A text.
    package mutating func string() -> String? {
        text().map { string($0) }
    }

    /// The text in a range.
    package func string(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    package func isText(at range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        return zip(bytes[range], UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)).allSatisfy { $0 == $1 }
    }

    /// A number without sign, fraction and exponent, of nine digits at most.
    package mutating func number() -> Int? {
        skipBlanks()
        let start = index
        var value = 0
        while index < bytes.count, index - start < 10, bytes[index] >= 0x30, bytes[index] <= 0x39 {
            value = value * 10 + Int(bytes[index] - 0x30)
            index &+= 1
        }
        let digits = index - start
        guard digits > 0, digits < 10, digits == 1 || bytes[start] != 0x30 else { return nil }
        return value
    }

    /// A blob: decoded to `buffer` from `used` on, which it moves forward.
    ///
    /// - Returns: the range of the bytes in `buffer`.
    package mutating func blob(into buffer: UnsafeMutableRawBufferPointer, _ used: inout Int) -> Range<Int>? {
        guard take("\"") else { return nil }
        let start = used
        let text = UnsafeRawBufferPointer(rebasing: bytes[index...])
        // No more groups than the buffer has bytes for, less one byte of slack.
        let most = max(0, (buffer.count - used - 1) / 3 * 4)
        let groups = Base64Kernel.decode(
            UnsafeRawBufferPointer(rebasing: text.prefix(most)),
            into: UnsafeMutableRawBufferPointer(rebasing: buffer[used...])
        )
        index &+= groups * 4
        used += groups * 3
        if index < bytes.count, bytes[index] == UInt8(ascii: "\"") {
            index &+= 1
            return start..<used
        }
        // The last group, with its padding, is for the careful reader; so is whatever is wrong here.
        guard index + 5 <= bytes.count, bytes[index + 4] == UInt8(ascii: "\""), let tail = try? Base64.decode(string(index..<index + 4)),
            used + tail.count <= buffer.count
        else { return nil }
        for byte in tail {
            buffer[used] = byte
            used += 1
        }
        index &+= 5
        return start..<used
    }
}
