import ServiceKit
import Synchronization
import Wire

/// An upload that is noted once it is answered; its body is not kept.
final class NotedSink: RequestSink {
    private let sink: any RequestSink
    /// Given the bytes that were received.
    private let noting: @Sendable (Int, @escaping @Sendable (WireResponse) -> Void) -> @Sendable (WireResponse) -> Void
    private let received = Atomic<Int>(0)

    init(_ sink: any RequestSink, noting: @escaping @Sendable (Int, @escaping @Sendable (WireResponse) -> Void) -> @Sendable (WireResponse) -> Void) {
        self.sink = sink
        self.noting = noting
    }

    func receive(_ bytes: [UInt8]) {
        received.add(bytes.count, ordering: .relaxed)
        sink.receive(bytes)
    }

    func complete(_ reply: @escaping @Sendable (WireResponse) -> Void) {
        sink.complete(noting(received.load(ordering: .relaxed), reply))
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
        case .stream(let sink): return .stream(NotedSink(sink) { [parts] in parts.requests.noting(head, call, received: $0, $1) })
        case .refuse(let response):
            parts.requests.noting(head, call) { _ in }(response)
            return admission
        }
    }
}
