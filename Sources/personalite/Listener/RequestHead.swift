import Wire

/// How the length of a request body is told (RFC 9112 §6.3); there is no other way.
enum Framing: Equatable {
    case empty
    case length(Int)
    case chunked
}

/// A request head that passed every rule, with what its header lines mean to the connection.
struct RequestHead {
    var request: WireRequest
    var framing = Framing.empty
    var isOneDotZero = false
    var closes = false
    var expectsContinue = false
}

/// Gathers header lines into a head. A line that only two readers could read differently is refused,
/// for that difference is what request smuggling lives on.
struct HeadBuilder {
    private(set) var head: RequestHead
    private var hosts = 0
    private var host = ""
    private var authority: String?
    private var contentLength: Int?
    private var isChunked = false
    private var keepsAlive = false

    /// `line` is the request line without its line end.
    init(line: UnsafeRawBufferPointer, limits: Limits) throws(HTTPRequestError) {
        guard let methodEnd = line.firstIndex(of: 0x20), (1...32).contains(methodEnd),
            line[..<methodEnd].allSatisfy(Characters.isToken)
        else { throw .bad("The request line has no method.") }
        let rest = line[(methodEnd + 1)...]
        guard let targetEnd = rest.lastIndex(of: 0x20), targetEnd > methodEnd + 1 else {
            throw .bad("The request line is not \"METHOD TARGET VERSION\".")
        }
        let isOneDotZero = try Self.version(UnsafeRawBufferPointer(rebasing: line[(targetEnd + 1)...]))
        let target = UnsafeRawBufferPointer(rebasing: line[(methodEnd + 1)..<targetEnd])
        if target.count > limits.targetBytes { throw .targetTooLong }
        let method = String(decoding: line[..<methodEnd], as: UTF8.self)
        let parts = try RequestTarget(target, method: method)
        authority = parts.authority
        head = RequestHead(request: WireRequest(method: method, path: parts.path, query: parts.query))
        head.isOneDotZero = isOneDotZero
        head.request.headers.fields.reserveCapacity(12)
    }

    /// Whether it is version 1.0; anything but 1.0 and 1.1 is refused.
    private static func version(_ bytes: UnsafeRawBufferPointer) throws(HTTPRequestError) -> Bool {
        guard bytes.prefix(4).elementsEqual("http".utf8, by: { $0 | 0x20 == $1 }) else { throw .notHTTP }
        guard bytes.count == 8, bytes.starts(with: "HTTP/".utf8), Characters.isDigit(bytes[5]), bytes[6] == UInt8(ascii: "."),
            Characters.isDigit(bytes[7])
        else { throw .bad("The request line does not end in a version of HTTP that there is.") }
        guard bytes[5] == UInt8(ascii: "1"), bytes[7] <= UInt8(ascii: "1") else {
            throw HTTPRequestError(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.")
        }
        return bytes[7] == UInt8(ascii: "0")
    }

    /// `line` is one header line without its line end, and not empty.
    mutating func add(line: UnsafeRawBufferPointer, limits: Limits) throws(HTTPRequestError) {
        guard head.request.headers.fields.count < limits.headerFields else { throw .tooManyFields }
        let (name, value) = try HeaderLine.parse(line)
        head.request.headers.fields.append((name: name, value: value))
        head.request.headers.spelling += line.prefix(name.utf8.count)
        switch name {
        case "host": try addHost(value)
        case "content-length": try addContentLength(value)
        case "transfer-encoding": try addTransferEncoding(value)
        case "connection": addConnection(value)
        case "expect": try addExpectation(value)
        default: break
        }
    }

    /// The head, once its empty line has come: what no single line could tell is checked here.
    consuming func finish() throws(HTTPRequestError) -> RequestHead {
        if hosts == 0 && !head.isOneDotZero { throw .bad("An HTTP/1.1 request needs a Host header.") }
        if let authority, authority != host.lowercased() { throw .bad("The request target and the Host header name different hosts.") }
        if isChunked {
            if contentLength != nil { throw .bad("A request cannot have both Content-Length and Transfer-Encoding.") }
            if head.isOneDotZero { throw .bad("An HTTP/1.0 request cannot have Transfer-Encoding.") }
            head.framing = .chunked
        } else if let contentLength, contentLength > 0 {
            head.framing = .length(contentLength)
        }
        if head.isOneDotZero {
            head.closes = head.closes || !keepsAlive
            head.expectsContinue = false
        }
        return head
    }

    private mutating func addHost(_ value: String) throws(HTTPRequestError) {
        hosts += 1
        if hosts > 1 { throw .bad("A request cannot have two Host headers.") }
        let authority = HostHeader.authority(value)
        guard authority.utf8.allSatisfy(Characters.isAuthority) else { throw .bad("The Host header is not a host name.") }
        host = String(authority)
    }

    private mutating func addContentLength(_ value: String) throws(HTTPRequestError) {
        if contentLength != nil { throw .bad("A request cannot have two Content-Length headers.") }
        guard !value.isEmpty, value.utf8.count <= 18, value.utf8.allSatisfy(Characters.isDigit), let length = Int(value) else {
            throw .bad("The Content-Length header is not a number.")
        }
        contentLength = length
    }

    private mutating func addTransferEncoding(_ value: String) throws(HTTPRequestError) {
        if isChunked || value.lowercased() != "chunked" { throw .bad("The only Transfer-Encoding is \"chunked\", once.") }
        isChunked = true
    }

    private mutating func addConnection(_ value: String) {
        for option in value.split(separator: ",") {
            switch option.lowercased().filter({ $0 != " " && $0 != "\t" }) {
            case "close": head.closes = true
            case "keep-alive": keepsAlive = true
            default: break
            }
        }
    }

    private mutating func addExpectation(_ value: String) throws(HTTPRequestError) {
        guard value.lowercased() == "100-continue" else { throw .unknownExpectation }
        head.expectsContinue = true
    }
}
