import CLibSSL

/// PEM texts by way of OpenSSL's memory BIOs.
enum PEM {
    /// The first certificate of the text and those behind it. The caller frees each by `X509_free`.
    /// - Throws: OpenSSL's reason, also when there is none.
    static func certificates(_ text: String) throws(TLSFault) -> [OpaquePointer] {
        let bio = try source(text)
        defer { BIO_free(bio) }
        ERR_clear_error()
        var found = [try required(PEM_read_bio_X509_AUX(bio, nil, noPassphrase, nil))]
        while let next = PEM_read_bio_X509(bio, nil, noPassphrase, nil) { found.append(next) }
        // The end of the text is noted as an error, too.
        ERR_clear_error()
        return found
    }

    /// A private key that needs no passphrase. The caller frees it by `EVP_PKEY_free`.
    static func key(_ text: String) throws(TLSFault) -> OpaquePointer {
        let bio = try source(text)
        defer { BIO_free(bio) }
        ERR_clear_error()
        return try required(PEM_read_bio_PrivateKey(bio, nil, noPassphrase, nil))
    }

    static func text(certificate: OpaquePointer) throws(TLSFault) -> String {
        try text { PEM_write_bio_X509($0, certificate) }
    }

    /// PKCS #8.
    static func text(key: OpaquePointer) throws(TLSFault) -> String {
        try text { PEM_write_bio_PKCS8PrivateKey($0, key, nil, nil, 0, nil, nil) }
    }

    /// Without it OpenSSL asks at the terminal.
    private static let noPassphrase: @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32 = { _, _, _, _ in
        -1
    }

    private static func source(_ text: String) throws(TLSFault) -> OpaquePointer {
        try TLSLibrary.load()
        let bio = try required(BIO_new(BIO_s_mem()))
        let bytes = Array(text.utf8)
        guard BIO_write(bio, bytes, Int32(bytes.count)) == bytes.count else {
            BIO_free(bio)
            throw TLSFault.latest()
        }
        return bio
    }

    private static func text(_ write: (OpaquePointer) -> Int32) throws(TLSFault) -> String {
        let bio = try required(BIO_new(BIO_s_mem()))
        defer { BIO_free(bio) }
        try required(write(bio))
        let bytes = [UInt8](unsafeUninitializedCapacity: BIO_ctrl_pending(bio)) { buffer, count in
            count = max(0, Int(BIO_read(bio, buffer.baseAddress, Int32(buffer.count))))
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
