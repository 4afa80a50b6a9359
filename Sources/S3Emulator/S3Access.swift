import ServiceKit
import Wire

/// Who sends an S3 request, and how its body is bound to the signature.
struct S3Access: Sendable {
    var caller: Caller
    var form: PayloadForm
    /// For chunks that are signed; nil where signatures are not verified.
    var signing: ChunkSigning?
    /// Headers that travelled in the query of a presigned URL. A checksum among them is not checked: signers put one there before any
    /// body is known, and S3 does not hold it against what comes.
    var carried: [(name: String, value: String)] = []

    /// For a body that nothing binds to a signature.
    init(_ caller: Caller) {
        self.caller = caller
        form = .unsigned
    }

    /// - Throws: S3's refusal of the signature.
    init(
        _ head: WireRequest,
        _ target: S3Target,
        authenticator: Authenticator,
        configuration: ServerConfiguration,
        now: Timestamp
    ) throws(ServiceError) {
        do throws(AuthenticationFault) {
            if let older = try SignatureV2(head) {
                caller = try Self.caller(older, head, target, authenticator: authenticator, configuration: configuration, now: now)
                carried = older.carriedHeaders
            } else {
                caller = try authenticator.caller(of: head, for: "s3", rules: .s3, now: now)
                carried = Self.carried(target)
            }
            form = try Self.form(head, caller)
        } catch {
            throw ServiceError(error.s3Refusal(now: now), hint: error.hint)
        }
        carried = WireHeaders(carried).withoutChecksums.fields
        if case .signedChunks = form, let signed = caller.signature, let secret = caller.secret {
            signing = signed.chunkSigning(secret: secret, keys: authenticator.keys)
        }
    }

    private static func caller(
        _ signed: SignatureV2,
        _ head: WireRequest,
        _ target: S3Target,
        authenticator: Authenticator,
        configuration: ServerConfiguration,
        now: Timestamp
    ) throws(AuthenticationFault) -> Caller {
        if configuration.authentication == .verify {
            let key = try authenticator.key(signed.accessKey, token: signed.token)
            try signed.verify(head, secret: key.secret, token: key.token, bucket: target.hostBucket, now: now)
        }
        return Caller(account: authenticator.account(signed.accessKey, token: signed.token), region: configuration.region)
    }

    private static func form(_ head: WireRequest, _ caller: Caller) throws(AuthenticationFault) -> PayloadForm {
        guard let text = caller.signature?.payloadHash ?? head.headers["x-amz-content-sha256"] else { return .unsigned }
        guard let form = PayloadForm(text) else { throw .malformedPayloadHash(text) }
        return form
    }

    /// Some clients move `x-amz-*` headers into the query when they presign; the signature itself is no header.
    private static func carried(_ target: S3Target) -> [(name: String, value: String)] {
        target.parameters.filter { $0.name.hasPrefix("x-amz-") || ($0.name.hasPrefix("X-Amz-") && !own.contains($0.name)) }
            .map { ($0.name.lowercased(), $0.value) }
    }

    private static let own: Set<String> = [
        "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Security-Token",
        "X-Amz-Content-Sha256", "X-Amz-User-Agent",
    ]
}
