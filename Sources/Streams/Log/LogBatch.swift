/// Frames that go to the disk with one write and one sync.
struct LogBatch: Sendable {
    let segment: LogSegment
    /// Where in the segment the batch begins.
    let offset: Int
    /// The serial of the first frame, and the one behind the last.
    let first: UInt64
    var end: UInt64
    var bytes: [UInt8] = []

    /// A batch above this many bytes takes no more frames.
    static let full = 16 << 20

    /// Adds one frame to `bytes`.
    static func encode(kind: UInt8, size: Int, salt: UInt32, into bytes: inout [UInt8], _ fill: (inout [UInt8]) -> Void) {
        let start = bytes.count
        // Only at the start: asking for the exact size at each frame would copy the whole batch each time.
        if start == 0 { bytes.reserveCapacity(LogFrame.headerSize + size) }
        for _ in 0..<LogFrame.headerSize { bytes.append(0) }
        fill(&bytes)
        precondition(bytes.count == start + LogFrame.headerSize + size, "a log entry must have the size it was announced with")
        LogFrame.seal(&bytes, from: start, kind: kind, salt: salt)
    }
}
