import Wire

/// An upload by a page, whose answer says to the browser that the page may read it.
final class PageSink: RequestSink {
    private let sink: any RequestSink
    private let head: WireRequest
    private let crossOrigin: CrossOrigin

    init(_ sink: any RequestSink, _ head: WireRequest, _ crossOrigin: CrossOrigin) {
        self.sink = sink
        self.head = head
        self.crossOrigin = crossOrigin
    }

    func receive(_ bytes: [UInt8]) {
        sink.receive(bytes)
    }

    func complete(_ reply: @escaping @Sendable (WireResponse) -> Void) {
        sink.complete(crossOrigin.admitting(head, reply))
    }

    func abandon() {
        sink.abandon()
    }
}
