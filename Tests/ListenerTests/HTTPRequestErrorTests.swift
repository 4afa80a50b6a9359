import Testing
import Wire

@testable import personalite

/// Bytes to send and what must come of them, shown in test reports by what they are.
struct SentBytes<Outcome: Sendable>: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: String
    let outcome: Outcome

    init(_ description: String, _ bytes: String, _ outcome: Outcome) {
        testDescription = description
        self.bytes = bytes
        self.outcome = outcome
    }
}

/// What other servers are lenient about, and attackers live on.
struct MalformedTests {
    private static let host = "Host: a\r\n"

    @Test(
        "a request that two readers could read differently is refused and the connection closed",
        arguments: [
            SentBytes(
                "two lengths of different kinds",
                "POST / HTTP/1.1\r\n\(host)Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                400
            ),
            SentBytes("… the other way round", "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", 400),
            SentBytes("a Host that is a URL of nothing", "GET / HTTP/1.1\r\nHost: http://\r\n\r\n", 400),
            SentBytes("a Host that is a URL with a path", "GET / HTTP/1.1\r\nHost: http://a/b\r\n\r\n", 400),
            SentBytes("a Host that is a URL of another kind", "GET / HTTP/1.1\r\nHost: ftp://a\r\n\r\n", 400),
            SentBytes("two different lengths", "POST / HTTP/1.1\r\n\(host)Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde", 400),
            SentBytes("two equal lengths", "POST / HTTP/1.1\r\n\(host)Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd", 400),
            SentBytes("a list of lengths", "POST / HTTP/1.1\r\n\(host)Content-Length: 4, 4\r\n\r\nabcd", 400),
            SentBytes("a signed length", "POST / HTTP/1.1\r\n\(host)Content-Length: +4\r\n\r\nabcd", 400),
            SentBytes("a negative length", "POST / HTTP/1.1\r\n\(host)Content-Length: -4\r\n\r\nabcd", 400),
            SentBytes("a hexadecimal length", "POST / HTTP/1.1\r\n\(host)Content-Length: 0x4\r\n\r\nabcd", 400),
            SentBytes("an empty length", "POST / HTTP/1.1\r\n\(host)Content-Length:\r\n\r\n", 400),
            SentBytes("a length past all numbers", "POST / HTTP/1.1\r\n\(host)Content-Length: 99999999999999999999\r\n\r\n", 400),
            SentBytes("an unknown coding", "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
            SentBytes("a second coding", "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400),
            SentBytes("chunked twice", "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
            SentBytes("chunked with a vertical tab", "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: \u{0B}chunked\r\n\r\n0\r\n\r\n", 400),
            SentBytes("chunked in HTTP/1.0", "POST / HTTP/1.0\r\n\(host)Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
            SentBytes("a chunk size in C", "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n0x2\r\nab\r\n0\r\n\r\n", 400),
            SentBytes("an empty chunk size", "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n\r\nab\r\n0\r\n\r\n", 400),
            SentBytes("a negative chunk size", "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n-2\r\nab\r\n0\r\n\r\n", 400),
            SentBytes("a blank after a chunk size", "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n2 \r\nab\r\n0\r\n\r\n", 400),
            SentBytes("a chunk longer than its size", "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n", 400),
            SentBytes("a chunk too large", "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 400),
            SentBytes(
                "a chunk size ended by a bare line feed",
                "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n2\nab\r\n0\r\n\r\n",
                400
            ),
            SentBytes("NUL in a value", "GET / HTTP/1.1\r\n\(host)X: a\u{0}b\r\n\r\n", 400),
            SentBytes("NUL in a name", "GET / HTTP/1.1\r\n\(host)X\u{0}: a\r\n\r\n", 400),
            SentBytes("a carriage return in a value", "GET / HTTP/1.1\r\n\(host)X: a\rb\r\n\r\n", 400),
            SentBytes("a blank before a colon", "POST / HTTP/1.1\r\n\(host)Content-Length : 4\r\n\r\nabcd", 400),
            SentBytes("a header line without a colon", "GET / HTTP/1.1\r\n\(host)nothing\r\n\r\n", 400),
            SentBytes("a header line without a name", "GET / HTTP/1.1\r\n\(host): nothing\r\n\r\n", 400),
            SentBytes("bare line feeds", "GET / HTTP/1.1\nHost: a\n\n", 400),
            SentBytes("one bare line feed", "GET / HTTP/1.1\r\n\(host)X: 1\nY: 2\r\n\r\n", 400),
            SentBytes("a folded line", "GET / HTTP/1.1\r\n\(host)X: a\r\n b\r\n\r\n", 400),
            SentBytes("a folded first line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
            SentBytes("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
            SentBytes("no host", "GET / HTTP/1.1\r\n\r\n", 400),
            SentBytes("a host that is none", "GET / HTTP/1.1\r\nHost: a/b@c\r\n\r\n", 400),
            SentBytes("a target and a host that differ", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            SentBytes("no target", "GET HTTP/1.1\r\n\(host)\r\n", 400),
            SentBytes("two blanks", "GET  / HTTP/1.1\r\n\(host)\r\n", 400),
            SentBytes("a target that is no path", "GET nothing HTTP/1.1\r\n\(host)\r\n", 400),
            SentBytes("a fragment", "GET /#x HTTP/1.1\r\n\(host)\r\n", 400),
            SentBytes("a method that is no word", "G@T / HTTP/1.1\r\n\(host)\r\n", 400),
            SentBytes("HTTP/0.9", "GET /\r\n", 400),
            SentBytes("HTTP/1.2", "GET / HTTP/1.2\r\n\(host)\r\n", 505),
            SentBytes("HTTP/2.0 as text", "GET / HTTP/2.0\r\n\(host)\r\n", 505),
            SentBytes("a lower-case version", "GET / http/1.1\r\n\(host)\r\n", 400),
            SentBytes("a version that there is not", "GET / HTTP/1\r\n\(host)\r\n", 400),
            SentBytes("an unknown expectation", "PUT / HTTP/1.1\r\n\(host)Content-Length: 1\r\nExpect: tea\r\n\r\n", 417),
        ]
    )
    func refused(sent: SentBytes<Int>) async throws {
        try await withListener { listener in
            let client = try RawClient(port: listener.port)
            try client.send(sent.bytes)
            let answer = try client.read()
            #expect(answer.status == sent.outcome, "\(answer.text)")
            #expect(answer["connection"] == "close")
            #expect(!answer.text.isEmpty)
            #expect(try client.isClosed())
        }
    }

    @Test(
        "what is unusual but clear is answered",
        arguments: [
            SentBytes("an empty line before the request", "\r\nGET /x HTTP/1.1\r\n\(host)\r\n", "GET /x "),
            SentBytes("an absolute target", "GET http://a/x?y HTTP/1.1\r\n\(host)\r\n", "GET /x?y "),
            SentBytes("a Host that is a URL", "GET /x HTTP/1.1\r\nHost: http://a:4590\r\n\r\n", "GET /x "),
            SentBytes("… and an absolute target", "GET http://a:4590/x HTTP/1.1\r\nHost: HTTP://a:4590/\r\n\r\n", "GET /x "),
            SentBytes("an absolute target without a path", "GET http://a HTTP/1.1\r\n\(host)\r\n", "GET / "),
            SentBytes("an asterisk", "OPTIONS * HTTP/1.1\r\n\(host)\r\n", "OPTIONS * "),
            SentBytes("no host in HTTP/1.0", "GET /x HTTP/1.0\r\n\r\n", "GET /x "),
            SentBytes("raw UTF-8 in the target", "GET /ü HTTP/1.1\r\n\(host)\r\n", "GET /ü "),
            SentBytes("percent-encoding untouched", "GET /%2F%2f?a=%20 HTTP/1.1\r\n\(host)\r\n", "GET /%2F%2f?a=%20 "),
            SentBytes(
                "chunks",
                "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: Chunked\r\n\r\n2\r\nab\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
                "POST / ab0123456789"
            ),
            SentBytes("trailers", "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n000\r\nX: y\r\n\r\n", "POST / a"),
            SentBytes("a length of zero", "POST / HTTP/1.1\r\n\(host)Content-Length: 0\r\n\r\n", "POST / "),
            SentBytes("a method of its own", "M-SEARCH / HTTP/1.1\r\n\(host)\r\n", "M-SEARCH / "),
        ]
    )
    func answered(sent: SentBytes<String>) async throws {
        try await withListener { listener in
            let whole = try RawClient(port: listener.port)
            try whole.send(sent.bytes)
            #expect(try whole.read().text == sent.outcome)

            let dripping = try RawClient(port: listener.port)
            for byte in sent.bytes.utf8 { try dripping.send([byte]) }
            #expect(try dripping.read().text == sent.outcome, "byte by byte")
        }
    }

    @Test func `header names are lower-cased, values trimmed, duplicates and order kept`() async throws {
        let responder = TestResponder { request, reply in
            reply(.text(request.headers.fields.map { "\($0.name)=\($0.value)" }.joined(separator: "|")))
        }
        try await withListener(responder) { listener in
            let client = try RawClient(port: listener.port)
            try client.send("GET / HTTP/1.1\r\nHOST:a\r\nX-Amz-Meta-Very-Long-Name-Indeed: \t b c \t\r\nx-y:\r\nX-Y: ü\r\n\r\n")
            #expect(try client.read().text == "host=a|x-amz-meta-very-long-name-indeed=b c|x-y=|x-y=ü")
            try client.send(Array("GET / HTTP/1.1\r\nHost: a\r\nX: ".utf8) + [0xFC] + Array("\r\n\r\n".utf8))
            #expect(try client.read().text == "host=a|x=ü")
        }
    }
}
