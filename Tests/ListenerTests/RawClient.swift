import Glibc
import Testing

/// A client that sends exactly the bytes it is told to, and waits at most ten seconds for any answer.
final class RawClient {
    struct Failure: Error {
        let what: String
    }

    struct Answer {
        var status = 0
        var headers: [(name: String, value: String)] = []
        var body: [UInt8] = []

        var text: String { String(decoding: body, as: UTF8.self) }
        subscript(name: String) -> String? { headers.first { $0.name == name }?.value }
    }

    let descriptor: Int32
    private var unread: [UInt8] = []

    /// - Parameter receiveBuffer: what the system may hold for this client, in bytes; nil leaves that to it.
    init(port: Int, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size)) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        if connected != 0 { throw Failure(what: "cannot connect: \(errno)") }
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { Glibc.close(descriptor) }

    func send(_ text: String) throws {
        try send(Array(text.utf8))
    }

    /// Sends everything, or fails when the other side has closed.
    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count <= 0 { throw Failure(what: "cannot send: \(errno)") }
            sent += count
        }
    }

    /// Sends until the other side has taken nothing for `patience` milliseconds or `limit` bytes are gone; gives how many went.
    func sendUntilStuck(limit: Int, patience: Int32) -> Int {
        let chunk = [UInt8](repeating: 0x61, count: 64 * 1024)
        var sent = 0
        while sent < limit {
            var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            if poll(&poller, 1, patience) == 0 { return sent }
            let count = Glibc.send(descriptor, chunk, min(chunk.count, limit - sent), Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            if count > 0 { sent += count } else if errno != EAGAIN { return sent }
        }
        return sent
    }

    func closeOutput() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Goes away without a word, as a killed process does.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// True when the other side closes without sending anything more.
    func isClosed() throws -> Bool {
        guard unread.isEmpty else { return false }
        return try !more()
    }

    /// Everything up to the close.
    func readAll() throws -> String {
        String(decoding: try readBytes(), as: UTF8.self)
    }

    /// Everything up to the close.
    func readBytes() throws -> [UInt8] {
        while try more() {}
        defer { unread = [] }
        return unread
    }

    /// The next whole answer, `100 Continue` among them.
    /// - Parameter toHead: the answer is to a HEAD request and has no body.
    func read(toHead: Bool = false) throws -> Answer {
        var answer = Answer()
        answer.status = try Int(line().split(separator: " ")[1]) ?? 0
        while case let text = try line(), !text.isEmpty {
            let colon = try #require(text.firstIndex(of: ":"))
            answer.headers.append((name: String(text[..<colon]), value: String(text[colon...].dropFirst(2))))
        }
        let count = toHead || answer.status < 200 ? 0 : answer["content-length"].flatMap { Int($0) } ?? 0
        while unread.count < count { try require(more()) }
        answer.body = Array(unread.prefix(count))
        unread.removeFirst(count)
        return answer
    }

    /// So many bytes as text.
    func readText(_ count: Int) throws -> String {
        while unread.count < count { try require(more()) }
        defer { unread.removeFirst(count) }
        return String(decoding: unread.prefix(count), as: UTF8.self)
    }

    /// Reads up to so many bytes and lets them go; gives how many there were.
    func count(_ limit: Int) throws -> Int {
        var total = unread.count
        unread = []
        while total < limit, try more() {
            total += unread.count
            unread = []
        }
        return total
    }

    /// Whether the other side closes before it has sent so many bytes.
    func endsWithin(_ limit: Int) throws -> Bool {
        while unread.count < limit {
            if try !more() { return true }
        }
        return false
    }

    /// Reads until these bytes have come, and lets them and what was before them go.
    func readPast(_ mark: [UInt8]) throws {
        while true {
            if let found = (0...max(0, unread.count - mark.count)).first(where: { unread[$0...].starts(with: mark) }) {
                unread.removeFirst(found + mark.count)
                return
            }
            try require(more())
        }
    }

    private func line() throws -> String {
        while true {
            if let end = unread.firstIndex(of: 0x0A) {
                let text = String(decoding: unread[..<(end - 1)], as: UTF8.self)
                unread.removeFirst(end + 1)
                return text
            }
            try require(more())
        }
    }

    private func require(_ isThere: Bool) throws {
        if !isThere { throw Failure(what: "closed in the middle of an answer: \(String(decoding: unread, as: UTF8.self))") }
    }

    /// False at the end.
    private func more() throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 256 * 1024)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        if count < 0 && errno == ECONNRESET { return false }
        if count < 0 { throw Failure(what: "no answer within ten seconds, errno \(errno)") }
        unread += chunk[..<count]
        return count > 0
    }
}
