import CLibSSL

/// What the TLS connections of one side share: certificate, key, and what they agree to.
///
/// `@unchecked Sendable`: OpenSSL lets threads share an `SSL_CTX` that is not changed any more.
final class TLSContext: @unchecked Sendable {
    /// OpenSSL's `SSL_CTX`. Changed before its first connection or not at all.
    let context: OpaquePointer

    /// TLS 1.2 or newer, and what else the system's openssl.cnf asks for.
    init(_ method: @autoclosure () -> OpaquePointer?) throws(TLSFault) {
        try TLSLibrary.load()
        ERR_clear_error()
        context = try required(SSL_CTX_new(method()))
        try required(shim_SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION))
        shim_SSL_CTX_refuse_renegotiation(context)
        // An idle connection gives its record buffers back.
        shim_SSL_CTX_set_mode(context, Int(SSL_MODE_RELEASE_BUFFERS))
        // Clients resume by tickets, which they keep themselves; nothing is remembered of them here.
        shim_SSL_CTX_set_session_cache_mode(context, Int(SSL_SESS_CACHE_OFF))
    }

    deinit { SSL_CTX_free(context) }

    /// A server's.
    /// - Parameters:
    ///   - certificate: PEM, with those that vouch for it behind it.
    ///   - key: PEM, without a passphrase.
    convenience init(certificate: String, key: String) throws(TLSFault) {
        try self.init(TLS_server_method())
        try use(PEM.certificates(certificate))
        let key = try PEM.key(key)
        defer { EVP_PKEY_free(key) }
        // Fails when the key is not the certificate's.
        try required(SSL_CTX_use_PrivateKey(context, key))
        SSL_CTX_set_alpn_select_cb(context, Self.select, nil)
    }

    /// A new connection, whose side `prepare` decides.
    func session(_ prepare: (OpaquePointer) throws(TLSFault) -> Void) throws(TLSFault) -> TLSSession {
        ERR_clear_error()
        let connection = try required(SSL_new(context))
        do throws(TLSFault) {
            try prepare(connection)
            return try TLSSession(connection)
        } catch {
            SSL_free(connection)
            throw error
        }
    }

    /// The server's side of a new connection.
    func accept() throws(TLSFault) -> TLSSession {
        try session { SSL_set_accept_state($0) }
    }

    private func use(_ chain: [OpaquePointer]) throws(TLSFault) {
        defer { for certificate in chain { X509_free(certificate) } }
        try required(SSL_CTX_use_certificate(context, chain[0]))
        for certificate in chain.dropFirst() {
            // The context takes one reference over, the other is freed above.
            X509_up_ref(certificate)
            guard shim_SSL_CTX_add0_chain_cert(context, certificate) == 1 else {
                X509_free(certificate)
                throw TLSFault.latest()
            }
        }
    }

    /// By ALPN (RFC 7301): HTTP/2 where the client offers it, else HTTP/1.1. Where it offers neither nothing is agreed, and the first bytes
    /// inside say what is spoken, as they always do.
    private static let select: SSL_CTX_alpn_select_cb_func = { _, chosen, chosenCount, offered, offeredCount, _ in
        guard let offered, let chosen, let chosenCount else { return SSL_TLSEXT_ERR_NOACK }
        let list = UnsafeBufferPointer(start: offered, count: Int(offeredCount))
        for name in ["h2", "http/1.1"] {
            var start = 0
            while start < list.count {
                let end = start + 1 + Int(list[start])
                guard end <= list.count else { break }
                if list[(start + 1)..<end].elementsEqual(name.utf8) {
                    chosen.pointee = offered + start + 1
                    chosenCount.pointee = list[start]
                    return SSL_TLSEXT_ERR_OK
                }
                start = end
            }
        }
        return SSL_TLSEXT_ERR_NOACK
    }
}
