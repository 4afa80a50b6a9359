import NIOCore
import Testing
import Wire

@testable import personalite

struct ParserTests {
    /// What came out of the parser: everything but where the body was cut.
    private struct Outcome: Equatable {
        var requests: [String] = []
        /// Its status: which of two faults is met first may depend on the cut.
        var refusal: Int?
    }

    /// Feeds `pieces` as they would come off a socket.
    private func parse(_ pieces: [ArraySlice<UInt8>]) -> Outcome {
        var outcome = Outcome()
        var parser = RequestParser(limits: Limits())
        var buffer = ByteBuffer()
        var request = ""
        for piece in pieces {
            buffer.writeBytes(piece)
            do throws(HTTPRequestError) {
                var isHungry = false
                while !isHungry {
                    switch try parser.next(&buffer) {
                    case .more: isHungry = true
                    case .head:
                        guard let head = parser.head else { preconditionFailure("no head") }
                        let fields = head.request.headers.fields.map { "\($0.name)=\($0.value)" }
                        request = "\(head.request.method) \(head.request.path)?\(head.request.query) \(fields) \(head.framing) \(head.closes)"
                    case .body(let count): request += buffer.readString(length: count) ?? "?"
                    case .end:
                        outcome.requests.append(request)
                        request = ""
                    }
                }
            } catch {
                outcome.refusal = error.status
                return outcome
            }
        }
        outcome.requests.append(request)
        return outcome
    }

    private static let seeds = [
        "GET /a/b?c=d HTTP/1.1\r\nHost: a\r\nX-Y: z\r\n\r\nPOST / HTTP/1.1\r\nhost: b:80\r\nContent-Length: 5\r\n\r\nhelloGET",
        "PUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\nT: u\r\n\r\n",
        "\r\nHEAD * HTTP/1.0\r\nExpect: 100-continue\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: \r\nConnection: keep-alive, close\r\n\r\n",
    ]
    private static let insertions = [
        "\r\n", "\n", "\r", "\0", " ", "\t", ":", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "Host: a\r\n", "HTTP/1.1", "0", "f", "ü",
        ",",
    ]

    @Test(arguments: 1...8) func `bytes mean the same however they are cut, and no bytes are too odd to be read`(seed: UInt64) {
        var random = Xorshift(state: seed &* 0x9E37_79B9_7F4A_7C15)
        var refused = 0
        for round in 0..<2000 {
            var bytes = Array(Self.seeds[round % Self.seeds.count].utf8)
            for _ in 0..<random.below(4) {
                let index = random.below(bytes.count)
                switch random.below(4) {
                case 0: bytes[index] = UInt8(random.below(256))
                case 1: bytes.removeSubrange(index..<min(bytes.count, index + 1 + random.below(6)))
                case 2: bytes.insert(contentsOf: Self.insertions[random.below(Self.insertions.count)].utf8, at: index)
                default: bytes.append(contentsOf: bytes.prefix(index))
                }
                if bytes.isEmpty { bytes = [0x47] }
            }
            let whole = parse([bytes[...]])
            if whole.refusal != nil { refused += 1 }
            var pieces: [ArraySlice<UInt8>] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = min(rest.count, 1 + random.below(9))
                pieces.append(rest.prefix(count))
                rest = rest.dropFirst(count)
            }
            #expect(parse(pieces) == whole, "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
        }
        #expect((200..<1900).contains(refused))
    }

    @Test func `an unmutated request is read whole`() {
        let outcome = parse([Array(Self.seeds[1].utf8)[...]])
        #expect(outcome.refusal == nil)
        #expect(outcome.requests.first?.hasSuffix("chunked truehello0123456789") == true)
    }
}

/// A small generator, so that a failing seed fails again.
private struct Xorshift {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 33) % bound
    }
}
