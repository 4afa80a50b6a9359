import Glibc
import ServiceKit
import Wire

/// A client of one server: blocking, one connection that is kept, signed as `test`. Enough HTTP/1.1 for the commands of this program and nothing more.
final class ServerClient {
    private let host: String
    private let port: UInt16
    private let key: (id: String, secret: String)
    private let region: String
    private var socket: Int32 = -1
    private var received: [UInt8] = []

    static let region = "us-east-1"

    /// - Parameters:
    ///   - host: a name or an address, of either family.
    ///   - key: of the signatures.
    init(
        host: String,
        port: UInt16,
        key: (id: String, secret: String) = ("test", "test"),
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

    struct Answer {
        var status: Int
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    // MARK: Services

    /// An operation of the JSON services.
    func call(_ target: String, service: String, _ input: [(String, Document)]) throws(CommandFault) -> Document {
        var request = WireRequest(
            method: "POST",
            path: "/",
            headers: [
                "host": authority, "content-type": "application/x-amz-json-1.1", "x-amz-target": target,
            ],
            body: JSON.write(.object(Document.Fields(input)))
        )
        RequestSigner(accessKey: key.id, secret: key.secret, region: region, service: service, rules: .standard).sign(&request, at: now)
        return try document(of: request)
    }

    func personalize(_ operation: String, _ input: [(String, Document)]) throws(CommandFault) -> Document {
        try call("AmazonPersonalize.\(operation)", service: "personalize", input)
    }

    /// A request to S3 that is answered with nothing worth reading.
    func s3(_ method: String, _ path: String, body: [UInt8] = []) throws(CommandFault) {
        var request = WireRequest(method: method, path: path, headers: ["host": authority], body: body)
        RequestSigner(accessKey: key.id, secret: key.secret, region: region, service: "s3", rules: .s3).sign(&request, at: now)
        let answer = try send(request)
        guard answer.status == 200 else { throw CommandFault("\(method) \(path) was answered \(answer.status): \(answer.text)") }
    }

    /// A route of the reference application.
    func rest(_ method: String, _ route: String, query: String = "", _ input: Document? = nil) throws(CommandFault) -> Document {
        try document(
            of: WireRequest(
                method: method,
                path: "/_aws/execute-api/reference/prod/\(route)",
                query: query,
                headers: ["host": authority, "content-type": "application/json"],
                body: input.map { JSON.write($0) } ?? []
            )
        )
    }

    private var now: Timestamp { Timestamp(seconds: WallClock.wall) }

    private func document(of request: WireRequest) throws(CommandFault) -> Document {
        let answer = try send(request)
        let what = request.headers["x-amz-target"] ?? request.path
        guard answer.status == 200 else { throw CommandFault("\(what) was answered \(answer.status): \(answer.text)") }
        guard !answer.body.isEmpty else { return .null }
        guard let document = try? JSON.parse(answer.body) else { throw CommandFault("\(what) was answered with no JSON: \(answer.text)") }
        return document
    }

    // MARK: HTTP

    func send(_ request: WireRequest) throws(CommandFault) -> Answer {
        var head = "\(request.method) \(request.path)\(request.query.isEmpty ? "" : "?" + request.query) HTTP/1.1\r\n"
        for field in request.headers.fields { head += "\(field.name): \(field.value)\r\n" }
        head += "content-length: \(request.body.count)\r\n\r\n"
        try write(Array(head.utf8) + request.body)
        return try readAnswer()
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
        var length = 0
        for line in lines.dropFirst() where line.lowercased().hasPrefix("content-length:") {
            length = Int(line.dropFirst("content-length:".count).drop { $0 == " " }) ?? 0
        }
        while received.count < headLength + length { try readMore() }
        let body = Array(received[headLength..<headLength + length])
        received.removeFirst(headLength + length)
        return Answer(status: status, body: body)
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
