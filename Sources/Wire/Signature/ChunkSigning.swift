/// The chain of signatures through an aws-chunked body: each chunk's is made over the one before, the first over the request's own.
package struct ChunkSigning: Sendable {
    private var previous: String
    private let accessKey: String
    private let date: String
    private let scope: String
    private let key: HMACKey<SHA256>

    init(seed: String, accessKey: String, date: String, scope: String, key: HMACKey<SHA256>) {
        previous = seed
        self.accessKey = accessKey
        self.date = date
        self.scope = scope
        self.key = key
    }

    /// Checks the next chunk's signature against the SHA-256 of its data, in hexadecimal.
    mutating func verify(chunk hash: String, signature: String) throws(PayloadFault) {
        try verify(signature, over: ["AWS4-HMAC-SHA256-PAYLOAD", date, scope, previous, SHA256Hex.empty, hash])
    }

    /// Checks the last signature, over trailers spelt `name:value\n` each.
    mutating func verify(trailers: [UInt8], signature: String) throws(PayloadFault) {
        try verify(signature, over: ["AWS4-HMAC-SHA256-TRAILER", date, scope, previous, SHA256Hex.text(of: trailers)])
    }

    /// The next chunk's signature, for a body that is being written.
    mutating func sign(chunk: [UInt8]) -> String {
        sign(["AWS4-HMAC-SHA256-PAYLOAD", date, scope, previous, SHA256Hex.empty, SHA256Hex.text(of: chunk)])
    }

    mutating func sign(trailers: [UInt8]) -> String {
        sign(["AWS4-HMAC-SHA256-TRAILER", date, scope, previous, SHA256Hex.text(of: trailers)])
    }

    private mutating func sign(_ lines: [String]) -> String {
        previous = Hex.text(key.sign(Array(lines.joined(separator: "\n").utf8)))
        return previous
    }

    private mutating func verify(_ signature: String, over lines: [String]) throws(PayloadFault) {
        let stringToSign = lines.joined(separator: "\n")
        guard let sent = Hex.digest(signature), areEqualInConstantTime(sent, key.sign(Array(stringToSign.utf8))) else {
            throw .mismatch(SignatureMismatch(accessKey: accessKey, signature: signature, canonicalRequest: nil, stringToSign: stringToSign))
        }
        previous = signature
    }
}
