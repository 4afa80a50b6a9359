/// How a service family reads paths and bodies before they are signed.
package enum SignatureRules: Sendable {
    /// Paths lose their dot segments and doubled slashes and are encoded once more; the body is hashed.
    case standard
    /// Paths are signed as sent, for keys may hold anything; `x-amz-content-sha256` speaks for the body.
    case s3
}

/// The text whose hash is signed: method, path, query, headers and payload hash in the one order and spelling both sides agree on.
struct CanonicalRequest {
    /// How an S3 path reads: clients differ about characters that may stand unescaped, and both spellings name the same object.
    enum PathSpelling {
        case asSent
        case reencoded
    }

    private(set) var bytes: [UInt8] = []

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// `signedHeaders` are lower-case and sorted.
    init(_ request: WireRequest, signedHeaders: [String], payloadHash: String, rules: SignatureRules, spelling: PathSpelling = .asSent) {
        bytes.reserveCapacity(1024)
        bytes.append(contentsOf: request.method.utf8)
        newline()
        switch rules {
        case .standard: appendNormalised(path: request.path)
        case .s3: append(path: request.path, spelling)
        }
        newline()
        append(query: request.query)
        newline()
        for name in signedHeaders {
            append(header: name, in: request.headers)
            newline()
        }
        newline()
        append(names: signedHeaders)
        newline()
        bytes.append(contentsOf: payloadHash.utf8)
    }

    private mutating func newline() {
        bytes.append(UInt8(ascii: "\n"))
    }

    private mutating func append(path: String, _ spelling: PathSpelling) {
        if path.isEmpty {
            bytes.append(UInt8(ascii: "/"))
        } else if spelling == .asSent {
            bytes.append(contentsOf: path.utf8)
        } else {
            Percent.appendCanonical(path.utf8, to: &bytes, plusIsBlank: false, keepingSlashes: true)
        }
    }

    private mutating func appendNormalised(path: String) {
        guard path.utf8.count > 1 else {
            bytes.append(UInt8(ascii: "/"))
            return
        }
        var segments: [Substring.UTF8View] = []
        for segment in path.utf8.split(separator: UInt8(ascii: "/")) {
            if segment.elementsEqual("..".utf8) {
                _ = segments.popLast()
            } else if !segment.elementsEqual(".".utf8) {
                segments.append(segment)
            }
        }
        for segment in segments {
            bytes.append(UInt8(ascii: "/"))
            Percent.append(segment, to: &bytes, keepingSlashes: false)
        }
        if segments.isEmpty || path.utf8.last == UInt8(ascii: "/") { bytes.append(UInt8(ascii: "/")) }
    }

    /// Sorted by encoded name, then encoded value; the signature itself is no part of what is signed.
    private mutating func append(query: String) {
        guard !query.isEmpty else { return }
        var parameters: [(name: [UInt8], value: [UInt8])] = []
        for piece in query.utf8.split(separator: UInt8(ascii: "&")) {
            let cut = piece.firstIndex(of: UInt8(ascii: "="))
            var name: [UInt8] = []
            var value: [UInt8] = []
            Percent.appendCanonical(piece[..<(cut ?? piece.endIndex)], to: &name, plusIsBlank: true, keepingSlashes: false)
            if let cut { Percent.appendCanonical(piece[piece.index(after: cut)...], to: &value, plusIsBlank: true, keepingSlashes: false) }
            if name.elementsEqual("X-Amz-Signature".utf8) { continue }
            parameters.append((name, value))
        }
        parameters.sort { left, right in
            left.name == right.name ? left.value.lexicographicallyPrecedes(right.value) : left.name.lexicographicallyPrecedes(right.name)
        }
        for (index, parameter) in parameters.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: "&")) }
            bytes.append(contentsOf: parameter.name)
            bytes.append(UInt8(ascii: "="))
            bytes.append(contentsOf: parameter.value)
        }
    }

    /// Every value of the field in the order sent, joined by commas, blanks trimmed at the ends and folded within.
    private mutating func append(header name: String, in headers: WireHeaders) {
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: ":"))
        var isFirst = true
        for field in headers.fields where field.name == name {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            appendFolded(field.value)
        }
    }

    private mutating func appendFolded(_ value: String) {
        var hasText = false
        var owesBlank = false
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"):
                owesBlank = hasText
            default:
                if owesBlank { bytes.append(UInt8(ascii: " ")) }
                owesBlank = false
                hasText = true
                bytes.append(byte)
            }
        }
    }

    private mutating func append(names: [String]) {
        for (index, name) in names.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ";")) }
            bytes.append(contentsOf: name.utf8)
        }
    }
}

/// The lines that the signing key signs: algorithm, date, scope and the hash of the canonical request.
enum StringToSign {
    static let algorithm = "AWS4-HMAC-SHA256"

    static func bytes(date: String, scope: CredentialScope, canonicalRequest: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(192)
        for line in [algorithm, date, scope.text] {
            output.append(contentsOf: line.utf8)
            output.append(UInt8(ascii: "\n"))
        }
        SHA256Hex.append(of: canonicalRequest, to: &output)
        return output
    }
}
