import Crypto

/// MD5, for where the protocol asks for it: it protects nothing.
package enum MD5 {
    /// The digest read as an unsigned big-endian number, as a partition key's place in the hash key space is. No heap memory is kept.
    package static func number(_ bytes: UnsafeRawBufferPointer) -> UInt128 {
        var hash = Insecure.MD5()
        hash.update(bufferPointer: bytes)
        return hash.finalize().withUnsafeBytes { UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self)) }
    }
}
