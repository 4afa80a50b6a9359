/// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed 64-bit check for short messages.
///
/// It keeps strangers from making iterators; it is no signature and guards no secret.
enum SipHash {
    static func hash(_ message: ArraySlice<UInt8>, key: (UInt64, UInt64)) -> UInt64 {
        var v0 = key.0 ^ 0x736f_6d65_7073_6575
        var v1 = key.1 ^ 0x646f_7261_6e64_6f6d
        var v2 = key.0 ^ 0x6c79_6765_6e65_7261
        var v3 = key.1 ^ 0x7465_6462_7974_6573

        func round() {
            v0 &+= v1
            v1 = v1 << 13 | v1 >> 51
            v1 ^= v0
            v0 = v0 << 32 | v0 >> 32
            v2 &+= v3
            v3 = v3 << 16 | v3 >> 48
            v3 ^= v2
            v0 &+= v3
            v3 = v3 << 21 | v3 >> 43
            v3 ^= v0
            v2 &+= v1
            v1 = v1 << 17 | v1 >> 47
            v1 ^= v2
            v2 = v2 << 32 | v2 >> 32
        }
        func absorb(_ word: UInt64) {
            v3 ^= word
            round()
            round()
            v0 ^= word
        }

        var rest = message
        while rest.count >= 8 {
            absorb(LittleEndian.read(rest.prefix(8)))
            rest = rest.dropFirst(8)
        }
        absorb(LittleEndian.read(rest) | UInt64(truncatingIfNeeded: message.count & 0xff) << 56)
        v2 ^= 0xff
        for _ in 0..<4 { round() }
        return v0 ^ v1 ^ v2 ^ v3
    }
}
