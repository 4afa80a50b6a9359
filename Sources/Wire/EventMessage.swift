/// One message of `application/vnd.amazon.eventstream`: headers of text and a payload.
///
/// On the wire, big-endian: the total length, the length of the headers, the CRC-32 of those eight bytes, the headers, the payload, the CRC-32 of
/// everything before it. A header is its name's length in one byte, the name, the type 7, the value's length in two bytes, the value.
package struct EventMessage: Sendable, Equatable {
    package struct Header: Sendable, Equatable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Bytes that are no message.
    package struct Failure: Error, Equatable {
        package var reason: String
    }

    package var headers: [Header]
    package var payload: [UInt8]

    package init(headers: [Header], payload: [UInt8]) {
        self.headers = headers
        self.payload = payload
    }

    /// The value of a header; nil when there is none of the name.
    package subscript(name: String) -> String? {
        headers.first { $0.name == name }?.value
    }

    /// More than this in one message is refused by AWS's readers.
    package static let maximumBytes = 24 << 20
    private static let textType: UInt8 = 7
    private static let preludeBytes = 12
    private static let frameBytes = 16
}

extension EventMessage {
    package func encoded() -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(Self.frameBytes + payload.count + headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 })
        Self.append(UInt32(0), to: &output)
        Self.append(UInt32(0), to: &output)
        Self.append(UInt32(0), to: &output)
        for header in headers { Self.append(header, to: &output) }
        Self.set(UInt32(output.count - Self.preludeBytes), at: 4, in: &output)
        output += payload
        Self.set(UInt32(output.count + 4), at: 0, in: &output)
        Self.set(Self.check(output[..<8]), at: 8, in: &output)
        Self.append(Self.check(output[...]), to: &output)
        return output
    }

    private static func append(_ header: Header, to output: inout [UInt8]) {
        let (name, value) = (header.name.utf8, header.value.utf8)
        precondition((1...255).contains(name.count) && value.count <= Int(UInt16.max), "a header has a short name and a short value")
        output.append(UInt8(name.count))
        output.append(contentsOf: name)
        output.append(textType)
        output.append(UInt8(truncatingIfNeeded: value.count >> 8))
        output.append(UInt8(truncatingIfNeeded: value.count))
        output.append(contentsOf: value)
    }

    private static func append(_ word: UInt32, to output: inout [UInt8]) {
        for shift in [24, 16, 8, 0] as [UInt32] { output.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }

    private static func set(_ word: UInt32, at index: Int, in output: inout [UInt8]) {
        for byte in 0..<4 { output[index + byte] = UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * byte)) }
    }

    private static func check(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var sum = CRC(table: CRC.crc32Table, width: 32)
        bytes.withUnsafeBytes { sum.update($0) }
        return UInt32(truncatingIfNeeded: sum.value)
    }
}

extension EventMessage {
    /// Takes the first message off `bytes`; nil while it is not all there.
    package static func next(in bytes: inout ArraySlice<UInt8>) throws(Failure) -> EventMessage? {
        guard bytes.count >= preludeBytes else { return nil }
        let start = bytes.startIndex
        let total = Int(word(bytes, at: start))
        let headerBytes = Int(word(bytes, at: start + 4))
        guard check(bytes[start..<start + 8]) == word(bytes, at: start + 8) else { throw Failure(reason: "the prelude's checksum is wrong") }
        guard total <= maximumBytes, total >= frameBytes, headerBytes <= total - frameBytes else { throw Failure(reason: "the lengths cannot be") }
        guard bytes.count >= total else { return nil }
        let end = start + total - 4
        guard check(bytes[start..<end]) == word(bytes, at: end) else { throw Failure(reason: "the message's checksum is wrong") }
        let payloadStart = start + preludeBytes + headerBytes
        let message = EventMessage(headers: try readHeaders(bytes[(start + preludeBytes)..<payloadStart]), payload: Array(bytes[payloadStart..<end]))
        bytes = bytes[(end + 4)...]
        return message
    }

    private static func readHeaders(_ bytes: ArraySlice<UInt8>) throws(Failure) -> [Header] {
        var headers: [Header] = []
        var rest = bytes
        func text(_ count: Int) throws(Failure) -> String {
            guard rest.count >= count, let text = String(validating: rest.prefix(count), as: UTF8.self) else {
                throw Failure(reason: "a header is cut off or no text")
            }
            rest = rest.dropFirst(count)
            return text
        }
        while let length = rest.popFirst() {
            let name = try text(Int(length))
            guard rest.popFirst() == textType, let high = rest.popFirst(), let low = rest.popFirst() else {
                throw Failure(reason: "a header is cut off or no text")
            }
            headers.append(Header(name, try text(Int(high) << 8 | Int(low))))
        }
        return headers
    }

    private static func word(_ bytes: ArraySlice<UInt8>, at index: Int) -> UInt32 {
        bytes[index..<index + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
