import Synchronization
import Wire

/// The ids that AWS puts on every answer. They guard nothing and only have to differ, so one draw from the system's generator is stretched over
/// all of them (SplitMix64).
package enum RequestID {
    private static let state: Atomic<UInt64> = {
        var generator = SystemRandomNumberGenerator()
        return Atomic(generator.next())
    }()

    private static func next() -> UInt64 {
        let drawn = state.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        var mixed = (drawn ^ drawn >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// A version 4 UUID, lower-case.
    package static func random() -> String {
        UUIDText.version4(next(), next())
    }

    /// `x-amz-id-2`: base64 of 72 random bytes.
    package static func extended() -> String {
        let bytes = [UInt8](unsafeUninitializedCapacity: 72) { buffer, count in
            for word in 0..<9 { UnsafeMutableRawBufferPointer(buffer).storeBytes(of: next(), toByteOffset: word * 8, as: UInt64.self) }
            count = 72
        }
        return Base64.encode(bytes)
    }
}
