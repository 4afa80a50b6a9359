/// A key of HMAC (RFC 2104) with its two padded blocks hashed in already, so that each authentication code is two blocks cheaper.
struct HMACKey<Hash: HashFunction>: Sendable {
    private var inner = Hash()
    private var outer = Hash()

    init(_ key: [UInt8]) {
        var block = key
        if block.count > Hash.blockByteCount {
            var hash = Hash()
            hash.update(block)
            block = hash.value
        }
        block += [UInt8](repeating: 0, count: Hash.blockByteCount - block.count)
        inner.update(block.map { $0 ^ 0x36 })
        outer.update(block.map { $0 ^ 0x5C })
    }

    /// The authentication code of a message: `Hash.byteCount` bytes.
    func sign(_ message: [UInt8]) -> [UInt8] {
        Array(unsafeUninitializedCapacity: Hash.byteCount) { buffer, count in
            guard let output = buffer.baseAddress else { return }
            var hash = inner
            hash.update(message)
            hash.finish(into: output)
            hash = outer
            hash.update(UnsafeRawBufferPointer(start: output, count: Hash.byteCount))
            hash.finish(into: output)
            count = Hash.byteCount
        }
    }
}
