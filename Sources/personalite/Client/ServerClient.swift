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

    static let region = "us-east-1"

    /// - Parameters:
    ///   - host: a name or an address, of either family.
    ///   - key: of the signatures.
    init(
        host: String,
        port: UInt16,
        key: Key = Key(id: "test", secret: "test"),
        region: String = ServerClient.region
    ) throws(CommandFault) {
        self.host = host
        self.port = port
        self.key = key
        self.region = region
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
        try write(Self.head(request, length: request.body.count) + request.body)
        return try readAnswer()
    }

    /// Sends a body of `length` bytes piece by piece; `piece` gives the next one, and nothing when there is none.
    func send(_ request: WireRequest, length: Int, piece: () throws(CommandFault) -> [UInt8]) throws(CommandFault) -> Answer {
        try write(Self.head(request, length: length))
        var sent = 0
        while sent < length {
            let bytes = try piece()
            guard !bytes.isEmpty, bytes.count <= length - sent else { throw CommandFault("The file has changed while it was sent.") }
            try write(bytes)
            sent += bytes.count
        }
        return try readAnswer()
    }

    private static func head(_ request: WireRequest, length: Int) -> [UInt8] {
        var head = "\(request.method) \(request.path)\(request.query.isEmpty ? "" : "?" + request.query) HTTP/1.1\r\n"
        for field in request.headers.fields { head += "\(field.name): \(field.value)\r\n" }
        return Array("\(head)content-length: \(length)\r\n\r\n".utf8)
    }

    var authority: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }

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
            if Glibc.connect(socket, address.ai_addr, address.ai_addrlen) == 0 {
                var on: Int32 = 1
                setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
                return
            }
            code = errno
            if socket >= 0 { close(socket) }
            socket = -1
            next = address.ai_next
        }
        throw CommandFault("Cannot reach \(authority): \(String(cString: strerror(code))).")
    }

    private func write(_ bytes: [UInt8]) throws(CommandFault) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw CommandFault("The server hung up: \(String(cString: strerror(errno))).") }
            sent += count
        }
    }

    private func readAnswer() throws(CommandFault) -> Answer {
        var end = Self.endOfHead(received)
        while end == nil {
            try readMore()
            end = Self.endOfHead(received)
        }
        let headLength = end ?? 0
        let lines = String(decoding: received[..<headLength], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, let status = Int(words[1]) else { throw CommandFault("The answer has no status line.") }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(line[colon...].dropFirst().drop { $0 == " " })
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        guard length >= 0 else { throw CommandFault("The answer has no length.") }
        while received.count < headLength + length { try readMore() }
        let body = Array(received[headLength..<headLength + length])
        received.removeFirst(headLength + length)
        return Answer(status: status, headers: headers, body: body)
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (4...bytes.count).first { bytes[$0 - 4..<$0].elementsEqual([13, 10, 13, 10]) }
    }

    private func readMore() throws(CommandFault) {
        var piece = [UInt8](repeating: 0, count: 65536)
        let count = piece.withUnsafeMutableBytes { recv(socket, $0.baseAddress, $0.count, 0) }
        guard count > 0 else { throw CommandFault("The server hung up in the middle of an answer.") }
        received += piece[..<count]
    }
}
