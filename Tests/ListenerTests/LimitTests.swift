import Testing
import Wire

@testable import personalite

struct LimitTests {
    @Test func `a target over its limit is answered 414, whole or not`() async throws {
        try await withListener { listener in
            let long = "/" + String(repeating: "x", count: 16 * 1024)
            for rest in [" HTTP/1.1\r\nHost: a\r\n\r\n", String(repeating: "y", count: 100)] {
                let client = try RawClient(port: listener.port)
                try client.send("GET " + long + rest)
                #expect(try client.read().status == 414)
                #expect(try client.isClosed())
            }
            let client = try RawClient(port: listener.port)
            try client.send("GET " + long.dropLast() + " HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.read().status == 200)
        }
    }

    @Test func `headers over their limit are answered 431, in one line or many`() async throws {
        try await withListener { listener in
            let wide = "X: " + String(repeating: "x", count: 70_000)
            let many = String(repeating: "X: y\r\n", count: 5000)
            let small = String(repeating: "X-Amz-Meta-Thing: " + String(repeating: "y", count: 100) + "\r\n", count: 900)
            for headers in [wide, wide + "\r\n\r\n", many + "\r\n", small + "\r\n"] {
                let client = try RawClient(port: listener.port)
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n" + headers)
                #expect(try client.read().status == 431)
                #expect(try client.isClosed())
            }
            let client = try RawClient(port: listener.port)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 900) + "\r\n")
            #expect(try client.read().status == 200)
        }
    }

    @Test func `trailers have the limits of headers`() async throws {
        try await withListener { listener in
            let client = try RawClient(port: listener.port)
            try client.send(
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + String(repeating: "X: y\r\n", count: 1001) + "\r\n"
            )
            #expect(try client.read().status == 431)
        }
    }

    @Test(
        "a body over its limit is answered 413, before it is read when its length is announced",
        arguments: ["Content-Length: 11\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n5\r\nghijk\r\n"]
    )
    func bodyTooLarge(rest: String) async throws {
        var responder = TestResponder.echo
        responder.admitting = { _ in .collect(limit: 10) }
        try await withListener(responder) { listener in
            let client = try RawClient(port: listener.port)
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789")
            #expect(try client.read().text == "POST / 0123456789")
            try client.send("POST / HTTP/1.1\r\nHost: a\r\n" + rest)
            #expect(try client.read().status == 413)
            #expect(try client.isClosed())
        }
    }

    @Test func `the limit on all bodies holds for uploads too`() async throws {
        let sink = RecordingSink()
        var responder = TestResponder.echo
        responder.admitting = { _ in .stream(sink) }
        try await withListener(responder) {
            $0.limits.bodyBytes = 10
        } _: { listener in
            let announced = try RawClient(port: listener.port)
            try announced.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n")
            #expect(try announced.read().status == 413)
            let chunked = try RawClient(port: listener.port)
            try chunked.send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n123456789\r\n2\r\nab\r\n0\r\n\r\n")
            #expect(try chunked.read().status == 413)
            #expect(try await sink.ended.next == .abandoned)
        }
    }

    @Test func `a client still sending when it is refused can read why`() async throws {
        let responder = TestResponder(admitting: { _ in .refuse(.text("no", status: 403)) }, answering: { _, _ in })
        try await withListener(responder) { listener in
            let client = try RawClient(port: listener.port)
            try client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n")
            try client.send([UInt8](repeating: 0x61, count: 4_000_000))
            let answer = try client.read()
            #expect(answer.status == 403)
            #expect(answer["connection"] == "close")
            #expect(try client.isClosed())
        }
    }
}
