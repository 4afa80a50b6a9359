import Testing
import Wire

@testable import personalite

struct PipeliningTests {
    private static func get(_ path: String, _ headers: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: a\r\n\(headers)\r\n"
    }

    @Test func `a connection is kept and answers one request after another`() async throws {
        try await withListener { listener in
            let client = try RawClient(port: listener.port)
            for number in 0..<100 {
                try client.send(Self.get("/\(number)"))
                let answer = try client.read()
                #expect(answer.text == "GET /\(number) ")
                #expect(answer["connection"] == nil)
            }
        }
    }

    @Test func `answers leave in the order of their requests, whoever is ready first`() async throws {
        let waiting = Box<[@Sendable (WireResponse) -> Void]>([])
        let responder = TestResponder { request, reply in
            let ready = waiting.change { waiting -> [@Sendable (WireResponse) -> Void] in
                waiting.append(reply)
                return waiting.count == 10 ? waiting : []
            }
            for (number, reply) in ready.enumerated().reversed() { reply(.text("\(number)")) }
        }
        try await withListener(responder) { listener in
            let client = try RawClient(port: listener.port)
            try client.send((0..<10).map { Self.get("/\($0)") }.joined())
            for number in 0..<10 { #expect(try client.read().text == "\(number)") }
        }
    }

    @Test func `no more requests are taken than may wait, and all are answered in the end`() async throws {
        let threads = UploadPool(threads: 2)
        let waiting = Box(0)
        let most = Box(0)
        let responder = TestResponder { request, reply in
            let now = waiting.change { waiting in
                waiting += 1
                return waiting
            }
            most.change { $0 = max($0, now) }
            threads.run {
                waiting.change { $0 -= 1 }
                reply(.text(request.path))
            }
        }
        try await withListener(responder) {
            $0.limits.inFlight = 4
        } _: { listener in
            let client = try RawClient(port: listener.port)
            try client.send((0..<500).map { Self.get("/\($0)") }.joined())
            for number in 0..<500 { #expect(try client.read().text == "/\(number)") }
            #expect(most.value <= 4)
            threads.stop()
        }
    }

    @Test func `a client that does not take its answers is not read`() async throws {
        let answered = Box(0)
        let large = [UInt8](repeating: 0x61, count: 1024 * 1024)
        let responder = TestResponder { _, reply in
            answered.change { $0 += 1 }
            reply(WireResponse(status: 200, body: .bytes(large)))
        }
        try await withListener(responder) { listener in
            let client = try RawClient(port: listener.port)
            try client.send(String(repeating: Self.get("/"), count: 500))
            for _ in 0..<10 { #expect(try client.read().body.count == large.count) }
            // What fits into the two sockets' buffers, not 500 MB.
            #expect(answered.value < 100)
        }
    }

    @Test func `connection close is obeyed and said, and nothing after it is read`() async throws {
        try await withListener { listener in
            let client = try RawClient(port: listener.port)
            try client.send(Self.get("/1", "Connection: foo, Close\r\n") + Self.get("/2"))
            let answer = try client.read()
            #expect(answer.text == "GET /1 ")
            #expect(answer["connection"] == "close")
            #expect(try client.isClosed())
        }
    }

    @Test func `HTTP 1.0 closes unless it is asked to stay`() async throws {
        try await withListener { listener in
            let client = try RawClient(port: listener.port)
            try client.send("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try client.read()["connection"] == "keep-alive")
            try client.send("GET /2 HTTP/1.0\r\n\r\n")
            #expect(try client.read()["connection"] == "close")
            #expect(try client.isClosed())
        }
    }

    @Test func `a client that has said all it has to say still gets its answers`() async throws {
        try await withListener { listener in
            let client = try RawClient(port: listener.port)
            try client.send(Self.get("/1") + Self.get("/2"))
            client.closeOutput()
            #expect(try client.read().text == "GET /1 ")
            #expect(try client.read().text == "GET /2 ")
            #expect(try client.isClosed())
        }
    }

    @Test func `an error comes after the answers that are owed`() async throws {
        let replies = Event<@Sendable (WireResponse) -> Void>()
        try await withListener(TestResponder { _, reply in replies.happen(reply) }) { listener in
            let client = try RawClient(port: listener.port)
            try client.send(Self.get("/1") + "nonsense\r\n\r\n")
            try await replies.next(.text("first"))
            #expect(try client.read().text == "first")
            #expect(try client.read().status == 400)
            #expect(try client.isClosed())
        }
    }

    @Test func `a client that goes away before its answer harms nobody`() async throws {
        let replies = Event<@Sendable (WireResponse) -> Void>()
        let responder = TestResponder { request, reply in
            if request.path == "/slow" { replies.happen(reply) } else { reply(.text("fast")) }
        }
        try await withListener(responder) { listener in
            var client: RawClient? = try RawClient(port: listener.port)
            try client?.send(Self.get("/slow"))
            let reply = try await replies.next
            client?.reset()
            client = nil
            reply(.text("late"))
            let other = try RawClient(port: listener.port)
            try other.send(Self.get("/fast"))
            #expect(try other.read().text == "fast")
        }
    }
}
