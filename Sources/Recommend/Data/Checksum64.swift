/// A 64-bit checksum against damage, not against malice: four lanes of multiply and rotate over 32-byte blocks.
/// The value depends on the bytes only, not on how they were cut into pieces.
struct Checksum64 {
    private var lanes: SIMD4<UInt64> = [0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb, 0x2545_f491_4f6c_dd1d]
    private var pending: [UInt8] = []
    private var length: UInt64 = 0

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        length &+= UInt64(bytes.count)
        var offset = 0
        if !pending.isEmpty {
            let taken = min(32 - pending.count, bytes.count)
            pending.append(contentsOf: bytes[0..<taken])
            offset = taken
            guard pending.count == 32 else { return }
            lanes = pending.withUnsafeBytes { Self.mix(lanes, $0.loadUnaligned(as: SIMD4<UInt64>.self)) }
            pending.removeAll(keepingCapacity: true)
        }
        while offset + 32 <= bytes.count {
            lanes = Self.mix(lanes, bytes.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt64>.self))
            offset += 32
        }
        pending.append(contentsOf: bytes[offset...])
    }

    var value: UInt64 {
        var block = pending
        block.append(contentsOf: [UInt8](repeating: 0, count: 32 - pending.count))
        let last = block.withUnsafeBytes { Self.mix(lanes, $0.loadUnaligned(as: SIMD4<UInt64>.self)) }
        var value = length
        for lane in 0..<4 {
            value = (value ^ last[lane]) &* 0xff51_afd7_ed55_8ccd
            value ^= value >> 29
        }
        return value
    }

    private static func mix(_ lanes: SIMD4<UInt64>, _ block: SIMD4<UInt64>) -> SIMD4<UInt64> {
        let sum = (lanes ^ block) &* SIMD4(repeating: 0x9e37_79b1_85eb_ca87)
        return sum &<< 31 | sum &>> 33
    }
}
