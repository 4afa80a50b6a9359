import CLibSSL

/// Why a connection's TLS, or a certificate, is no good.
struct TLSFault: Error, CustomStringConvertible {
    let description: String

    /// The client ended the connection without saying so: what came may be less than what was sent.
    static let truncated = TLSFault(description: "the connection ended without a close_notify")

    /// The first error that OpenSSL has noted on this thread since `ERR_clear_error`; its notes are cleared.
    static func latest() -> TLSFault {
        let code = ERR_get_error()
        defer { ERR_clear_error() }
        guard code != 0 else { return TLSFault(description: "OpenSSL gives no reason") }
        let text = [CChar](unsafeUninitializedCapacity: 256) { buffer, count in
            ERR_error_string_n(code, buffer.baseAddress, buffer.count)
            count = buffer.firstIndex(of: 0) ?? buffer.count
        }
        return TLSFault(description: String(decoding: text.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }

    init(description: String) {
        self.description = description
    }
}

/// - Throws: OpenSSL's reason when one of its functions gave nothing.
func required(_ pointer: OpaquePointer?) throws(TLSFault) -> OpaquePointer {
    guard let pointer else { throw TLSFault.latest() }
    return pointer
}

/// - Throws: OpenSSL's reason when one of its functions did not answer 1.
func required(_ result: Int32) throws(TLSFault) {
    guard result == 1 else { throw TLSFault.latest() }
}
