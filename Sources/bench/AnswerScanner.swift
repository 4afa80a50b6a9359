/// Finds the end of an answer that has a `content-length`, with as little work as that takes.
struct AnswerScanner {
    private var head: [UInt8] = []
    private var status = 0
    private var remaining: Int?

    /// Takes the next bytes of one answer; gives its status when it is complete. `body` gets the bytes of the body.
    mutating func feed(_ bytes: UnsafeRawBufferPointer, body: (Slice<UnsafeRawBufferPointer>) -> Void = { _ in }) -> Int? {
        var start = 0
        if remaining == nil {
            while start < bytes.count {
                head.append(bytes[start])
                start += 1
                if bytes[start - 1] == 0x0A && head.suffix(4).elementsEqual([13, 10, 13, 10]) {
                    remaining = readHead()
                    break
                }
            }
        }
        guard let left = remaining else { return nil }
        let count = min(left, bytes.count - start)
        if count > 0 { body(bytes[start..<(start + count)]) }
        remaining = left - count
        guard left == count else { return nil }
        head.removeAll(keepingCapacity: true)
        remaining = nil
        return status
    }

    /// Reads the status and gives what `content-length` says.
    private mutating func readHead() -> Int {
        status = head[9..<12].reduce(0) { $0 * 10 + Int($1) - 0x30 }
        let name = Array("content-length:".utf8)
        for line in head.split(separator: 0x0A) where line.count > name.count && zip(line, name).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) {
            return line.dropFirst(name.count).reduce(0) { (0x30...0x39).contains($1) ? $0 * 10 + Int($1) - 0x30 : $0 }
        }
        return 0
    }
}
