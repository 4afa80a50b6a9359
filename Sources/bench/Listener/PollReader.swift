import Glibc
import NIOCore
import Synchronization
import Wire

/// Connections that each wait for a record, and wait again when they have one; takes the time of each record.
final class PollReader: Sendable {
    private struct State {
        var arrivals: [UInt64?]
        var left: Int
        var failure: String?
    }

    private let descriptors: [Int32]
    private let request: [UInt8]
    private let state: Mutex<State>

    /// Returns once all of them wait.
    init(port: Int, request: [UInt8], receivers: Int, count: Int) throws(BenchFault) {
        self.request = request
        state = Mutex(State(arrivals: [UInt64?](repeating: nil, count: count), left: count))
        var descriptors: [Int32] = []
        for _ in 0..<receivers {
            let descriptor = try Sockets.connect(port: port)
            descriptors.append(descriptor)
            try Sockets.send(request, on: descriptor)
        }
        // Who waits has been sent the head of the answer.
        for descriptor in descriptors {
            var answer = LaterAnswerScanner()
            var piece = [UInt8](repeating: 0, count: 4096)
            while !answer.hasHead {
                let got = recv(descriptor, &piece, piece.count, 0)
                guard got > 0, !answer.feed(piece[..<got]) else { throw BenchFault("A receive did not wait: \(answer.text)") }
            }
        }
        self.descriptors = descriptors
    }

    deinit { for descriptor in descriptors { close(descriptor) } }

    /// Reads until every record is there, or something fails.
    func read() {
        // Their heads were read before, and are no part of what comes.
        var answers = [LaterAnswerScanner](repeating: LaterAnswerScanner(isBehindHead: true), count: descriptors.count)
        var sockets = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while state.withLock({ $0.left > 0 && $0.failure == nil }) {
            guard poll(&sockets, nfds_t(sockets.count), 10_000) > 0 else { return fail("Nothing was received for ten seconds.") }
            for index in sockets.indices where sockets[index].revents != 0 {
                let got = recv(descriptors[index], &piece, piece.count, 0)
                let now = NIODeadline.now().uptimeNanoseconds
                guard got > 0 else { return fail("A receiver was hung up on.") }
                guard answers[index].feed(piece[..<got]) else { continue }
                take(answers[index].text, at: now)
                answers[index] = LaterAnswerScanner()
                do throws(BenchFault) { try Sockets.send(request, on: descriptors[index]) } catch { return fail(error.description) }
            }
        }
    }

    private func take(_ answer: String, at now: UInt64) {
        guard let start = answer.range(of: "\"Data\":\""), let number = PacedPuts.number(of: String(answer[start...].prefix { $0 != "\"" })) else {
            return fail("A receive was answered without a record: \(answer)")
        }
        state.withLock { state in
            guard state.arrivals.indices.contains(number), state.arrivals[number] == nil else { return }
            state.arrivals[number] = now
            state.left -= 1
        }
    }

    private func fail(_ why: String) {
        state.withLock { $0.failure = $0.failure ?? why }
    }

    /// When each record came, in nanoseconds of the monotonic clock.
    func arrivals() throws(BenchFault) -> [UInt64] {
        let (arrivals, failure) = state.withLock { ($0.arrivals, $0.failure) }
        if let failure { throw BenchFault(failure) }
        return arrivals.compactMap { $0 }
    }
}

/// Finds the end of an answer that is sent in chunks, or has a length.
struct LaterAnswerScanner {
    private var bytes: [UInt8] = []
    private var isBehindHead: Bool

    init(isBehindHead: Bool = false) { self.isBehindHead = isBehindHead }

    private static let end = Array("\r\n\r\n".utf8)

    var text: String { String(decoding: bytes, as: UTF8.self) }

    var hasHead: Bool { text.range(of: "\r\n\r\n") != nil }

    /// Whether the answer is whole.
    mutating func feed(_ piece: ArraySlice<UInt8>) -> Bool {
        bytes += piece
        if isBehindHead { return bytes.suffix(5).elementsEqual("0\r\n\r\n".utf8) }
        let text = text.lowercased()
        guard let body = text.range(of: "\r\n\r\n") else { return false }
        guard let length = text.range(of: "content-length:") else { return bytes.suffix(5).elementsEqual("0\r\n\r\n".utf8) }
        let count = Int(text[length...].drop { $0 == " " }.prefix { $0.isNumber }) ?? 0
        return text[body...].utf8.count >= count
    }
}

extension String {
    /// Where what follows `mark` begins.
    func range(of mark: String) -> Index? {
        let (bytes, mark) = (Array(utf8), Array(mark.utf8))
        guard bytes.count >= mark.count else { return nil }
        for start in 0...(bytes.count - mark.count) where bytes[start] == mark[0] && bytes[start..<(start + mark.count)].elementsEqual(mark) {
            return utf8.index(utf8.startIndex, offsetBy: start + mark.count)
        }
        return nil
    }
}
