/// What a process writes to its log, as lines, and the end of it for the caller.
struct FunctionLogLines: Sendable {
    /// As CloudWatch Logs has it for an event.
    static let maximumLine = 262_118
    static let tailCount = 4096

    private var part: [UInt8] = []
    private(set) var tail: [UInt8] = []
    private var ready: [String] = []

    init() {}

    mutating func beginTail() { tail = [] }

    /// Bytes of the process.
    mutating func feed(_ bytes: ArraySlice<UInt8>) {
        keepTail(bytes)
        var rest = bytes
        while let end = rest.firstIndex(of: 0x0A) {
            add(rest[..<end])
            finish()
            rest = rest[(end + 1)...]
        }
        add(rest)
    }

    /// A line of the server's own.
    mutating func line(_ text: String) {
        flush()
        keepTail(Array(text.utf8) + [0x0A])
        ready.append(text)
    }

    /// What was begun is a line, too.
    mutating func flush() {
        if !part.isEmpty { finish() }
    }

    mutating func take() -> [String] {
        defer { ready = [] }
        return ready
    }

    private mutating func add(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while part.count + rest.count > Self.maximumLine {
            let piece = rest.prefix(Self.maximumLine - part.count)
            part += piece
            rest = rest.dropFirst(piece.count)
            finish()
        }
        part += rest
    }

    private mutating func finish() {
        ready.append(String(decoding: part, as: UTF8.self))
        part = []
    }

    private mutating func keepTail(_ bytes: some Collection<UInt8>) {
        tail += bytes.suffix(Self.tailCount)
        if tail.count > Self.tailCount { tail.removeFirst(tail.count - Self.tailCount) }
    }
}
