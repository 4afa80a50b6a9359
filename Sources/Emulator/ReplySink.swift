import Synchronization
import Wire

/// An upload whose answer passes through somebody's hands on its way out: a page is told that it may read it, the request is noted.
final class ReplySink: RequestSink {
    typealias Reply = @Sendable (WireResponse) -> Void

    private let sink: any RequestSink
    private let through: @Sendable (_ received: Int, _ reply: @escaping Reply) -> Reply
    private let received = Atomic<Int>(0)

    /// - Parameter through: what is called in the place of `reply`, given the bytes that were received.
    init(_ sink: any RequestSink, through: @escaping @Sendable (_ received: Int, _ reply: @escaping Reply) -> Reply) {
        self.sink = sink
        self.through = through
    }

    func receive(_ bytes: [UInt8]) {
        received.add(bytes.count, ordering: .relaxed)
        sink.receive(bytes)
    }

    func complete(_ reply: @escaping Reply) {
        sink.complete(through(received.load(ordering: .relaxed), reply))
    }

    func abandon() {
        sink.abandon()
    }
}
