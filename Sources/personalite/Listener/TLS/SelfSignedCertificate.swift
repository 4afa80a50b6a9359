import CLibSSL

/// A certificate for this machine's own names, signed with its own key: clients that are told to trust it can tell the server from others.
struct SelfSignedCertificate {
    /// PEM, as clients take it.
    let certificate: String
    /// PEM (PKCS #8).
    let key: String

    private static let years = 10
    private static let extensions: [(kind: Int32, value: String)] = [
        // Not an authority: it speaks for itself only. No word on what its key may do, for some clients would then miss the signing of certificates.
        (NID_basic_constraints, "critical,CA:FALSE"),
        (NID_ext_key_usage, "serverAuth"),
        (NID_subject_key_identifier, "hash"),
        (NID_subject_alt_name, "DNS:localhost,DNS:*.localhost,IP:127.0.0.1,IP:::1"),
    ]

    /// - Parameter now: epoch seconds.
    init(now: Int) throws(TLSFault) {
        try TLSLibrary.load()
        ERR_clear_error()
        let key = try required(shim_EVP_EC_gen("P-256"))
        defer { EVP_PKEY_free(key) }
        let made = try required(X509_new())
        defer { X509_free(made) }
        try required(X509_set_version(made, Int(X509_VERSION_3)))
        try required(ASN1_INTEGER_set_uint64(X509_get_serialNumber(made), UInt64.random(in: 1...UInt64(Int64.max))))
        var now = now
        // A day's grace for clients whose clocks are behind.
        guard X509_time_adj_ex(X509_getm_notBefore(made), -1, 0, &now) != nil,
            X509_time_adj_ex(X509_getm_notAfter(made), Int32(Self.years * 365), 0, &now) != nil
        else { throw TLSFault.latest() }
        let name = try required(X509_get_subject_name(made))
        try required(X509_NAME_add_entry_by_txt(name, "CN", V_ASN1_UTF8STRING, "personalite", -1, -1, 0))
        try required(X509_set_issuer_name(made, name))
        try required(X509_set_pubkey(made, key))
        for item in Self.extensions { try Self.add(item.kind, item.value, to: made) }
        guard X509_sign(made, key, EVP_sha256()) > 0 else { throw TLSFault.latest() }
        certificate = try PEM.text(certificate: made)
        self.key = try PEM.text(key: key)
    }

    private static func add(_ kind: Int32, _ value: String, to certificate: OpaquePointer) throws(TLSFault) {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, certificate, certificate, nil, nil, 0)
        shim_X509V3_set_ctx_nodb(&context)
        let item = try required(X509V3_EXT_conf_nid(nil, &context, kind, value))
        defer { X509_EXTENSION_free(item) }
        try required(X509_add_ext(certificate, item, -1))
    }
}
