import Synchronization
import Wire

/// Remembers what it is given, and says how it ended.
final class RecordingSink: RequestSink {
    enum Ending: Equatable {
        case completed, abandoned
    }

    let started = Event<Void>()
    let ended = Event<Ending>()
    let count = Box(0)
    /// What came, when it is to be kept.
    let bytes: Box<[UInt8]>?
    private let isBusy = Mutex(false)
    private let gate: (@Sendable () -> Void)?

    /// - Parameter gate: called before each piece is taken.
    init(keepsBytes: Bool = false, gate: (@Sendable () -> Void)? = nil) {
        bytes = keepsBytes ? Box([]) : nil
        self.gate = gate
    }

    func receive(_ piece: [UInt8]) {
        enter()
        started.happen(())
        gate?()
        bytes?.change { $0 += piece }
        count.change { $0 += piece.count }
        leave()
    }

    func complete(_ reply: @escaping @Sendable (WireResponse) -> Void) {
        enter()
        reply(.text("\(count.value)"))
        ended.happen(.completed)
        leave()
    }

    func abandon() {
        enter()
        ended.happen(.abandoned)
        leave()
    }

    private func enter() {
        isBusy.withLock { isBusy in
            precondition(!isBusy, "a sink was called twice at a time")
            isBusy = true
        }
    }

    private func leave() {
        isBusy.withLock { $0 = false }
    }
}
