import Glibc
import NIOCore

/// Reads HTTP/1 requests off a byte stream (RFC 9112), strictly and without input or output of its own.
///
/// Lines are read as they come, each byte once, so a client that drips bytes costs nothing extra. What other servers are
/// lenient about (a bare line feed, a blank before a colon, folding, two lengths) is refused, never guessed at.
struct RequestParser {
    enum Step: Equatable {
        /// Everything readable is used up, or waits for the rest of its line.
        case more
        /// `head` is complete. Its body, if any, and `.end` follow.
        case head
        /// The next so many readable bytes are body; the caller takes them before it asks again.
        case body(Int)
        /// The request is complete.
        case end
    }

    private enum Phase {
        case requestLine, fields, length(Int), chunkSize, chunkData(Int), chunkEnd, trailers, end
    }

    private(set) var head: RequestHead?
    private let limits: Limits
    private var phase = Phase.requestLine
    private var builder: HeadBuilder?
    /// Bytes of the unfinished line that are known to have no line end.
    private var scanned = 0
    /// Bytes of the finished lines of this head, or of the trailers.
    private var lineBytes = 0
    private var trailerFields = 0
    private var skippedEmptyLine = false

    init(limits: Limits) {
        self.limits = limits
    }

    /// Whether a request line has begun and its head is not complete.
    func isInsideHead(unread: Int) -> Bool {
        switch phase {
        case .requestLine: unread > 0
        case .fields: true
        default: false
        }
    }

    mutating func next(_ buffer: inout ByteBuffer) throws(HTTPRequestError) -> Step {
        switch phase {
        case .length(let remaining): return body(buffer.readableBytes, remaining) { $0 == 0 ? .end : .length($0) }
        case .chunkData(let remaining): return body(buffer.readableBytes, remaining) { $0 == 0 ? .chunkEnd : .chunkData($0) }
        case .end:
            phase = .requestLine
            lineBytes = 0
            skippedEmptyLine = false
            return .end
        case .requestLine, .fields, .chunkSize, .chunkEnd, .trailers:
            let outcome = buffer.withUnsafeReadableBytes { bytes in
                Result { () throws(HTTPRequestError) in try lines(bytes) }
            }
            let (used, step) = try outcome.get()
            buffer.moveReaderIndex(forwardBy: used)
            if let step { return step }
            return try next(&buffer)
        }
    }

    private mutating func body(_ readable: Int, _ remaining: Int, _ after: (Int) -> Phase) -> Step {
        if readable == 0 { return .more }
        let count = min(readable, remaining)
        phase = after(remaining - count)
        return .body(count)
    }

    /// Reads whole lines until something else comes. Gives the bytes used and what happened; nil when the phase is no longer one of lines.
    private mutating func lines(_ bytes: UnsafeRawBufferPointer) throws(HTTPRequestError) -> (used: Int, step: Step?) {
        var start = 0
        while true {
            guard let end = try lineEnd(bytes, from: start) else { return (start, .more) }
            let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            start = end + 2
            switch phase {
            case .requestLine:
                // One empty line before a request is let pass (RFC 9112 §2.2); some clients end a body with it.
                if line.isEmpty && !skippedEmptyLine {
                    skippedEmptyLine = true
                } else {
                    builder = try HeadBuilder(line: line, limits: limits)
                    lineBytes = line.count + 2
                    phase = .fields
                }
            case .fields:
                lineBytes += line.count + 2
                if lineBytes > limits.headBytes { throw .headTooLarge }
                if !line.isEmpty {
                    try builder?.add(line: line, limits: limits)
                } else {
                    try finishHead()
                    return (start, .head)
                }
            case .chunkSize:
                let size = try Self.chunkSize(line)
                phase = size == 0 ? .trailers : .chunkData(size)
                if size > 0 { return (start, nil) }
                (lineBytes, trailerFields) = (0, 0)
            case .chunkEnd:
                phase = .chunkSize
            case .trailers:
                lineBytes += line.count + 2
                if lineBytes > limits.headBytes { throw .headTooLarge }
                if line.isEmpty {
                    phase = .end
                    return (start, nil)
                }
                // Trailers are checked and dropped: nothing above the listener may be told by one.
                _ = try HeaderLine.parse(line)
                trailerFields += 1
                if trailerFields > limits.headerFields { throw .tooManyFields }
            case .length, .chunkData, .end:
                preconditionFailure("a phase without lines")
            }
        }
    }

    /// Where the line from `start` ends (its CR), or nil when its end has not come yet. What is refused, and why, does not depend on the pieces
    /// that the line comes in: its length is checked before its end is.
    private mutating func lineEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) throws(HTTPRequestError) -> Int? {
        let from = start + scanned
        guard from < bytes.count, let base = bytes.baseAddress, let found = memchr(base + from, 0x0A, bytes.count - from) else {
            scanned = bytes.count - start
            try checkLength(bytes[start...])
            return nil
        }
        let lineFeed = UnsafeRawPointer(found) - base
        scanned = 0
        try checkLength(bytes[start..<lineFeed])
        guard lineFeed > start, bytes[lineFeed - 1] == 0x0D else { throw .bad("A line must end in CR LF.") }
        return lineFeed - 1
    }

    /// - Parameter line: what there is of a line, perhaps with the CR of its end, without its LF.
    private func checkLength(_ line: Slice<UnsafeRawBufferPointer>) throws(HTTPRequestError) {
        let count = line.last == 0x0D ? line.count - 1 : line.count
        switch phase {
        case .requestLine: if count > limits.targetBytes + 64 { throw .targetTooLong }
        case .fields, .trailers: if lineBytes + count > limits.headBytes { throw .headTooLarge }
        case .chunkSize: if count > limits.chunkLineBytes { throw .bad("A chunk-size line is too long.") }
        case .chunkEnd: if count > 0 { throw .bad("A chunk is longer than its size says.") }
        case .length, .chunkData, .end: break
        }
    }

    private mutating func finishHead() throws(HTTPRequestError) {
        let finished = try builder?.finish()
        builder = nil
        head = finished
        switch finished?.framing {
        case .length(let count): phase = .length(count)
        case .chunked: phase = .chunkSize
        case .empty, nil: phase = .end
        }
    }

    /// `1*HEXDIG` and perhaps extensions, which are ignored but must be clean.
    private static func chunkSize(_ line: UnsafeRawBufferPointer) throws(HTTPRequestError) -> Int {
        var size = 0
        var digits = 0
        while digits < line.count, let digit = Characters.hex(line[digits]) {
            size = size << 4 | digit
            digits += 1
            if digits > 15 { throw .bad("A chunk is too large.") }
        }
        guard digits > 0 else { throw .bad("A chunk has no size.") }
        guard digits == line.count || line[digits] == UInt8(ascii: ";"), line[digits...].allSatisfy(Characters.isFieldValue) else {
            throw .bad("A chunk-size line has more than a size in it.")
        }
        return size
    }
}
