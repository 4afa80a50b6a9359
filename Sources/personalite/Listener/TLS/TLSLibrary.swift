import CLibSSL

/// The system's libssl, which is loaded with the first certificate or connection that needs it.
enum TLSLibrary {
    /// Every other function of OpenSSL is called after this one only.
    /// - Throws: the loader's reason, and which package is missing.
    static func load() throws(TLSFault) {
        if let fault = loaded_ssl() { throw TLSFault(description: String(cString: fault)) }
    }
}
