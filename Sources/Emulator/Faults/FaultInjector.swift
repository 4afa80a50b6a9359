import KinesisEmulator
import ServiceKit
import Synchronization
import Wire

/// Decides which calls fail and which are late. With no rules it costs one look at a flag.
///
/// Random numbers come from the server's seed, one after the other, so that the same calls in the same order meet the same faults.
final class FaultInjector: Sendable {
    /// What befalls one call.
    struct Verdict: Sendable {
        /// Seconds.
        var delay = 0.0
        var error: ServiceError?
    }

    private struct State {
        var rules: [FaultRule] = []
        /// Milliseconds that every call is late.
        var latency = 0.0
    }

    private let random: SeededRandom
    /// What the server's options ask for; it stays when the rules are changed.
    private let standing: [FaultRule]
    private let state = Mutex(State())
    private let isIdle: Atomic<Bool>

    init(seed: UInt64, standing: [FaultRule] = []) {
        random = SeededRandom(seed: seed)
        self.standing = standing
        isIdle = Atomic(standing.isEmpty)
    }

    /// Nil when nothing befalls the call.
    func verdict(_ service: String, _ operation: String, _ region: String) -> Verdict? {
        if isIdle.load(ordering: .relaxed) { return nil }
        return state.withLock { state in
            var verdict = Verdict(delay: state.latency / 1000)
            for rule in state.rules + standing where rule.names(service, operation, region) {
                guard rule.probability >= 1 || random.draw() < rule.probability else { continue }
                verdict.delay += rule.latency / 1000
                verdict.error = rule.failure.map {
                    ServiceError($0.code, "This call fails on purpose.", status: $0.statusCode, hint: "a rule of /_personalite/faults says so")
                }
                break
            }
            return verdict.delay > 0 || verdict.error != nil ? verdict : nil
        }
    }

    // MARK: What is asked of it

    var rules: [FaultRule] { state.withLock { $0.rules } }
    var latency: Double { state.withLock { $0.latency } }

    /// Changes the rules; the draws begin anew, so that a test that sets its rules sees the same faults each time.
    func change(_ change: (inout [FaultRule]) -> Void) {
        state.withLock { state in
            change(&state.rules)
            random.rewind()
            settle(state)
        }
    }

    func set(latency: Double) {
        state.withLock { state in
            state.latency = latency
            settle(state)
        }
    }

    func reset() {
        change { $0 = [] }
        set(latency: 0)
    }

    private func settle(_ state: State) {
        isIdle.store(state.rules.isEmpty && state.latency == 0 && standing.isEmpty, ordering: .relaxed)
    }
}
