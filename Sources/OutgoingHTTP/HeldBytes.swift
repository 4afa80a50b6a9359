import Synchronization

/// Counts bytes that are held, up to a limit.
final class HeldBytes: Sendable {
    private let held = Mutex(0)
    private let maximum: Int

    init(maximum: Int) {
        self.maximum = maximum
    }

    /// - Returns: whether there is room for so many more.
    func take(_ count: Int) -> Bool {
        held.withLock { held in
            guard count <= maximum - held else { return false }
            held += count
            return true
        }
    }

    func give(back count: Int) {
        held.withLock { $0 -= count }
    }
}
