/// HMAC-SHA256, for what this side has written itself and reads back from others.
package enum MessageCode {
    /// 32 bytes.
    package static func of(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        HMACKey<SHA256>(key).sign(message)
    }

    package static func isRight(_ code: some Sequence<UInt8>, for message: [UInt8], key: [UInt8]) -> Bool {
        areEqualInConstantTime(Array(code), of(message, key: key))
    }
}
