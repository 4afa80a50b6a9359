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
        guard key.count == keySize, nonce.count == nonceSize, tag.count == tagSize else { return false }
        return withContext { context, cipher in
            var count: Int32 = 0
            guard EVP_EncryptInit_ex2(context, cipher, key, nonce, nil) == 1, let size = Int32(exactly: text.count),
                let headSize = Int32(exactly: head.count)
            else { return false }
            if headSize > 0, EVP_EncryptUpdate(context, nil, &count, bytes(head), headSize) != 1 { return false }
            if size > 0, EVP_EncryptUpdate(context, bytes(text), &count, bytes(UnsafeRawBufferPointer(text)), size) != 1 { return false }
            // There is nothing left to write: a counter mode has no blocks to fill.
            var rest = [UInt8](repeating: 0, count: 16)
            return EVP_EncryptFinal_ex(context, &rest, &count) == 1
                && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tagSize), tag.baseAddress) == 1
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
        guard key.count == keySize, nonce.count == nonceSize, tag.count == tagSize else { return false }
        return withContext { context, cipher in
            var (count, tag): (Int32, [UInt8]) = (0, tag)
            guard EVP_DecryptInit_ex2(context, cipher, key, nonce, nil) == 1, let size = Int32(exactly: text.count),
                let headSize = Int32(exactly: head.count)
            else { return false }
            if headSize > 0, EVP_DecryptUpdate(context, nil, &count, bytes(head), headSize) != 1 { return false }
            if size > 0, EVP_DecryptUpdate(context, bytes(text), &count, bytes(UnsafeRawBufferPointer(text)), size) != 1 { return false }
            var rest = [UInt8](repeating: 0, count: 16)
            return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagSize), &tag) == 1
                && EVP_DecryptFinal_ex(context, &rest, &count) == 1
        }
    }

    private static func bytes(_ buffer: UnsafeMutableRawBufferPointer) -> UnsafeMutablePointer<UInt8>? {
        buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    }

    private static func bytes(_ buffer: UnsafeRawBufferPointer) -> UnsafePointer<UInt8>? {
        buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    }

    private static func withContext(_ body: (_ context: OpaquePointer, _ cipher: OpaquePointer) -> Bool) -> Bool {
        guard let cipher = OpaquePointer(bitPattern: cipher), let context = EVP_CIPHER_CTX_new() else { return false }
        defer { EVP_CIPHER_CTX_free(context) }
        return body(context, cipher)
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
