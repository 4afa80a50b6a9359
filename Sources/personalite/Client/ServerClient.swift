import Glibc
import ServiceKit
import Wire

/// A client of one server: blocking, one connection that is kept. Enough HTTP/1.1 for the commands of this program and nothing more.
final class ServerClient {
    private let host: String
    private let port: UInt16
    private let key: Key
    let region: String
    private var socket: Int32 = -1
    private var received: [UInt8] = []
    /// Seconds after which an answer, or the next piece of a body that is taken, is waited for no longer.
    var patience: Double

    static let region = "us-east-1"
    /// The code of the fault when nothing comes in time.
    static let silent = "Silent"
    /// Whoever asks for less than this may be refused a big server's answer that was only slow.
    static let patience = 60.0
    /// Bytes of an answer's head and of its body: more is no answer of a server of ours.
    private static let longestHead = 64 << 10
    private static let longestBody = 256 << 20

    /// - Parameters:
    ///   - host: a name or an address, of either family.
    ///   - key: of the signatures.
    ///   - patience: seconds for each answer, and for the connection.
    init(
        host: String,
        port: UInt16,
        key: Key = Key(id: "test", secret: "test"),
        region: String = ServerClient.region,
        patience: Double = ServerClient.patience
    ) throws(CommandFault) {
        self.host = host
        self.port = port
        self.key = key
        self.region = region
        self.patience = patience
        try connect()
    }

    deinit {
        if socket >= 0 { close(socket) }
    }

    /// What requests are signed with.
    struct Key {
        var id: String
        var secret: String
        /// Of a temporary credential.
        var token: String?
    }

    struct Answer {
        var status: Int
        /// Names in lower case.
        var headers: [String: String]
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    // MARK: HTTP

    func sign(_ request: inout WireRequest, service: String, rules: SignatureRules = .standard, payload: PayloadForm? = nil) {
        let signer = RequestSigner(accessKey: key.id, secret: key.secret, token: key.token, region: region, service: service, rules: rules)
        signer.sign(&request, at: Timestamp(seconds: WallClock.wall), payload: payload)
    }

    func send(_ request: WireRequest) throws(CommandFault) -> Answer {
        try Self.check(request)
        try refresh()
        return try readAnswer(to: try write(Self.head(request, length: request.body.count) + request.body))
    }

    /// Sends a body of `length` bytes piece by piece; `piece` gives the next one, and nothing when there is none. A server that refuses before it has
    /// taken all of it is heard at once.
    func send(_ request: WireRequest, length: Int, piece: () throws(CommandFault) -> [UInt8]) throws(CommandFault) -> Answer {
        try Self.check(request)
        try refresh()
        var isTaken = try write(Self.head(request, length: length))
        var sent = 0
        do throws(CommandFault) {
            while isTaken, sent < length {
                let bytes = try piece()
                guard !bytes.isEmpty, bytes.count <= length - sent else { throw CommandFault("The file has changed while it was sent.") }
                isTaken = try write(bytes)
                sent += bytes.count
            }
        } catch {
            // Half a request is on the connection.
            disconnect()
            throw error
        }
        return try readAnswer(to: isTaken)
    }

    /// What would be another request, or another line of its head, is not sent.
    private static func check(_ request: WireRequest) throws(CommandFault) {
        let texts = [request.method, request.path, request.query] + request.headers.fields.flatMap { [$0.name, $0.value] }
        guard texts.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }) else {
            throw CommandFault("A name or a key has characters that no request can carry.")
        }
    }

    private static func head(_ request: WireRequest, length: Int) -> [UInt8] {
        var head = "\(request.method) \(request.path)\(request.query.isEmpty ? "" : "?" + request.query) HTTP/1.1\r\n"
        for field in request.headers.fields { head += "\(field.name): \(field.value)\r\n" }
        return Array("\(head)content-length: \(length)\r\n\r\n".utf8)
    }

    var authority: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// Connects anew when the connection has ended since the last answer.
    private func refresh() throws(CommandFault) {
        if socket >= 0 {
            var state = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            if poll(&state, 1, 0) == 0 { return }
            disconnect()
        }
        try connect()
    }

    private func disconnect() {
        if socket >= 0 { close(socket) }
        socket = -1
        received = []
    }

    private func connect() throws(CommandFault) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &found)
        guard status == 0 else { throw CommandFault("Cannot find \(host): \(String(cString: gai_strerror(status))).") }
        defer { freeaddrinfo(found) }
        var code = ECONNREFUSED
        var next = found
        while let address = next?.pointee {
            socket = Glibc.socket(address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), address.ai_protocol)
            // A connection that takes longer than sending may is not waited for either.
            wait(SO_SNDTIMEO, patience)
            if Glibc.connect(socket, address.ai_addr, address.ai_addrlen) == 0 {
                var on: Int32 = 1
                setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
                return
            }
            code = errno == EINPROGRESS ? ETIMEDOUT : errno
            if socket >= 0 { close(socket) }
            socket = -1
            next = address.ai_next
        }
        throw CommandFault("Cannot reach \(authority): \(String(cString: strerror(code))).")
    }

    /// How long one call may wait that sends or receives.
    private func wait(_ option: Int32, _ seconds: Double) {
        let microseconds = Int(near: max(0.001, seconds) * 1e6)
        var time = timeval(tv_sec: microseconds / 1_000_000, tv_usec: microseconds % 1_000_000)
        setsockopt(socket, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    /// - Returns: whether all of it was sent; not when the server answers or hangs up before.
    private func write(_ bytes: [UInt8]) throws(CommandFault) -> Bool {
        var sent = 0
        let deadline = WallClock.now + patience
        while sent < bytes.count {
            var state = pollfd(fd: socket, events: Int16(POLLIN | POLLOUT), revents: 0)
            let ready = poll(&state, 1, Int32(clamping: Int(near: max(0, deadline - WallClock.now) * 1000)))
            if ready < 0, errno == EINTR { continue }
            guard ready != 0 else {
                disconnect()
                throw silence()
            }
            if state.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 { return false }
            let count = bytes.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    private func silence() -> CommandFault {
        CommandFault("\(authority) accepts, but did not answer within \(patience.fixed(1)) s.", code: Self.silent)
    }

    /// - Parameter isTaken: whether the whole request was sent. When it was not, the connection is of no more use after the answer.
    private func readAnswer(to isTaken: Bool) throws(CommandFault) -> Answer {
        do throws(CommandFault) {
            let answer = try readAnswer()
            if !isTaken { disconnect() }
            return answer
        } catch {
            disconnect()
            throw error
        }
    }

    private func readAnswer() throws(CommandFault) -> Answer {
        let deadline = WallClock.now + patience
        var end = Self.endOfHead(received)
        while end == nil {
            guard received.count <= Self.longestHead else { throw CommandFault("What \(authority) answers is no HTTP: its head has no end.") }
            try readMore(by: deadline)
            end = Self.endOfHead(received)
        }
        let headLength = end ?? 0
        let lines = String(decoding: received[..<headLength], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, words[0].hasPrefix("HTTP/"), let status = Int(words[1]) else {
            throw CommandFault("What \(authority) answers is no HTTP: it has no status line.")
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(line[colon...].dropFirst().drop { $0 == " " })
        }
        guard headers["transfer-encoding"] == nil, let length = Int(headers["content-length"] ?? "0"), length >= 0 else {
            throw CommandFault("The answer of \(authority) does not say its length.")
        }
        guard length <= Self.longestBody else { throw CommandFault("The answer of \(authority) is too long: \(length) bytes.") }
        while received.count < headLength + length { try readMore(by: deadline) }
        let body = Array(received[headLength..<headLength + length])
        received.removeFirst(headLength + length)
        return Answer(status: status, headers: headers, body: body)
    }

    /// Where the head ends, with its empty line; nil while it does not.
    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (4...min(bytes.count, longestHead + 4)).first { bytes[$0 - 4..<$0].elementsEqual([13, 10, 13, 10]) }
    }

    private func readMore(by deadline: Double) throws(CommandFault) {
        let left = deadline - WallClock.now
        guard left > 0 else { throw silence() }
        wait(SO_RCVTIMEO, left)
        var piece = [UInt8](repeating: 0, count: 65536)
        let count = piece.withUnsafeMutableBytes { recv(socket, $0.baseAddress, $0.count, 0) }
        if count < 0, errno == EINTR { return }
        if count < 0, errno == EAGAIN { throw silence() }
        guard count > 0 else {
            throw CommandFault(received.isEmpty ? "The server hung up without an answer." : "The server hung up in the middle of an answer.")
        }
        received += piece[..<count]
    }
}
