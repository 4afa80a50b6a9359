/// What a reader of old frames gets: the kind, the payload (valid as long as it is held), and where it stood.
package typealias LogReader = (_ kind: UInt8, _ payload: ArraySlice<UInt8>, _ position: LogPosition) -> Void

/// A range of a segment that holds no whole frame.
package struct LogDamage: Hashable, Sendable {
    package enum Reason: String, Hashable, Sendable {
        /// The file ends inside a frame's header.
        case shortHeader = "the header of the frame is cut short"
        /// The bytes are no header of a frame.
        case badHeader = "the header of the frame is damaged"
        /// The file ends inside a frame's payload.
        case shortPayload = "the payload of the frame is cut short"
        /// The payload is not what was written.
        case badPayload = "the payload of the frame is damaged"
        /// Nothing in the segment can be read.
        case badSegment = "the header of the segment is damaged"
        /// It is not used, and made anew.
        case badCheckpoint = "the checkpoint of the segment is damaged"
        /// There is something of its name, but no file.
        case notFile = "a directory is in the place of the segment"
        /// The manifest names it, and there is no such file.
        case missing = "the segment is not there"
        /// Its header is whole, and that of another.
        case misplaced = "another segment is in its place"
        /// It ends between two entries, before bytes that had been on the disk.
        case cutShort = "the segment is cut short"
        /// What should be there is not certain; it is made anew.
        case badManifest = "the manifest of the log is damaged"
    }

    package var segment: UInt64
    package var offset: Int
    /// Bytes that were passed over.
    package var bytes: Int
    package var reason: Reason
    /// True when the range was the log's tail and has been cut off; false when it stays where it is, passed over.
    package var wasCut: Bool
}

extension LogDamage: CustomStringConvertible {
    package var description: String {
        "segment \(segment), \(bytes) bytes at offset \(offset): \(reason.rawValue)\(wasCut ? ", and was cut off" : "")"
    }
}

/// Reads one segment's frames in order, with a window that grows to the largest frame and no further.
struct LogScan {
    private let file: any LogFile
    private let number: UInt64
    private let salt: UInt32
    private let size: Int
    private var window: [UInt8] = []
    /// The file offset of the window's first byte.
    private var base = 0
    private let windowSize: Int

    private(set) var damages: [LogDamage] = []
    private(set) var frames = 0

    init(file: any LogFile, number: UInt64, salt: UInt32, size: Int, windowSize: Int = 4 << 20) {
        self.windowSize = windowSize
        self.file = file
        self.number = number
        self.salt = salt
        self.size = size
    }

    private enum Sight {
        case whole(LogFrame.Header)
        case damaged(LogDamage.Reason)
    }

    /// - Returns: the offset behind the last whole frame.
    mutating func run(from start: Int, _ body: LogReader) throws(LogError) -> Int {
        var offset = start
        var end = start
        while offset < size {
            switch try look(at: offset) {
            case .whole(let header):
                let from = offset - base + LogFrame.headerSize
                body(header.kind, window[from..<from + header.length], LogPosition(segment: number, offset: UInt64(offset)))
                frames += 1
                offset += LogFrame.headerSize + header.length
                end = offset
            case .damaged(let reason):
                let next = try nextWhole(after: offset)
                damages.append(LogDamage(segment: number, offset: offset, bytes: (next ?? size) - offset, reason: reason, wasCut: false))
                guard let next else { return end }
                offset = next
            }
        }
        return end
    }

    /// The payload of the entry at an offset; nil when no whole one stands there.
    mutating func payload(at offset: Int) throws(LogError) -> ArraySlice<UInt8>? {
        guard case .whole(let header) = try look(at: offset) else { return nil }
        let from = offset - base + LogFrame.headerSize
        return window[from..<from + header.length]
    }

    private mutating func look(at offset: Int) throws(LogError) -> Sight {
        guard try load(offset, count: LogFrame.headerSize) else { return .damaged(.shortHeader) }
        guard let header = header(at: offset) else { return .damaged(.badHeader) }
        guard try load(offset, count: LogFrame.headerSize + header.length) else { return .damaged(.shortPayload) }
        let from = offset - base + LogFrame.headerSize
        let crc = window.withUnsafeBytes {
            LogFrame.checksum(of: UnsafeRawBufferPointer(rebasing: $0[from..<from + header.length]), kind: header.kind, salt: salt)
        }
        return crc == header.crc ? .whole(header) : .damaged(.badPayload)
    }

    /// The first offset above `offset` at which a whole frame stands.
    private mutating func nextWhole(after offset: Int) throws(LogError) -> Int? {
        var candidate = offset + 1
        while try load(candidate, count: LogFrame.headerSize) {
            if header(at: candidate) != nil, case .whole = try look(at: candidate) { return candidate }
            candidate += 1
        }
        return nil
    }

    private func header(at offset: Int) -> LogFrame.Header? {
        window.withUnsafeBytes { LogFrame.header(UnsafeRawBufferPointer(rebasing: $0[(offset - base)...]), salt: salt) }
    }

    /// Brings `count` bytes from `offset` into the window; false when the segment ends before them.
    private mutating func load(_ offset: Int, count: Int) throws(LogError) -> Bool {
        if offset >= base, offset + count <= base + window.count { return true }
        guard offset + count <= size else { return false }
        let wanted = min(max(windowSize, count), size - offset)
        if window.count != wanted { window = [UInt8](repeating: 0, count: wanted) }
        base = offset
        return try LogSegment.read(&window, from: file, at: offset) == wanted
    }
}
