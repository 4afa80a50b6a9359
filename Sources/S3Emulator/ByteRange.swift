import Wire

/// A range of bytes that a request asks for (RFC 9110 §14.1.2): one, for S3 gives no more than one.
enum ByteRange: Equatable {
    case from(Int, through: Int?)
    /// So many bytes at the end.
    case last(Int)

    /// Nil for anything else; such a header is ignored.
    init?(_ header: String) {
        let text = header.filter { $0 != " " }
        guard text.hasPrefix("bytes=") else { return nil }
        let ends = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, ends.allSatisfy({ $0.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }) else { return nil }
        switch (ends[0].isEmpty, ends[1].isEmpty) {
        case (true, true): return nil
        case (true, false): self = .last(Int(ends[1]) ?? .max)
        case (false, true): self = .from(Int(ends[0]) ?? .max, through: nil)
        case (false, false):
            let first = Int(ends[0]) ?? .max
            let last = Int(ends[1]) ?? .max
            guard first <= last else { return nil }
            self = .from(first, through: last)
        }
    }

    /// The bytes of an object of `size` bytes; nil when there are none.
    func resolved(_ size: Int) -> Range<Int>? {
        switch self {
        case .from(let first, let last):
            guard first < size else { return nil }
            return first..<min(last ?? size - 1, size - 1) + 1
        case .last(let count):
            guard count > 0, size > 0 else { return nil }
            return max(0, size - count)..<size
        }
    }
}
