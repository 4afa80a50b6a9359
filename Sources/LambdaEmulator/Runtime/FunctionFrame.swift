import Wire

/// The frames between the server and a function's process: a kind, the lengths of two parts, the highest byte first, and the parts.
enum FunctionFrame {
    static let headCount = 9

    /// What a process says.
    enum Kind: UInt8 {
        /// `s`: the handler is loaded.
        case started = 0x73
        /// `i`: it could not be.
        case failedToStart = 0x69
        /// `r`: what the handler returned.
        case result = 0x72
        /// `e`: what it threw.
        case error = 0x65
        /// `x`: an error outside the handler, after which the process ends.
        case fatal = 0x78
    }

    /// An invocation.
    /// - Parameter deadline: in epoch milliseconds.
    static func invocation(_ invocation: PendingInvocation, deadline: Int64) -> [UInt8] {
        let facts = JSON.write(
            .members([
                ("id", .string(invocation.id)), ("arn", .string(invocation.arn)), ("deadline", .integer(deadline)),
                ("trace", .string(invocation.trace)),
                ("client", invocation.clientContext.map { .string($0) }),
            ])
        )
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headCount + facts.count + invocation.payload.count)
        bytes.append(0x6E)
        for count in [facts.count, invocation.payload.count] {
            for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
        }
        bytes += facts
        bytes += invocation.payload
        return bytes
    }
}

/// Puts the frames of a process together as they come. A part that is larger than allowed is passed over, and its frame says so.
struct FunctionFrameReader: Sendable {
    struct Frame: Sendable, Equatable {
        var kind: FunctionFrame.Kind
        var body: [UInt8]
        /// The body had more bytes than are allowed; they are gone.
        var isTooLarge: Bool
    }

    /// Of an answer, as AWS has it.
    static let maximumBody = 6_291_556

    private var head: [UInt8] = []
    private var body: [UInt8] = []
    /// Of the frame in hand, how many bytes of its parts are still to come.
    private var left = 0
    private var skips = 0
    private var isTooLarge = false
    /// What came was no frame.
    private(set) var isBroken = false

    init() {}

    /// The frames that are complete with these bytes.
    mutating func feed(_ bytes: ArraySlice<UInt8>) -> [Frame] {
        var (rest, frames) = (bytes, [Frame]())
        while !isBroken, !rest.isEmpty || (head.count == FunctionFrame.headCount && left == 0) {
            if head.count < FunctionFrame.headCount {
                let piece = rest.prefix(FunctionFrame.headCount - head.count)
                head += piece
                rest = rest.dropFirst(piece.count)
                if head.count == FunctionFrame.headCount { begin() }
                continue
            }
            let piece = rest.prefix(left)
            rest = rest.dropFirst(piece.count)
            left -= piece.count
            let skipped = min(skips, piece.count)
            skips -= skipped
            if !isTooLarge { body += piece.dropFirst(skipped) }
            if left == 0, let kind = FunctionFrame.Kind(rawValue: head[0]) {
                frames.append(Frame(kind: kind, body: body, isTooLarge: isTooLarge))
                (head, body) = ([], [])
            }
        }
        return frames
    }

    private mutating func begin() {
        let facts = head[1..<5].reduce(0) { $0 << 8 | Int($1) }
        let count = head[5..<9].reduce(0) { $0 << 8 | Int($1) }
        (skips, left, isTooLarge) = (facts, facts + count, count > Self.maximumBody)
        if FunctionFrame.Kind(rawValue: head[0]) == nil { isBroken = true }
    }
}
