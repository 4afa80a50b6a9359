import CLibCipher

/// AES with keys of 256 bits in Galois/Counter Mode (NIST SP 800-38D), by OpenSSL: whoever has not the key learns nothing but the length, and
/// changes nothing unnoticed.
///
/// A nonce must never be used twice with one key; the caller sees to that.
package enum AES256GCM {
    /// Bytes.
    package static let keySize = 32
    package static let nonceSize = 12
    package static let tagSize = 16

    /// Encrypts in place.
    ///
    /// - Parameters:
    ///   - tag: `tagSize` bytes, which are filled in.
    ///   - head: what is not hidden, and cannot be changed unnoticed either.
    /// - Returns: false when OpenSSL cannot; what is in `text` is then neither one nor the other.
    package static func seal(
        _ text: UnsafeMutableRawBufferPointer,
        tag: UnsafeMutableRawBufferPointer,
        key: [UInt8],
        nonce: [UInt8],
        head: UnsafeRawBufferPointer
    ) -> Bool {
        guard tag.count == tagSize else { return false }
        return withContext(isSealing: true, key, nonce, text, head) { context in
            finish(context) && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tagSize), tag.baseAddress) == 1
        }
    }

    /// Decrypts in place.
    ///
    /// - Returns: false when any of it is not as it was sealed, or the key is another; what is in `text` must not be used then.
    package static func open(
        _ text: UnsafeMutableRawBufferPointer,
        tag: [UInt8],
        key: [UInt8],
        nonce: [UInt8],
        head: UnsafeRawBufferPointer
    ) -> Bool {
        guard tag.count == tagSize else { return false }
        return withContext(isSealing: false, key, nonce, text, head) { context in
            var tag = tag
            return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagSize), &tag) == 1 && finish(context)
        }
    }

    /// Both ways are the same up to the tag.
    private static func withContext(
        isSealing: Bool,
        _ key: [UInt8],
        _ nonce: [UInt8],
        _ text: UnsafeMutableRawBufferPointer,
        _ head: UnsafeRawBufferPointer,
        _ body: (_ context: OpaquePointer) -> Bool
    ) -> Bool {
        guard key.count == keySize, nonce.count == nonceSize, let cipher = OpaquePointer(bitPattern: cipher),
            let context = EVP_CIPHER_CTX_new()
        else { return false }
        defer { EVP_CIPHER_CTX_free(context) }
        guard EVP_CipherInit_ex2(context, cipher, key, nonce, isSealing ? 1 : 0, nil) == 1, let size = Int32(exactly: text.count),
            let headSize = Int32(exactly: head.count)
        else { return false }
        let bytes = text.baseAddress?.assumingMemoryBound(to: UInt8.self)
        var count: Int32 = 0
        if headSize > 0, EVP_CipherUpdate(context, nil, &count, head.baseAddress?.assumingMemoryBound(to: UInt8.self), headSize) != 1 { return false }
        if size > 0, EVP_CipherUpdate(context, bytes, &count, bytes, size) != 1 { return false }
        return body(context)
    }

    /// There is nothing left to write: a counter mode has no blocks to fill.
    private static func finish(_ context: OpaquePointer) -> Bool {
        var (rest, count) = ([UInt8](repeating: 0, count: 16), Int32(0))
        return EVP_CipherFinal_ex(context, &rest, &count) == 1
    }

    /// Why nothing can be sealed or opened; nil when it can. OpenSSL is loaded for it, once.
    package static var fault: String? {
        if let fault = loaded_crypto() { return String(cString: fault) }
        return cipher == 0 ? "the system's OpenSSL has no AES-256-GCM" : nil
    }

    /// The cipher as OpenSSL gives it, asked for once, since that takes it a millisecond or two; its address, which threads may share as OpenSSL lets them
    /// share what is there. 0 when there is none, or no OpenSSL.
    private static let cipher = loaded_crypto() == nil ? UInt(bitPattern: EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)) : 0
}
