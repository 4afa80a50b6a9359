/// Splits one line into fields.
///
/// The fields point into the line, or into `decoded` where a quoted value had escapes; they are good until the next `split`.
struct CSVRow: ~Copyable {
    private(set) var fields: [UnsafeBufferPointer<UInt8>] = []
    private var decoded = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 4096)

    deinit { decoded.deallocate() }

    /// - Returns: what is wrong with the line, or nil.
    mutating func split(_ line: UnsafeBufferPointer<UInt8>) -> String? {
        fields.removeAll(keepingCapacity: true)
        let count = line.count
        var start = 0
        var mixed: UInt8 = 0
        var used = 0
        while true {
            if start < count, line[start] == UInt8(ascii: "\"") {
                // All decoded fields of a line are together no longer than the line, so the buffer never moves under a field.
                if decoded.count < count, used == 0 {
                    decoded.deallocate()
                    decoded = .allocate(capacity: count)
                }
                guard let end = unquote(line, at: start, used: &used, mixed: &mixed) else { return "a quoted value is not closed on its line" }
                if end < count, line[end] != UInt8(ascii: ",") { return "text follows a closing quote" }
                start = end
            } else {
                var end = start
                while end < count, line[end] != UInt8(ascii: ",") {
                    mixed |= line[end]
                    end += 1
                }
                fields.append(UnsafeBufferPointer(rebasing: line[start..<end]))
                start = end
            }
            if start >= count { break }
            start += 1
        }
        if mixed >= 0x80, !Self.isUTF8(line) { return "the line is not UTF-8" }
        return nil
    }

    /// Decodes the quoted value that starts at `start`.
    /// - Parameters:
    ///   - used: how many bytes of `decoded` are taken.
    ///   - mixed: the OR of all bytes of the line so far.
    /// - Returns: the index after its closing quote; nil without one.
    private mutating func unquote(_ line: UnsafeBufferPointer<UInt8>, at start: Int, used: inout Int, mixed: inout UInt8) -> Int? {
        let first = used
        var index = start + 1
        while index < line.count {
            var byte = line[index]
            if byte == UInt8(ascii: "\"") {
                guard index + 1 < line.count, line[index + 1] == byte else {
                    fields.append(UnsafeBufferPointer(rebasing: decoded[first..<used]))
                    return index + 1
                }
                index += 1
            } else if byte == UInt8(ascii: "\\"), index + 1 < line.count {
                let next = line[index + 1]
                if next == UInt8(ascii: "\"") || next == byte {
                    byte = next
                    index += 1
                }
            }
            mixed |= byte
            decoded[used] = byte
            used += 1
            index += 1
        }
        return nil
    }

    private static func isUTF8(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        String(validating: bytes, as: UTF8.self) != nil
    }
}
