import Synchronization

/// Random numbers from the server's seed, one after the other: the same calls in the same order get the same numbers.
package final class SeededRandom: Sendable {
    private let seed: UInt64
    private let draws = Mutex<UInt64>(0)

    package init(seed: UInt64) {
        self.seed = seed
    }

    /// The next number from 0 up to, but without, 1.
    package func draw() -> Double {
        let number = draws.withLock { draws in
            draws += 1
            return draws
        }
        var mixed = seed &+ number &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return Double((mixed ^ mixed >> 31) >> 11) / Double(1 << 53)
    }

    /// Begins anew.
    package func rewind() {
        draws.withLock { $0 = 0 }
    }
}
