import ServiceKit
import Wire

/// An upload that is noted once it is answered; its body is not kept.
final class NotedSink: RequestSink {
    private let sink: any RequestSink
    private let noting: @Sendable (@escaping @Sendable (WireResponse) -> Void) -> @Sendable (WireResponse) -> Void

    init(_ sink: any RequestSink, noting: @escaping @Sendable (@escaping @Sendable (WireResponse) -> Void) -> @Sendable (WireResponse) -> Void) {
        self.sink = sink
        self.noting = noting
    }

    func receive(_ bytes: [UInt8]) {
        sink.receive(bytes)
    }

    func complete(_ reply: @escaping @Sendable (WireResponse) -> Void) {
        sink.complete(noting(reply))
    }

    func abandon() {
        sink.abandon()
    }
}

extension Emulator {
    /// The same admission, with what is answered without `answer` noted too.
    func noted(_ head: WireRequest, _ admission: Admission) -> Admission {
        let call = Call(account: configuration.account, region: configuration.region, now: parts.time.now, requestID: "")
        switch admission {
        case .collect: return admission
        case .stream(let sink): return .stream(NotedSink(sink) { [parts] in parts.requests.noting(head, call, $0) })
        case .refuse(let response):
            parts.requests.noting(head, call) { _ in }(response)
            return admission
        }
    }
}
