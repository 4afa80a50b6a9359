import ServiceKit

/// One streamed event as it stands in the record log: a JSON object whose members have names of one letter. Made into values only when it is asked
/// for; whose it is and what it repeats is told from its text.
struct EventText {
    private struct Member {
        var name: UInt8
        /// The value as it is written, strings with their quotes.
        var value: Range<Int>
    }

    private let bytes: UnsafeRawBufferPointer
    private var members: [Member] = []

    /// - Returns: nil when it is no such object.
    init?(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        members.reserveCapacity(12)
        var walker = JSONWalker(bytes)
        guard walker.take("{") else { return nil }
        repeat {
            guard let name = walker.value(), name.count == 3, walker.take(":"), let value = walker.value() else { return nil }
            members.append(Member(name: bytes[name.lowerBound + 1], value: value))
        } while walker.take(",")
        guard walker.take("}") else { return nil }
    }

    private func value(_ name: Unicode.Scalar) -> UnsafeRawBufferPointer? {
        members.first { $0.name == UInt8(ascii: name) }.map { UnsafeRawBufferPointer(rebasing: bytes[$0.value]) }
    }

    /// Of the user or, before a sign-in, the session that it belongs to.
    var owner: UInt64 {
        var hash = TextHash()
        if let text = value("u") ?? value("s") { hash.add(text) }
        return hash.value
    }

    /// Of the id that the client gave it; nil when it gave none.
    var id: UInt64? {
        value("d").map { text in
            var hash = TextHash()
            hash.add(text)
            return hash.value
        }
    }

    /// Of what makes it the same event when it is sent again: all but its id, the list it came from, and the session of a known user.
    var contents: UInt64 {
        var hash = TextHash()
        for member in distinguishing {
            hash.add(UInt64(member.name))
            hash.add(UnsafeRawBufferPointer(rebasing: bytes[member.value]))
        }
        return hash.value
    }

    private var distinguishing: some Sequence<Member> {
        let isKnown = members.contains { $0.name == UInt8(ascii: "u") }
        return members.lazy.filter { member in
            switch member.name {
            case UInt8(ascii: "d"), UInt8(ascii: "r"): false
            case UInt8(ascii: "s"): !isKnown
            default: true
            }
        }
    }

    /// Whether both say the same thing: an id counts once, and so do a user, a time and identical contents.
    func repeats(_ other: EventText) -> Bool {
        if let mine = value("d"), let theirs = other.value("d"), mine.elementsEqual(theirs) { return true }
        return distinguishing.elementsEqual(other.distinguishing) { mine, theirs in
            mine.name == theirs.name && bytes[mine.value].elementsEqual(other.bytes[theirs.value])
        }
    }
}

/// A batch of events in the record log: `{"dataset":1,"events":[…]}`, or users whose events were removed, `{"dataset":1,"removed":["u",…]}`.
struct EventBatchText {
    let dataset: DatasetID
    /// Where each event is.
    private(set) var events: [Range<Int>] = []
    private(set) var hasRemoved = false

    /// - Returns: nil when it is neither.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var walker = JSONWalker(bytes)
        var dataset: DatasetID?
        guard walker.take("{") else { return nil }
        repeat {
            guard let name = walker.value(), walker.take(":") else { return nil }
            switch String(decoding: bytes[name], as: UTF8.self) {
            case #""dataset""#:
                guard let value = walker.value() else { return nil }
                dataset = Int64(String(decoding: bytes[value], as: UTF8.self)).map(DatasetID.init(rawValue:))
            case #""events""#:
                guard walker.take("[") else { return nil }
                if walker.take("]") { continue }
                repeat {
                    guard let event = walker.value() else { return nil }
                    events.append(event)
                } while walker.take(",")
                guard walker.take("]") else { return nil }
            case let other:
                if other == #""removed""# { hasRemoved = true }
                guard walker.value() != nil else { return nil }
            }
        } while walker.take(",")
        guard let dataset else { return nil }
        self.dataset = dataset
    }
}

/// Steps over JSON as `JSON.write` writes it, with no blanks, without making values of it. On anything else it finds nothing.
private struct JSONWalker {
    private let bytes: UnsafeRawBufferPointer
    private var index = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    mutating func take(_ sign: Unicode.Scalar) -> Bool {
        guard index < bytes.count, bytes[index] == UInt8(ascii: sign) else { return false }
        index += 1
        return true
    }

    /// The next value, whatever it is.
    mutating func value() -> Range<Int>? {
        guard index < bytes.count else { return nil }
        let start = index
        switch bytes[index] {
        case UInt8(ascii: "\""):
            guard skipString() else { return nil }
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            var depth = 0
            repeat {
                guard index < bytes.count else { return nil }
                switch bytes[index] {
                case UInt8(ascii: "\""):
                    guard skipString() else { return nil }
                    continue
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
                default: break
                }
                index += 1
            } while depth > 0
        default:
            while index < bytes.count, !Self.ends(bytes[index]) { index += 1 }
        }
        return index > start ? start..<index : nil
    }

    private mutating func skipString() -> Bool {
        index += 1
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index += 1
                return true
            case UInt8(ascii: "\\"): index += 2
            default: index += 1
            }
        }
        return false
    }

    private static func ends(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
    }
}

/// A hash that is the same in every process, for checkpoints have it: whoever finds two of them equal compares the texts.
struct TextHash {
    private(set) var value: UInt64 = 0x9e37_79b9_7f4a_7c15

    mutating func add(_ word: UInt64) {
        let product = (value ^ word).multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
        value = product.high ^ product.low &+ 0x2545_f491_4f6c_dd1d
    }

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var index = 0
        while index + 8 <= bytes.count {
            add(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
            index += 8
        }
        var rest = UInt64(bytes.count)
        while index < bytes.count {
            rest = rest << 8 | UInt64(bytes[index])
            index += 1
        }
        add(rest)
    }
}
