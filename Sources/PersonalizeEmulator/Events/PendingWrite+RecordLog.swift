import ServiceKit
import Streams
import Wire

extension PendingWrite {
    /// An entry of the record log.
    /// - Parameter first: hears whether the entry is kept before whoever waits does, and whether anybody waits or not.
    init(_ entry: consuming PendingEntry, first: @escaping @Sendable (Result<Void, LogError>) -> Void = { _ in }) {
        let decision = WriteDecision()
        entry.whenDecided { result in
            first(result)
            decision.set(result)
        }
        self.init { done in decision.whenSet(done) }
    }
}
