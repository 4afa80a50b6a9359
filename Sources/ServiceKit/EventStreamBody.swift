import Synchronization
package import Wire

/// The body of an answer that is an event stream: the events of a source as messages, the first of which begins it.
package final class EventStreamBody: ResponseStream {
    package static let contentType = "application/vnd.amazon.eventstream"

    private let source: any EventSource
    private let format: PayloadFormat
    private let hasBegun = Mutex(false)

    package init(_ source: any EventSource, _ format: PayloadFormat) {
        self.source = source
        self.format = format
    }

    package func next(isEnding: Bool, _ wake: @escaping @Sendable () -> Void) -> StreamPiece {
        let isFirst = hasBegun.withLock { hasBegun in
            defer { hasBegun = true }
            return !hasBegun
        }
        // Clients wait for this one before they believe that there is a stream.
        if isFirst { return .bytes(message("event", "initial-response", .object(Document.Fields()))) }
        switch source.next(isEnding: isEnding, wake) {
        case .event(let name, let document): return .bytes(message("event", name, document))
        case .exception(let error):
            let document = Document.object(Document.Fields([("message", .string(error.message ?? ""))]))
            return .last(message("exception", error.code, document))
        case .end: return .last([])
        case .nothing(let milliseconds): return .pending(milliseconds: milliseconds)
        }
    }

    package func close() {
        source.close()
    }

    private func message(_ kind: String, _ type: String, _ document: Document) -> [UInt8] {
        let headers: [EventMessage.Header] = [
            .init(":\(kind)-type", type), .init(":content-type", format.contentType), .init(":message-type", kind),
        ]
        return EventMessage(headers: headers, payload: format.write(document)).encoded()
    }
}
