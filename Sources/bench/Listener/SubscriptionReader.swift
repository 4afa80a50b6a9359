import Glibc
import NIOCore
import Synchronization
import Wire

/// Reads one subscription off its socket and takes the time of each record.
final class SubscriptionReader: Sendable {
    private struct State {
        var arrivals: [UInt64?]
        var left: Int
        var failure: String?
    }

    private let descriptor: Int32
    private let state: Mutex<State>

    /// Returns once the stream has begun.
    init(port: Int, request: [UInt8], count: Int) throws(BenchFault) {
        descriptor = try Sockets.connect(port: port)
        state = Mutex(State(arrivals: [UInt64?](repeating: nil, count: count), left: count))
        try Sockets.send(request, on: descriptor)
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while !head.suffix(4).elementsEqual([13, 10, 13, 10]) {
            guard recv(descriptor, &byte, 1, 0) == 1 else { throw BenchFault("The subscription was not answered.") }
            head.append(byte)
        }
        guard head.starts(with: "HTTP/1.1 200".utf8) else { throw BenchFault(String(decoding: head, as: UTF8.self)) }
    }

    deinit { close(descriptor) }

    /// Reads until every record is there, or the stream ends.
    func read() {
        var raw: [UInt8] = []
        var events: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 18)
        while state.withLock({ $0.left > 0 && $0.failure == nil }) {
            let got = recv(descriptor, &piece, piece.count, 0)
            let now = NIODeadline.now().uptimeNanoseconds
            guard got > 0 else { return fail("The subscription ended early.") }
            raw += piece[..<got]
            Self.unchunk(&raw, into: &events)
            var rest = events[...]
            do throws(EventMessage.Failure) {
                while let message = try EventMessage.next(in: &rest) { take(message, at: now) }
            } catch {
                return fail(error.reason)
            }
            events = Array(rest)
        }
    }

    /// Moves the contents of whole chunks over.
    private static func unchunk(_ raw: inout [UInt8], into events: inout [UInt8]) {
        var start = 0
        while let end = raw[start...].firstIndex(of: 0x0A) {
            let digits = String(decoding: raw[start..<(end - 1)], as: UTF8.self)
            guard let size = Int(digits, radix: 16), raw.count >= end + 1 + size + 2 else { break }
            events += raw[(end + 1)..<(end + 1 + size)]
            start = end + 1 + size + 2
        }
        raw.removeFirst(start)
    }

    private func take(_ message: EventMessage, at now: UInt64) {
        guard message[":message-type"] == "event" else { return fail(String(decoding: message.payload, as: UTF8.self)) }
        guard case .list(let records)? = (try? JSON.parse(message.payload))?["Records"] else { return }
        let numbers = records.compactMap { record in
            record["Data"]?.textIfAny.flatMap { PacedPuts.number(of: $0) }
        }
        state.withLock { state in
            for number in numbers where state.arrivals.indices.contains(number) && state.arrivals[number] == nil {
                state.arrivals[number] = now
                state.left -= 1
            }
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
