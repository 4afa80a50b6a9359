import Glibc
import NIOCore
import NIOHTTP1
import Testing
import Wire

@testable import personalite

/// The laws of the listener, by every way in.
@Suite(.timeLimit(.minutes(1)))
struct EveryWayTests {
    @Test(arguments: Way.allCases)
    func `requests are answered one after the other on one connection`(way: Way) async throws {
        try await withEveryListener { listener in
            let client = try await ListenerClient.connect(way, listener)
            for number in 0..<20 {
                let answer = try await client.ask(.POST, "/a/\(number)?b=%20", body: Array("body \(number)".utf8))
                #expect(answer.status == 200)
                #expect(answer.text == "POST /a/\(number)?b=%20 body \(number)")
                #expect(answer.headers.first(name: "date") != nil)
            }
            #expect(try await client.ask(.GET, "/").text == "GET / ")
            client.close()
        }
    }

    @Test(arguments: Way.allCases)
    func `the host that is asked for is a header, and names are in lower case`(way: Way) async throws {
        let responder = TestResponder { request, reply in
            let shown = request.headers.fields.filter { ["host", "x-one"].contains($0.name) }
            reply(.text(shown.map { "\($0.name)=\($0.value)" }.joined(separator: " ")))
        }
        try await withEveryListener(responder) { listener in
            let client = try await ListenerClient.connect(way, listener)
            #expect(try await client.ask(.GET, "/", [("X-One", "Two")]).text == "host=localhost x-one=Two")
            client.close()
        }
    }

    @Test(arguments: Way.allCases)
    func `an answer to HEAD has its length and no body`(way: Way) async throws {
        try await withEveryListener(TestResponder { _, reply in reply(WireResponse(status: 200, body: .head(length: 1234))) }) { listener in
            let client = try await ListenerClient.connect(way, listener)
            let answer = try await client.ask(.HEAD, "/")
            #expect(answer.headers.first(name: "content-length") == "1234")
            #expect(answer.body.isEmpty)
            client.close()
        }
    }

    @Test(arguments: Way.allCases)
    func `what is too large is refused with its own status`(way: Way) async throws {
        var responder = TestResponder.echo
        responder.admitting = { _ in .collect(limit: 10) }
        try await withEveryListener(responder) { listener in
            func status(_ path: String, _ headers: [(String, String)] = [], body: [UInt8] = []) async throws -> Int {
                let client = try await ListenerClient.connect(way, listener)
                defer { client.close() }
                return try await client.ask(.POST, path, headers, body: body).status
            }
            #expect(try await status("/" + String(repeating: "a", count: 16 * 1024)) == 414)
            #expect(try await status("/", (0..<1001).map { ("x-\($0)", "y") }) == 431)
            // NIO's HTTP/2 client sends a header list in one frame of at most 16 KiB: repeated fields are short on their way.
            #expect(try await status("/", (0..<17).map { _ in ("x", String(repeating: "y", count: 4000)) }) == 431)
            #expect(try await status("/", body: [UInt8](repeating: 1, count: 11)) == 413)
            #expect(try await status("/", body: [UInt8](repeating: 0x61, count: 10)) == 200)
            let client = try await ListenerClient.connect(way, listener)
            let untold = try await client.begin(.POST, "/")
            untold.send([UInt8](repeating: 1, count: 11))
            #expect(try await untold.head().status == 413)
            client.close()
        }
    }

    @Test(arguments: Way.allCases)
    func `an upload reaches its sink whole and in order`(way: Way) async throws {
        let sink = RecordingSink(keepsBytes: true)
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
        var responder = TestResponder.echo
        responder.admitting = { _ in .stream(sink) }
        try await withEveryListener(responder) { listener in
            let client = try await ListenerClient.connect(way, listener)
            #expect(try await client.ask(.PUT, "/", body: bytes).text == "\(bytes.count)")
            #expect(sink.bytes?.value == bytes)
            client.close()
        }
    }

    @Test(arguments: Way.allCases)
    func `a sink that is behind stops the client`(way: Way) async throws {
        let gate = Gate()
        let sink = RecordingSink(gate: gate.wait)
        var responder = TestResponder.echo
        responder.admitting = { $0.method == "PUT" ? .stream(sink) : .collect(limit: 0) }
        try await withEveryListener(responder) {
            $0.limits.uploadBytes = 1 << 20
        } _: { listener in
            let client = try await ListenerClient.connect(way, listener)
            let upload = try await client.begin(.PUT, "/", [("content-length", "\(32 << 20)")])
            let taken = Box(0)
            let piece = [UInt8](repeating: 0x61, count: 1 << 20)
            for _ in 0..<32 { upload.send(piece).whenSuccess { taken.change { $0 += 1 } } }
            upload.finish()
            try await sink.started.next
            // What could be taken has been by the time that these are answered.
            let other = try await ListenerClient.connect(way, listener)
            for _ in 0..<200 { _ = try await other.ask(.GET, "/") }
            #expect(taken.value < 16)
            gate.open()
            #expect(try await upload.answer().text == "\(32 << 20)")
            client.close()
            other.close()
        }
    }

    @Test(arguments: Way.allCases)
    func `a client that is still sending can read why it is refused`(way: Way) async throws {
        let responder = TestResponder(admitting: { _ in .refuse(.text("no", status: 403)) }, answering: { _, _ in })
        try await withEveryListener(responder) { listener in
            let client = try await ListenerClient.connect(way, listener)
            let exchange = try await client.begin(.PUT, "/", [("content-length", "4000000")])
            exchange.send([UInt8](repeating: 0x61, count: 1_000_000))
            let head = try await exchange.head()
            #expect(head.status == 403)
            #expect(try await exchange.piece() == Array("no".utf8))
            client.close()
        }
    }

    @Test(arguments: Way.allCases)
    func `whoever expects it is told to go on`(way: Way) async throws {
        try await withEveryListener { listener in
            let client = try await ListenerClient.connect(way, listener)
            let exchange = try await client.begin(.PUT, "/", [("expect", "100-continue"), ("content-length", "2")])
            guard case .head(let first) = try await exchange.part() else { throw ListenerExchange.Cut() }
            #expect(first.status.code == 100)
            exchange.send(Array("ab".utf8))
            exchange.finish()
            if case .end = try await exchange.part() { #expect(try await exchange.answer().text == "PUT / ab") }
            client.close()
            let empty = try await ListenerClient.connect(way, listener).begin(.PUT, "/", [("expect", "100-continue"), ("content-length", "0")])
            empty.finish()
            guard case .head(let second) = try await empty.part() else { throw ListenerExchange.Cut() }
            #expect(second.status.code == 100)
            let other = try await ListenerClient.connect(way, listener)
            #expect(try await other.ask(.PUT, "/", [("expect", "a-miracle")], body: [1]).status == 417)
            other.close()
        }
    }

    @Test(arguments: Way.allCases)
    func `a body that stops coming is answered 408`(way: Way) async throws {
        try await withEveryListener {
            $0.deadlines.body = .milliseconds(30)
        } _: { listener in
            let client = try await ListenerClient.connect(way, listener)
            let exchange = try await client.begin(.PUT, "/", [("content-length", "100")])
            exchange.send([1, 2, 3])
            #expect(try await exchange.head().status == 408)
            client.close()
        }
    }

    @Test(arguments: Way.allCases)
    func `a file arrives as it is`(way: Way) async throws {
        let bytes = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 % 241) }
        let path = "/tmp/personalite-listener-\(UInt64.random(in: 0 ... .max))"
        let made = try #require(fopen(path, "w+"))
        unlink(path)
        #expect(fwrite(bytes, 1, bytes.count, made) == bytes.count)
        fflush(made)
        let file = OpenFile(descriptor: dup(fileno(made))) { Glibc.close($0) }
        fclose(made)
        let responder = TestResponder { _, reply in reply(WireResponse(status: 200, body: .file(file, offset: 7, length: bytes.count - 7))) }
        try await withEveryListener(responder) {
            $0.limits.filePiece = 100_000
        } _: { listener in
            let client = try await ListenerClient.connect(way, listener)
            for _ in 0..<2 { #expect(try await client.ask(.GET, "/").body == Array(bytes.dropFirst(7))) }
            client.close()
        }
    }

    @Test(arguments: Way.allCases)
    func `a stream is sent piece by piece, and a silent client is left alone`(way: Way) async throws {
        let stream = FedStream()
        try await withEveryListener(TestResponder { _, reply in reply(WireResponse(status: 200, body: .stream(stream))) }) { listener in
            let client = try await ListenerClient.connect(way, listener)
            let exchange = try await client.begin(.GET, "/", isWhole: true)
            #expect(try await exchange.head().headers.first(name: "content-length") == nil)
            for text in ["one", "two", "three"] {
                stream.feed(.bytes(Array(text.utf8)))
                #expect(try await exchange.piece() == Array(text.utf8))
            }
            stream.feed(.last([]))
            #expect(try await exchange.piece() == nil)
            try await stream.closed.next
            client.close()
        }
    }

    @Test(arguments: Way.allCases)
    func `a client that goes away ends its stream`(way: Way) async throws {
        let stream = FedStream()
        try await withEveryListener(TestResponder { _, reply in reply(WireResponse(status: 200, body: .stream(stream))) }) { listener in
            let client = try await ListenerClient.connect(way, listener)
            let exchange = try await client.begin(.GET, "/", isWhole: true)
            #expect(try await exchange.head().status == 200)
            client.close()
            try await stream.closed.next
        }
    }

    @Test(arguments: Way.allCases)
    func `shutting the listener ends streams, finishes answers and lets the idle go`(way: Way) async throws {
        let stream = FedStream()
        let replies = Event<@Sendable (WireResponse) -> Void>()
        let responder = TestResponder { request, reply in
            if request.path == "/late" { replies.happen(reply) } else { reply(WireResponse(status: 200, body: .stream(stream))) }
        }
        try await withEveryListener(responder) {
            $0.deadlines.grace = .hours(1)
        } _: { listener in
            let (listening, waiting, idle) = (
                try await ListenerClient.connect(way, listener), try await ListenerClient.connect(way, listener),
                try await ListenerClient.connect(way, listener)
            )
            let streaming = try await listening.begin(.GET, "/", isWhole: true)
            #expect(try await streaming.head().status == 200)
            let late = try await waiting.begin(.GET, "/late", isWhole: true)
            let reply = try await replies.next
            let closing = listener.close()
            #expect(try await streaming.piece() == Array("bye".utf8))
            #expect(try await streaming.piece() == nil)
            reply(.text("late"))
            #expect(try await late.answer().text == "late")
            try await idle.channel.closeFuture.get()
            try await closing.get()
        }
    }

    @Test(arguments: [Way.http2, .secureHTTP2])
    func `streams of one connection do not wait for each other`(way: Way) async throws {
        let replies = Event<@Sendable (WireResponse) -> Void>()
        let responder = TestResponder { request, reply in
            if request.path == "/late" { replies.happen(reply) } else { reply(.text(request.path)) }
        }
        try await withEveryListener(responder) { listener in
            let client = try await ListenerClient.connect(way, listener)
            let late = try await client.begin(.GET, "/late", isWhole: true)
            let reply = try await replies.next
            for number in 0..<50 { #expect(try await client.ask(.GET, "/\(number)").text == "/\(number)") }
            reply(.text("late"))
            #expect(try await late.answer().text == "late")
            client.close()
        }
    }
}
