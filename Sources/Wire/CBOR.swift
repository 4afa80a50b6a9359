/// RFC 8949 CBOR as AWS speaks it (`application/x-amz-cbor-1.1`) to `Document`: one item, text keys, bounded in depth and in number.
///
/// Definite and indefinite lengths, strings in chunks, floats of three sizes. Tag 1 is a time in milliseconds, where the RFC has seconds; other
/// tags are passed over. Whole numbers beyond 64 bits with sign become doubles, as JSON's do.
package enum CBOR {
    /// Where and why bytes are no CBOR that a document can hold.
    package struct Failure: Error, Equatable {
        package var offset: Int
        package var reason: String
    }

    /// Deeper nesting than any modelled shape needs is refused before it can use up the stack.
    package static let maximumDepth = JSON.maximumDepth
    /// More items than the largest modelled request needs: a byte each on the wire, and far more in memory.
    package static let maximumItems = 1 << 18

    /// What the number of a time counts: milliseconds in AWS's own protocol, seconds in RFC 8949 and Smithy's.
    package enum TimeUnit: Sendable {
        case milliseconds, seconds
    }

    package static func parse(_ bytes: [UInt8], times: TimeUnit = .milliseconds) throws(Failure) -> Document {
        var parser = CBORParser(bytes: bytes, times: times)
        let value = try parser.value(depth: 0)
        guard parser.index == bytes.count else { throw parser.failure("bytes after the value") }
        return value
    }
}

private struct CBORParser {
    let bytes: [UInt8]
    let times: CBOR.TimeUnit
    var index = 0
    private var items = 0

    /// What the first byte and its argument say.
    private struct Head {
        var major: UInt8
        /// 31 for indefinite lengths and breaks.
        var detail: UInt8
        var argument: UInt64
    }

    init(bytes: [UInt8], times: CBOR.TimeUnit) {
        self.bytes = bytes
        self.times = times
    }

    func failure(_ reason: String) -> CBOR.Failure {
        CBOR.Failure(offset: index, reason: reason)
    }

    private mutating func head() throws(CBOR.Failure) -> Head {
        guard index < bytes.count else { throw failure("the bytes end early") }
        let first = bytes[index]
        index += 1
        let detail = first & 31
        switch detail {
        case 0..<24: return Head(major: first >> 5, detail: detail, argument: UInt64(detail))
        case 24...27:
            let count = 1 << Int(detail - 24)
            guard index + count <= bytes.count else { throw failure("the bytes end early") }
            let argument = bytes[index..<index + count].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            index += count
            return Head(major: first >> 5, detail: detail, argument: argument)
        case 31: return Head(major: first >> 5, detail: detail, argument: 0)
        default: throw failure("a reserved length")
        }
    }

    mutating func value(depth: Int) throws(CBOR.Failure) -> Document {
        guard depth < CBOR.maximumDepth else { throw failure("nested too deeply") }
        items += 1
        guard items <= CBOR.maximumItems else { throw failure("too many items") }
        let head = try head()
        let isIndefinite = head.detail == 31
        switch head.major {
        case 0 where !isIndefinite: return Int64(exactly: head.argument).map { .integer($0) } ?? .double(Double(head.argument))
        case 1 where !isIndefinite: return Int64(exactly: head.argument).map { .integer(-1 - $0) } ?? .double(-1 - Double(head.argument))
        case 2: return .bytes(Array(try string(head)))
        case 3: return .string(try text(head))
        case 4: return try list(head, depth)
        case 5: return try map(head, depth)
        case 6 where !isIndefinite: return try tagged(head.argument, depth)
        case 7: return try simple(head)
        default: throw failure("an indefinite length where none can be")
        }
    }

    /// The bytes of a string, put together from its chunks when it has them.
    private mutating func string(_ head: Head) throws(CBOR.Failure) -> ArraySlice<UInt8> {
        guard head.detail == 31 else {
            guard let count = Int(exactly: head.argument), count <= bytes.count - index else { throw failure("a string that does not end") }
            defer { index += count }
            return bytes[index..<index + count]
        }
        var whole: [UInt8] = []
        while true {
            let chunk = try self.head()
            if chunk.major == 7 && chunk.detail == 31 { return whole[...] }
            guard chunk.major == head.major, chunk.detail != 31 else { throw failure("a chunk of another kind") }
            let part = try string(chunk)
            // The rule of RFC 8949 §3.2.3: each chunk of a text is a text.
            if head.major == 3, String(validating: part, as: UTF8.self) == nil { throw failure("invalid UTF-8") }
            whole += part
        }
    }

    private mutating func text(_ head: Head) throws(CBOR.Failure) -> String {
        guard let text = String(validating: try string(head), as: UTF8.self) else { throw failure("invalid UTF-8") }
        return text
    }

    /// True when an indefinite list or map is over; its break is taken.
    private mutating func takesBreak() throws(CBOR.Failure) -> Bool {
        guard index < bytes.count else { throw failure("the bytes end early") }
        guard bytes[index] == 0xFF else { return false }
        index += 1
        return true
    }

    private mutating func list(_ head: Head, _ depth: Int) throws(CBOR.Failure) -> Document {
        var items: [Document] = []
        if head.detail == 31 {
            while try !takesBreak() { items.append(try value(depth: depth + 1)) }
            return .list(items)
        }
        // Each item takes a byte at least, so a longer list cannot be there.
        guard head.argument <= UInt64(bytes.count - index) else { throw failure("a list that does not end") }
        for _ in 0..<head.argument { items.append(try value(depth: depth + 1)) }
        return .list(items)
    }

    private mutating func map(_ head: Head, _ depth: Int) throws(CBOR.Failure) -> Document {
        var fields = Document.Fields()
        if head.detail == 31 {
            while try !takesBreak() { try field(&fields, depth) }
            return .object(fields)
        }
        guard head.argument <= UInt64(bytes.count - index) else { throw failure("a map that does not end") }
        for _ in 0..<head.argument { try field(&fields, depth) }
        return .object(fields)
    }

    private mutating func field(_ fields: inout Document.Fields, _ depth: Int) throws(CBOR.Failure) {
        let key = try head()
        guard key.major == 3 else { throw failure("a key that is no text") }
        let name = try text(key)
        fields.append(name, try value(depth: depth + 1))
    }

    /// The time that is farthest from 1970, in milliseconds; what is beyond it is brought there, as in JSON.
    private static let farthest: Int64 = 1_000_000_000_000_000_000

    private mutating func tagged(_ tag: UInt64, _ depth: Int) throws(CBOR.Failure) -> Document {
        let content = try value(depth: depth + 1)
        switch (tag, content) {
        case (1, .integer(let seconds)) where times == .seconds: return .timestamp(Timestamp(seconds: Double(seconds)))
        case (1, .double(let seconds)) where times == .seconds: return .timestamp(Timestamp(seconds: seconds))
        case (1, .integer(let milliseconds)): return .timestamp(Timestamp(milliseconds: min(max(milliseconds, -Self.farthest), Self.farthest)))
        case (1, .double(let milliseconds)): return .timestamp(Timestamp(seconds: milliseconds / 1000))
        case (1, _): throw failure("a time that is no number")
        case (2, .bytes(let digits)): return .double(digits.reduce(0) { $0 * 256 + Double($1) })
        case (3, .bytes(let digits)): return .double(-1 - digits.reduce(0) { $0 * 256 + Double($1) })
        default: return content
        }
    }

    private func simple(_ head: Head) throws(CBOR.Failure) -> Document {
        switch head.detail {
        case 20: return .boolean(false)
        case 21: return .boolean(true)
        case 22, 23: return .null
        case 25: return .double(Double(Float16(bitPattern: UInt16(head.argument))))
        case 26: return .double(Double(Float(bitPattern: UInt32(head.argument))))
        case 27: return .double(Double(bitPattern: head.argument))
        case 31: throw failure("a break where no length is indefinite")
        default: throw failure("a simple value without a meaning here")
        }
    }
}
