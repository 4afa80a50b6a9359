/// An answer that is written from front to back into memory of a known bound: for the few that are large or many.
package struct JSONOutput: ~Copyable {
    // Proof of the pointer: an output lives inside `write`, and every method checks that what it adds fits.
    private let buffer: UnsafeMutableRawBufferPointer
    private var count = 0

    /// - Parameter bound: the most bytes that `body` can write; memory that stays unused is never touched.
    package static func write(bound: Int, _ body: (inout JSONOutput) -> Void) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            var output = JSONOutput(buffer: UnsafeMutableRawBufferPointer(buffer))
            body(&output)
            count = output.count
        }
    }

    private init(buffer: UnsafeMutableRawBufferPointer) {
        self.buffer = buffer
    }

    private var free: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
    }

    /// Text as it is: punctuation, names, and values that need no escapes.
    package mutating func raw(_ text: StaticString) {
        let size = text.utf8CodeUnitCount
        precondition(size <= buffer.count - count, "an answer fits into its bound")
        free.copyMemory(from: UnsafeRawBufferPointer(start: text.utf8Start, count: size))
        count += size
    }

    /// The same, of bytes.
    package mutating func raw(_ bytes: [UInt8]) {
        precondition(bytes.count <= buffer.count - count, "an answer fits into its bound")
        bytes.withUnsafeBytes { free.copyMemory(from: $0) }
        count += bytes.count
    }

    /// What `fill` writes at the beginning of the memory it is given; it says how much that was.
    package mutating func raw(_ fill: (UnsafeMutableRawBufferPointer) -> Int) {
        let size = fill(free)
        precondition(size <= buffer.count - count, "an answer fits into its bound")
        count += size
    }

    package mutating func number(_ value: Int) {
        raw(Array(String(value).utf8))
    }

    package mutating func time(_ value: Timestamp) {
        raw(JSON.write(.timestamp(value)))
    }

    /// A text in quotes, escaped where it has to be: six bytes for each at most, and two.
    package mutating func text(_ utf8: UnsafeRawBufferPointer) {
        raw("\"")
        if utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            precondition(utf8.count <= buffer.count - count, "an answer fits into its bound")
            free.copyMemory(from: utf8)
            count += utf8.count
        } else {
            raw(Array(JSON.write(.string(String(decoding: utf8, as: UTF8.self))).dropFirst().dropLast()))
        }
        raw("\"")
    }

    package mutating func text(_ text: String) {
        var text = text
        text.withUTF8 { self.text(UnsafeRawBufferPointer($0)) }
    }

    /// Bytes as base64 in quotes.
    package mutating func blob(_ bytes: UnsafeRawBufferPointer) {
        raw("\"")
        Base64Kernel.encode(bytes, into: free)
        count += Base64.encodedCount(bytes.count)
        raw("\"")
    }
}
