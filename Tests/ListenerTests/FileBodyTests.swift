import Glibc
import Testing
import Wire

@testable import personalite

struct FileBodyTests {
    /// An open file of `count` bytes that count up, for one to take, and when it is closed.
    private func makeFile(_ count: Int) throws -> (files: Box<OpenFile?>, isClosed: Event<Void>) {
        var template = Array("/tmp/listener-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        unlink(template)
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            for index in 0..<count { buffer[index] = UInt8(truncatingIfNeeded: index) }
            filled = count
        }
        var written = 0
        while written < count {
            written += bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        }
        let isClosed = Event<Void>()
        let file = OpenFile(descriptor: descriptor) { descriptor in
            close(descriptor)
            isClosed.happen(())
        }
        return (Box(file), isClosed)
    }

    @Test func `a part of a file is sent, piece by piece, between other answers, and the file closed`() async throws {
        let count = 300_000
        let (files, isClosed) = try makeFile(count)
        let responder = TestResponder { request, reply in
            guard request.path == "/file", let file = files.change({ $0.take() }) else { return reply(.text(request.path)) }
            reply(WireResponse(status: 206, body: .file(file, offset: 100, length: count - 200)))
        }
        try await withListener(responder) {
            $0.limits.filePiece = 64 * 1024
        } _: { listener in
            let client = try RawClient(port: listener.port)
            try client.send(["/1", "/file", "/2"].map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            #expect(try client.read().text == "/1")
            let answer = try client.read()
            #expect(answer.status == 206)
            #expect(answer.body == (100..<(count - 100)).map { UInt8(truncatingIfNeeded: $0) })
            #expect(try client.read().text == "/2")
        }
        try await isClosed.next
    }

    @Test func `the file is closed when the client goes away in its middle`() async throws {
        let (files, isClosed) = try makeFile(4_000_000)
        let responder = TestResponder { _, reply in
            guard let file = files.change({ $0.take() }) else { return }
            reply(WireResponse(status: 200, body: .file(file, offset: 0, length: 4_000_000)))
        }
        try await withListener(responder) { listener in
            var client: RawClient? = try RawClient(port: listener.port)
            try client?.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client?.isClosed() == false)
            client?.reset()
            client = nil
            try await isClosed.next
        }
    }

    @Test func `the answer to HEAD sends nothing of the file`() async throws {
        let (files, isClosed) = try makeFile(1000)
        let responder = TestResponder { request, reply in
            guard let file = files.change({ $0.take() }) else { return reply(.text("next")) }
            reply(WireResponse(status: 200, body: .file(file, offset: 0, length: 1000)))
        }
        try await withListener(responder) { listener in
            let client = try RawClient(port: listener.port)
            try client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.read(toHead: true)["content-length"] == "1000")
            #expect(try client.read().text == "next")
            try await isClosed.next
        }
    }
}
