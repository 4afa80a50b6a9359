import ServiceKit
import Wire

/// How an object is said to be encrypted at rest. Nothing is encrypted here: what was asked for is kept and returned, as clients expect it.
struct ObjectEncryption: Sendable, Equatable {
    enum Method: String, Sendable {
        case aes256 = "AES256"
        case kms = "aws:kms"
        /// Twice, with keys of KMS.
        case dsse = "aws:kms:dsse"
    }

    var method = Method.aes256
    /// The ARN of a key of KMS; empty for AES256.
    var key = ""
    var usesBucketKey = false

    /// As S3 puts them on answers about the object.
    var headers: [(name: String, value: String)] {
        var headers = [(name: Self.header, value: method.rawValue)]
        if !key.isEmpty { headers.append((Self.keyHeader, key)) }
        if usesBucketKey { headers.append((Self.bucketKeyHeader, "true")) }
        return headers
    }

    private static let header = "x-amz-server-side-encryption"
    private static let keyHeader = "x-amz-server-side-encryption-aws-kms-key-id"
    private static let bucketKeyHeader = "x-amz-server-side-encryption-bucket-key-enabled"
    static let contextHeader = "x-amz-server-side-encryption-context"
    private static let customerPrefix = "x-amz-server-side-encryption-customer-"
    private static let copiedCustomerPrefix = "x-amz-copy-source-server-side-encryption-customer-"
}

extension ObjectEncryption {
    /// What a request asks for the object that it makes; AES256 when it says nothing.
    init(_ request: S3Request) throws(ServiceError) {
        for field in request.headers.fields {
            if field.name.hasPrefix(Self.customerPrefix) { throw Self.customerKey }
            if field.name.hasPrefix(Self.copiedCustomerPrefix) { throw .invalidRequest(Self.notApplicable) }
        }
        let asked = request.header(Self.header)
        guard let method = Method(rawValue: asked ?? Method.aes256.rawValue) else {
            throw .invalidArgument("The encryption method specified is not supported", Self.header, asked ?? "")
        }
        self.method = method
        let (id, context) = (request.header(Self.keyHeader), request.header(Self.contextHeader))
        guard method != .aes256 else {
            guard id == nil, context == nil else {
                throw .invalidArgument(
                    "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
                    Self.header,
                    asked ?? "null"
                )
            }
            return
        }
        if let context { try Self.check(context: context) }
        key = Self.keyARN(id ?? "", request.call)
        usesBucketKey = request.header(Self.bucketKeyHeader)?.lowercased() == "true"
    }

    /// For what reads or only adds to an object: its encryption was settled before.
    static func checkReading(_ request: S3Request) throws(ServiceError) {
        for field in request.headers.fields {
            if [customerPrefix, copiedCustomerPrefix].contains(where: field.name.hasPrefix) { throw .invalidRequest(notApplicable) }
            guard field.name == header || field.name == keyHeader || field.name == contextHeader else { continue }
            throw .invalidArgument("\(field.name) header is not supported for this operation.", field.name, field.value)
        }
    }

    private static let notApplicable = "The encryption parameters are not applicable to this object."

    /// Buckets refuse keys of the caller's since April 2026 unless that is changed.
    private static let customerKey = ServiceError(
        "AccessDenied",
        "Access Denied",
        status: 403,
        hint: "SSE-C is blocked for buckets, as it is at AWS since April 2026 unless a bucket allows it; here none does"
    )

    private static func check(context: String) throws(ServiceError) {
        let document = (try? Base64.decode(context)).flatMap { try? JSON.parse($0) }
        if case .object(let fields)? = document, fields.entries.allSatisfy({ $0.value.textIfAny != nil }) { return }
        throw .invalidArgument(
            """
            The header '\(contextHeader)' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map
            """,
            contextHeader,
            context
        )
    }

    /// A key may be named by its ARN, its id or an alias; without a name it is the account's own key for S3, whose id is made of the account
    /// and the region.
    private static func keyARN(_ id: String, _ call: Call) -> String {
        if id.hasPrefix("arn:") { return id }
        let prefix = "arn:aws:kms:\(call.region):\(call.account):"
        if id.hasPrefix("alias/") { return prefix + id }
        guard id.isEmpty else { return "\(prefix)key/\(id)" }
        let digits = Array(SHA256Hex.text(of: Array("aws/s3 \(call.account) \(call.region)".utf8)))
        let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }
        return "\(prefix)key/\(groups.joined(separator: "-"))"
    }
}

extension ObjectEncryption {
    init(_ document: Document) {
        method = document["method"]?.textIfAny.flatMap { Method(rawValue: $0) } ?? .aes256
        key = document["key"]?.textIfAny ?? ""
        usesBucketKey = document["bucketKey"] == .boolean(true)
    }

    var document: Document {
        .object(Document.Fields([("method", .string(method.rawValue)), ("key", .string(key)), ("bucketKey", .boolean(usesBucketKey))]))
    }
}
