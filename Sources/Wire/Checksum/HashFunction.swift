import CLibCrypto

/// A cryptographic hash in the making. Its whole state is in the value: no heap memory, and a copy goes on by itself.
protocol HashFunction: Sendable {
    /// Of the digest.
    static var byteCount: Int { get }
    /// Of the blocks that the function works on; HMAC pads its key to one.
    static var blockByteCount: Int { get }

    init()
    mutating func update(_ bytes: UnsafeRawBufferPointer)
    /// Writes the digest to the first `byteCount` bytes of `output`. Nothing may be added afterwards.
    mutating func finish(into output: UnsafeMutablePointer<UInt8>)
}

extension HashFunction {
    static var blockByteCount: Int { 64 }

    /// The digest of everything so far; more may be added afterwards.
    var value: [UInt8] {
        Array(unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
            guard let output = buffer.baseAddress else { return }
            var copy = self
            copy.finish(into: output)
            count = Self.byteCount
        }
    }

    mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }
}

/// FIPS 180-4. Broken as a signature's hash, still what SigV2 and one of S3's checksums are made of.
struct SHA1: HashFunction {
    static let byteCount = Int(SHA_DIGEST_LENGTH)
    private var state = SHA_CTX()

    init() { SHA1_Init(&state) }

    mutating func update(_ bytes: UnsafeRawBufferPointer) { SHA1_Update(&state, bytes.baseAddress, bytes.count) }

    mutating func finish(into output: UnsafeMutablePointer<UInt8>) { SHA1_Final(output, &state) }
}

/// FIPS 180-4.
struct SHA256: HashFunction {
    static let byteCount = Int(SHA256_DIGEST_LENGTH)
    private var state = SHA256_CTX()

    init() { SHA256_Init(&state) }

    mutating func update(_ bytes: UnsafeRawBufferPointer) { SHA256_Update(&state, bytes.baseAddress, bytes.count) }

    mutating func finish(into output: UnsafeMutablePointer<UInt8>) { SHA256_Final(output, &state) }
}

/// FIPS 180-4.
struct SHA512: HashFunction {
    static let byteCount = Int(SHA512_DIGEST_LENGTH)
    static let blockByteCount = 128
    private var state = SHA512_CTX()

    init() { SHA512_Init(&state) }

    mutating func update(_ bytes: UnsafeRawBufferPointer) { SHA512_Update(&state, bytes.baseAddress, bytes.count) }

    mutating func finish(into output: UnsafeMutablePointer<UInt8>) { SHA512_Final(output, &state) }
}

/// RFC 1321, for where the protocol asks for it: it protects nothing.
package struct MD5: HashFunction {
    static let byteCount = Int(MD5_DIGEST_LENGTH)
    private var state = MD5_CTX()

    init() { MD5_Init(&state) }

    mutating func update(_ bytes: UnsafeRawBufferPointer) { MD5_Update(&state, bytes.baseAddress, bytes.count) }

    mutating func finish(into output: UnsafeMutablePointer<UInt8>) { MD5_Final(output, &state) }

    /// The digest read as an unsigned big-endian number, as a partition key's position in the hash key space is. No heap memory is used.
    package static func number(_ bytes: UnsafeRawBufferPointer) -> UInt128 {
        var hash = MD5()
        hash.update(bytes)
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: byteCount) { digest in
            guard let output = digest.baseAddress else { return 0 }
            hash.finish(into: output)
            return UInt128(bigEndian: UnsafeRawPointer(output).loadUnaligned(as: UInt128.self))
        }
    }
}
