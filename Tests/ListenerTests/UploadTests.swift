import Glibc
import NIOCore
import Synchronization
import Testing
import Wire

@testable import personalite

struct UploadTests {
    private static func head(_ count: Int, _ path: String = "/") -> String {
        "PUT \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n"
    }

    @Test func `every byte reaches the sink in order, one call at a time, and the sink answers`() async throws {
        let sink = RecordingSink(keepsBytes: true)
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
        var responder = TestResponder.echo
        responder.admitting = { $0.path == "/" ? .stream(sink) : .collect(limit: 0) }
        try await withListener(responder) { listener in
            let client = try RawClient(port: listener.port)
            try client.send(Self.head(bytes.count))
            try client.send(bytes)
            try client.send("GET /after HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.read().text == "\(bytes.count)")
            #expect(try client.read().text == "GET /after ")
            #expect(try await sink.ended.next == .completed)
            #expect(sink.bytes?.value == bytes)
        }
    }

    @Test func `an empty upload is complete at once`() async throws {
        let sink = RecordingSink()
        var responder = TestResponder.echo
        responder.admitting = { _ in .stream(sink) }
        try await withListener(responder) { listener in
            let client = try RawClient(port: listener.port)
            try client.send(Self.head(0))
            #expect(try client.read().text == "0")
        }
    }

    @Test func `a sink that is behind stops the client, and goes on where it stopped`() async throws {
        let gate = Gate()
        let sink = RecordingSink(gate: gate.wait)
        var responder = TestResponder.echo
        responder.admitting = { _ in .stream(sink) }
        try await withListener(responder) {
            $0.limits.uploadBytes = 1024 * 1024
            $0.deadlines.body = .milliseconds(400)
        } _: { listener in
            let total = 64 * 1024 * 1024
            let client = try RawClient(port: listener.port)
            try client.send(Self.head(total))
            let sent = client.sendUntilStuck(limit: total, patience: 800)
            // The queue and the two sockets' buffers, far from all of it.
            #expect(sent < total / 2)
            #expect(sink.count.value == 0)
            gate.open()
            #expect(client.sendUntilStuck(limit: total - sent, patience: 10_000) == total - sent)
            #expect(try client.read().text == "\(total)")
        }
    }

    @Test func `a body whose last byte fills the queue is complete when there is room again`() async throws {
        let gate = Gate()
        var responder = TestResponder.echo
        responder.admitting = { _ in .stream(RecordingSink(gate: gate.wait)) }
        try await withListener(responder) {
            $0.limits.uploadBytes = 1000
            $0.deadlines.body = .seconds(5)
        } _: { listener in
            let client = try RawClient(port: listener.port)
            try client.send(Self.head(1000))
            try client.send([UInt8](repeating: 1, count: 1000))
            gate.open()
            #expect(try client.read().text == "1000")
        }
    }

    @Test func `many uploads share what may wait`() {
        let pool = UploadPool(threads: 1, budget: 1 << 20)
        let uploads = (0..<4).map { _ in Upload(sink: RecordingSink(), pool: pool, capacity: 1 << 30) {} }
        #expect(pool.share == 256 << 10)
        withExtendedLifetime(uploads) {}
    }

    @Test func `an upload whose client goes away is given up`() async throws {
        let sink = RecordingSink()
        var responder = TestResponder.echo
        responder.admitting = { _ in .stream(sink) }
        try await withListener(responder) { listener in
            for isReset in [true, false] {
                let client = try RawClient(port: listener.port)
                try client.send(Self.head(1000) + "abc")
                try await sink.started.next
                if isReset { client.reset() } else { client.closeOutput() }
                #expect(try await sink.ended.next == .abandoned)
            }
        }
    }

    @Test func `bad chunks give an upload up and are answered 400`() async throws {
        let sink = RecordingSink()
        var responder = TestResponder.echo
        responder.admitting = { _ in .stream(sink) }
        try await withListener(responder) { listener in
            let client = try RawClient(port: listener.port)
            try client.send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nx\r\n")
            #expect(try client.read().status == 400)
            #expect(try await sink.ended.next == .abandoned)
        }
    }

    @Test func `many uploads share the few threads`() async throws {
        var responder = TestResponder.echo
        responder.admitting = { _ in .stream(RecordingSink()) }
        try await withListener(responder) {
            $0.uploads = UploadPool(threads: 1)
        } _: { listener in
            let clients = try (0..<20).map { _ in try RawClient(port: listener.port) }
            for client in clients { try client.send(Self.head(200_000)) }
            for client in clients { try client.send([UInt8](repeating: 1, count: 200_000)) }
            for client in clients { #expect(try client.read().text == "200000") }
        }
    }
}

/// Shut until it is opened.
final class Gate: Sendable {
    private let semaphore = Mutex(false)

    func wait() {
        while !semaphore.withLock({ $0 }) { sched_yield() }
    }

    func open() {
        semaphore.withLock { $0 = true }
    }
}
