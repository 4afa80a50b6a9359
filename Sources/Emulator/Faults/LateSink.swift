import Dispatch
import S3Emulator
import Wire

/// An upload whose answer is late.
final class LateSink: RequestSink {
    private let sink: any RequestSink
    /// Seconds.
    private let delay: Double

    init(_ sink: any RequestSink, delay: Double) {
        self.sink = sink
        self.delay = delay
    }

    func receive(_ bytes: [UInt8]) {
        sink.receive(bytes)
    }

    func complete(_ reply: @escaping @Sendable (WireResponse) -> Void) {
        sink.complete { [delay] response in
            DispatchQueue.global().asyncAfter(deadline: .now() + delay) { reply(response) }
        }
    }

    func abandon() {
        sink.abandon()
    }
}
