import Glibc
import ServiceKit
import Wire

/// A client of one server: blocking, one connection that is kept, signed as `test`. Enough HTTP/1.1 for the story and nothing more.
final class DemoClient {
    private let host: String
    private let port: UInt16
    private var socket: Int32 = -1
    private var received: [UInt8] = []

    static let region = "us-east-1"

    init(host: String, port: UInt16) throws(DemoFault) {
        self.host = host
        self.port = port
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
    func call(_ target: String, service: String, _ input: [(String, Document)]) throws(DemoFault) -> Document {
        var request = WireRequest(
            method: "POST",
            path: "/",
            headers: [
                "host": "\(host):\(port)", "content-type": "application/x-amz-json-1.1", "x-amz-target": target,
            ],
            body: JSON.write(.object(Document.Fields(input)))
        )
        RequestSigner(accessKey: "test", secret: "test", region: Self.region, service: service, rules: .standard).sign(&request, at: now)
        return try document(of: request)
    }

    func personalize(_ operation: String, _ input: [(String, Document)]) throws(DemoFault) -> Document {
        try call("AmazonPersonalize.\(operation)", service: "personalize", input)
    }

    /// A request to S3 that is answered with nothing worth reading.
    func s3(_ method: String, _ path: String, body: [UInt8] = []) throws(DemoFault) {
        var request = WireRequest(method: method, path: path, headers: ["host": "\(host):\(port)"], body: body)
        RequestSigner(accessKey: "test", secret: "test", region: Self.region, service: "s3", rules: .s3).sign(&request, at: now)
        let answer = try send(request)
        guard answer.status == 200 else { throw DemoFault("\(method) \(path) was answered \(answer.status): \(answer.text)") }
    }

    /// A route of the reference application.
    func rest(_ method: String, _ route: String, query: String = "", _ input: Document? = nil) throws(DemoFault) -> Document {
        try document(
            of: WireRequest(
                method: method,
                path: "/_aws/execute-api/reference/prod/\(route)",
                query: query,
                headers: ["host": "\(host):\(port)", "content-type": "application/json"],
                body: input.map { JSON.write($0) } ?? []
            )
        )
    }

    private var now: Timestamp { Timestamp(seconds: DemoClock.wall) }

    private func document(of request: WireRequest) throws(DemoFault) -> Document {
        let answer = try send(request)
        let what = request.headers["x-amz-target"] ?? request.path
        guard answer.status == 200 else { throw DemoFault("\(what) was answered \(answer.status): \(answer.text)") }
        guard !answer.body.isEmpty else { return .null }
        guard let document = try? JSON.parse(answer.body) else { throw DemoFault("\(what) was answered with no JSON: \(answer.text)") }
        return document
    }

    // MARK: HTTP

    func send(_ request: WireRequest) throws(DemoFault) -> Answer {
        var head = "\(request.method) \(request.path)\(request.query.isEmpty ? "" : "?" + request.query) HTTP/1.1\r\n"
        for field in request.headers.fields { head += "\(field.name): \(field.value)\r\n" }
        head += "content-length: \(request.body.count)\r\n\r\n"
        try write(Array(head.utf8) + request.body)
        return try readAnswer()
    }

    private func connect() throws(DemoFault) {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr(host)
        let status = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard status == 0 else { throw DemoFault("Cannot reach \(host):\(port): \(String(cString: strerror(errno))).") }
        var on: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    private func write(_ bytes: [UInt8]) throws(DemoFault) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw DemoFault("The server hung up: \(String(cString: strerror(errno))).") }
            sent += count
        }
    }

    private func readAnswer() throws(DemoFault) -> Answer {
        var end = Self.endOfHead(received)
        while end == nil {
            try readMore()
            end = Self.endOfHead(received)
        }
        let headLength = end ?? 0
        let lines = String(decoding: received[..<headLength], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, let status = Int(words[1]) else { throw DemoFault("The answer has no status line.") }
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

    private func readMore() throws(DemoFault) {
        var piece = [UInt8](repeating: 0, count: 65536)
        let count = piece.withUnsafeMutableBytes { recv(socket, $0.baseAddress, $0.count, 0) }
        guard count > 0 else { throw DemoFault("The server hung up in the middle of an answer.") }
        received += piece[..<count]
    }
}
