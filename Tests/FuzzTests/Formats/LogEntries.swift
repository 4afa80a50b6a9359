@testable import Streams

enum LogEntries {
    private static let salt: UInt32 = 0x1234_5678

    /// Two segments of whole entries, and damage.
    ///
    /// The input is a list of entries (length u8, kind u8, payload) up to a length of 255; behind it comes the damage, three bytes
    /// for each damaged byte: offset u16 and what is added to the byte there. What no damage touches is read, unchanged and in order; nothing else is.
    static func log(_ bytes: [UInt8]) throws {
        var input = ArraySlice(bytes)
        var segment = LogSegment.header(number: 1, salt: salt)
        var written: [(range: Range<Int>, kind: UInt8, payload: [UInt8])] = []
        while let length = input.popFirst(), length < 255, let kind = input.popFirst() {
            let payload = Array(input.prefix(Int(length)))
            input = input.dropFirst(Int(length))
            let start = segment.count
            segment += [UInt8](repeating: 0, count: LogFrame.headerSize) + payload
            LogFrame.seal(&segment, from: start, kind: kind, salt: salt)
            written.append((start..<segment.count, kind, payload))
        }
        let whole = segment
        while input.count >= 3 {
            let offset = Int(input.removeFirst()) << 8 | Int(input.removeFirst())
            segment[offset % segment.count] &+= input.removeFirst()
        }
        let isHeaderWhole = segment[..<LogSegment.headerSize] == whole[..<LogSegment.headerSize]
        let expected = written.filter { isHeaderWhole && segment[$0.range] == whole[$0.range] }

        let files = MemoryFiles(["0000000000000001.log": segment])
        var read: [(offset: Int, kind: UInt8, payload: [UInt8])] = []
        let recovery: LogRecovery
        do throws(LogError) {
            let (log, opening) = try RecordLog.open(directory: "", policy: .always, files: files)
            defer { log.close() }
            var found = try log.replay { kind, payload, position in read.append((Int(position.offset), kind, Array(payload))) }
            found.damages += opening.damages
            recovery = found
        } catch {
            // A whole header of another digit is a newer version's.
            if case .newer = error { return }
            throw BrokenLaw("the log does not open: \(error)")
        }
        try law(read.count == recovery.frames, "entries are counted wrongly")
        let isSame = zip(expected, read).allSatisfy { $0.range.lowerBound == $1.offset && $0.kind == $1.kind && $0.payload == $1.payload }
        try law(read.count == expected.count && isSame, "\(expected.count) whole entries, \(read.count) read")
        let isDamageReported = recovery.damages.isEmpty == (segment == whole)
        try law(isDamageReported, "damage is passed over in silence, or reported where there is none")
    }

    /// The payload of an entry of records.
    static func frame(_ bytes: [UInt8]) throws {
        // What is sealed gives nothing to whoever cannot open it.
        guard let frame = StreamRecordFrame(bytes[...])?.opened(by: nil) else { return }
        var count = 0
        var size = 0
        frame.forEach { key, data in
            count += 1
            size += key.count + data.count
        }
        try law(count == frame.count && size <= bytes.count, "a frame gives other records than it says")
    }
}
