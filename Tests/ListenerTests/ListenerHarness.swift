import NIOCore
import Synchronization
import Testing
import Wire

@testable import personalite

/// A responder whose two answers are closures.
struct TestResponder: Responder {
    var admitting: @Sendable (WireRequest) -> Admission = { _ in .collect(limit: 1024 * 1024) }
    var answering: @Sendable (WireRequest, @escaping @Sendable (WireResponse) -> Void) -> Void

    func admit(_ head: WireRequest) -> Admission { admitting(head) }

    func answer(_ request: WireRequest, _ reply: @escaping @Sendable (WireResponse) -> Void) { answering(request, reply) }

    /// Answers `METHOD path?query body`.
    static let echo = TestResponder { request, reply in
        let query = request.query.isEmpty ? "" : "?" + request.query
        reply(.text("\(request.method) \(request.path)\(query) \(String(decoding: request.body, as: UTF8.self))"))
    }
}

extension WireResponse {
    static func text(_ text: String, status: Int = 200) -> WireResponse {
        WireResponse(status: status, body: .bytes(Array(text.utf8)))
    }
}

/// Opens a listener on a free port, runs `body` with a way to connect to it, and shuts it.
func withListener(
    _ responder: any Responder = TestResponder.echo,
    _ adjust: (inout ConnectionSetup) -> Void = { _ in },
    _ body: (Listener) async throws -> Void
) async throws {
    var setup = ConnectionSetup(responder: responder)
    // A test that is not about a deadline must not meet one, however busy the machine is.
    setup.deadlines.sniff = .hours(1)
    setup.deadlines.head = .hours(1)
    setup.deadlines.body = .hours(1)
    setup.deadlines.idle = .hours(1)
    setup.deadlines.write = .hours(1)
    setup.deadlines.grace = .milliseconds(200)
    adjust(&setup)
    let listener = try Listener(host: "127.0.0.1", port: 0, setup: setup, threads: 2)
    let outcome: Result<Void, any Error>
    do {
        outcome = .success(try await body(listener))
    } catch {
        outcome = .failure(error)
    }
    try await listener.close().get()
    await listener.stop()
    try outcome.get()
}

/// Something that happens once, waited for from an asynchronous test.
final class Event<Value: Sendable>: Sendable {
    private let stream: AsyncStream<Value>
    private let continuation: AsyncStream<Value>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    func happen(_ value: Value) {
        continuation.yield(value)
    }

    var next: Value {
        get async throws {
            for await value in stream { return value }
            throw CancellationError()
        }
    }
}

/// A value that closures on other threads change.
final class Box<Value: Sendable>: Sendable {
    private let content: Mutex<Value>

    init(_ value: Value) {
        content = Mutex(value)
    }

    var value: Value { content.withLock { $0 } }

    @discardableResult
    func change<Result: Sendable>(_ body: @Sendable (inout Value) -> Result) -> Result {
        content.withLock { value in body(&value) }
    }
}
