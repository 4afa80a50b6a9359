import Synchronization

/// The loss that a fit told last, on its way to whoever follows the training.
final class NewestLoss: Sendable {
    private let value = Mutex<Double?>(nil)

    func note(_ loss: Double) { value.withLock { $0 = loss } }

    /// What was told since the last time; nil when nothing was.
    func take() -> Double? {
        value.withLock { value in
            defer { value = nil }
            return value
        }
    }
}
