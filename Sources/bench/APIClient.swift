import Glibc
import Wire

/// Sets the stage: one blocking connection on which requests are signed and sent.
final class APIClient {
    struct Answer {
        var status: Int
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private let port: Int
    private let descriptor: Int32
    private var received: [UInt8] = []

    init(port: Int) throws(BenchFault) {
        self.port = port
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard status == 0 else { throw BenchFault("The server cannot be reached: \(String(cString: strerror(errno))).") }
    }

    deinit { close(descriptor) }

    /// An operation of a JSON service, signed but not sent.
    func request(_ target: String, service: String, _ input: [(String, Document)]) -> WireRequest {
        signed(
            "POST",
            "/",
            service: service,
            rules: .standard,
            headers: [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target)],
            body: JSON.write(.object(.init(input)))
        )
    }

    /// An operation of a REST service, signed but not sent.
    func request(path: String, service: String, _ input: [(String, Document)]) -> WireRequest {
        signed(
            "POST",
            path,
            service: service,
            rules: .standard,
            headers: [("content-type", "application/json")],
            body: JSON.write(.object(.init(input)))
        )
    }

    /// Sends an operation and gives what it answers.
    func call(_ target: String, service: String, _ input: [(String, Document)]) throws(BenchFault) -> Document {
        let answer = try send(request(target, service: service, input))
        guard answer.status == 200 else { throw BenchFault("\(target) was answered \(answer.status): \(answer.text)") }
        return (try? JSON.parse(answer.body)) ?? .null
    }

    func put(_ path: String, _ body: [UInt8] = []) throws(BenchFault) {
        let answer = try send(signed("PUT", path, service: "s3", rules: .s3, headers: [], body: body))
        guard answer.status == 200 else { throw BenchFault("PUT \(path) was answered \(answer.status): \(answer.text)") }
    }

    private func signed(
        _ method: String,
        _ path: String,
        service: String,
        rules: SignatureRules,
        headers: [(String, String)],
        body: [UInt8]
    ) -> WireRequest {
        var request = WireRequest(method: method, path: path, headers: ["host": "127.0.0.1:\(port)"], body: body)
        request.headers.fields += headers.map { (name: $0.0, value: $0.1) }
        let signer = RequestSigner(accessKey: "test", secret: "test", region: "us-east-1", service: service, rules: rules)
        signer.sign(&request, at: Timestamp(seconds: Double(time(nil))))
        return request
    }

    /// A request as it goes over the wire.
    static func render(_ request: WireRequest) -> [UInt8] {
        var head = "\(request.method) \(request.path) HTTP/1.1\r\n"
        for field in request.headers.fields { head += "\(field.name): \(field.value)\r\n" }
        return Array((head + "content-length: \(request.body.count)\r\n\r\n").utf8) + request.body
    }

    func send(_ request: WireRequest) throws(BenchFault) -> Answer {
        let bytes = Self.render(request)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw BenchFault("The server hung up: \(String(cString: strerror(errno))).") }
            sent += count
        }
        var scanner = AnswerScanner()
        var body: [UInt8] = []
        while true {
            var piece = [UInt8](repeating: 0, count: 64 * 1024)
            let count = recv(descriptor, &piece, piece.count, 0)
            guard count > 0 else { throw BenchFault("The server hung up in the middle of an answer.") }
            let status = piece.withUnsafeBytes { scanner.feed(UnsafeRawBufferPointer(rebasing: $0[..<count])) { body += $0 } }
            if let status { return Answer(status: status, body: body) }
        }
    }
}
