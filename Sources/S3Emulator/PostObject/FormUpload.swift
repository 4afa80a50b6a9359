import ServiceKit
import Synchronization
import Wire

/// The body of a POST Object, a form with one file, on its way to a blob. Who sends it and whether they may is known once the fields before
/// the file have come, and nothing of the file is kept before that.
final class FormUpload: RequestSink {
    private struct Upload {
        var request: S3Request
        var fields: PostFields
        var reader: PayloadReader
        /// In bytes, that the policy lets the file have.
        var size: ClosedRange<Int>?
    }

    private struct State {
        var form: FormReader
        var fields = PostFields()
        var upload: Upload?
        var writer: BlobWriter
        /// Of the file so far, in bytes.
        var count = 0
        var failure: ServiceError?
    }

    private let service: S3Service
    private let head: WireRequest
    private let target: S3Target
    private let call: Call
    private let state: Mutex<State>

    /// - Throws: what can be known to be wrong before the body comes.
    init(_ service: S3Service, head: WireRequest, target: S3Target, _ call: Call) throws(ServiceError) {
        self.service = service
        self.head = head
        self.target = target
        self.call = call
        if let header = head.headers["authorization"] {
            throw ServiceError(AuthenticationFault.bothForms(header: header).s3Refusal(now: call.now))
        }
        let form = try FormReader(contentType: head.headers["content-type"])
        guard let length = head.headers["content-length"].flatMap({ Int($0) }) else { throw ServiceError(PayloadFault.lengthMissing) }
        let largest = ObjectUpload.largest + FormReader.longestFields
        guard length <= largest else { throw .entityTooLarge(length, limit: ObjectUpload.largest) }
        state = Mutex(State(form: form, writer: service.blobs.writer()))
    }

    func receive(_ bytes: [UInt8]) {
        state.withLock { state in
            // The rest of a body that was refused is read past: its client listens only when it has sent it.
            guard state.failure == nil else { return }
            do throws(ServiceError) {
                // Taken out, so that it has one owner while it changes.
                var form = state.form
                state.form = FormReader.none
                defer { state.form = form }
                try form.feed(bytes) { (event) throws(ServiceError) in try take(event, &state) }
            } catch {
                state.writer.discard()
                state.failure = error
            }
        }
    }

    private func take(_ event: FormReader.Event, _ state: inout State) throws(ServiceError) {
        switch event {
        case .field(let name, let value):
            try state.fields.append(name, value)
        case .fileBegins(let name):
            state.upload = try begin(state.fields.naming(name))
        case .file(let bytes):
            state.count += bytes.count
            // By how much it is too large is reported once all of it has come.
            guard let most = state.upload?.size?.upperBound, state.count > most else { return try write(bytes, &state) }
            state.writer.discard()
            state.writer = service.blobs.writer()
        case .fileEnds: break
        }
    }

    private func write(_ bytes: ArraySlice<UInt8>, _ state: inout State) throws(ServiceError) {
        do throws(PayloadFault) {
            var writer = state.writer
            state.writer = service.blobs.writer()
            defer { state.writer = writer }
            try state.upload?.reader.feed(Array(bytes)) { writer.append($0) }
        } catch {
            throw ServiceError(error)
        }
    }

    /// Holds the fields against their signature and policy.
    private func begin(_ fields: PostFields) throws(ServiceError) -> Upload {
        guard let key = fields["key"], !key.isEmpty else { throw .missingField("key") }
        let access = try service.access(ofForm: fields)
        var size: ClosedRange<Int>?
        if let text = fields["policy"] {
            let policy = try PostPolicy(text)
            try policy.check(fields, bucket: target.bucket ?? "", now: service.signingTime)
            size = policy.size
        }
        var target = target
        try target.set(key: key)
        var described = head
        described.headers = fields.headers
        let call = Call(account: access.caller.account, region: access.caller.region, now: call.now, requestID: call.requestID)
        let request = S3Request(described, target, access: access, call)
        _ = try ObjectDetails(request)
        _ = try service.bucket(request)
        return Upload(request: request, fields: fields, reader: try request.payloadReader(), size: size)
    }

    func complete(_ reply: @escaping @Sendable (WireResponse) -> Void) {
        let response = state.withLock { state -> WireResponse in
            do throws(ServiceError) {
                return S3Answer.stamped(try finish(&state), call)
            } catch {
                state.writer.discard()
                return service.failure(error, head, call)
            }
        }
        reply(response)
    }

    private func finish(_ state: inout State) throws(ServiceError) -> WireResponse {
        if let failure = state.failure { throw failure }
        guard state.form.isComplete else { throw FormReader.malformed }
        guard var upload = state.upload else { throw FormReader.oneFile(0) }
        if let size = upload.size {
            guard state.count <= size.upperBound else { throw .entityTooLarge(state.count, limit: size.upperBound) }
            guard state.count >= size.lowerBound else { throw .entityTooSmall(state.count, least: size.lowerBound) }
        }
        guard state.count <= ObjectUpload.largest else { throw .entityTooLarge(state.count, limit: ObjectUpload.largest) }
        let summary: PayloadReader.Summary
        do {
            summary = try upload.reader.finish()
        } catch {
            throw ServiceError(error)
        }
        let object = try service.makeObject(upload.request, summary, try state.writer.finish(), .post)
        return PostAnswer(object, upload.request, upload.fields, host: head.headers.authority).response
    }

    func abandon() {
        state.withLock { $0.writer.discard() }
    }
}

extension S3Service {
    /// The moment by which signatures and policies are judged.
    var signingTime: Timestamp { authenticator.now }

    /// Who sends a form.
    fileprivate func access(ofForm fields: PostFields) throws(ServiceError) -> S3Access {
        do throws(PostSignature.Fault) {
            guard let signature = try PostSignature({ fields[$0] }) else {
                guard configuration.authentication == .off else { throw PostSignature.Fault.authentication(.missing) }
                return S3Access(Caller(account: configuration.account, region: configuration.region))
            }
            if configuration.authentication == .verify {
                let key: Credentials.Key
                do throws(AuthenticationFault) { key = try authenticator.key(signature.accessKey, token: signature.token) } catch {
                    throw PostSignature.Fault.authentication(error)
                }
                try signature.verify(secret: key.secret, token: key.token, keys: authenticator.keys)
            }
            let region = signature.region.flatMap { $0.isEmpty ? nil : $0 } ?? configuration.region
            return S3Access(Caller(account: authenticator.account(signature.accessKey, token: signature.token), region: region))
        } catch {
            throw ServiceError(error, now: signingTime)
        }
    }
}

extension ServiceError {
    static func missingField(_ name: String) -> ServiceError {
        .invalidArgument("Bucket POST must contain a field named '\(name)'.  If it is specified, please check the order of the fields.", name, "")
    }

    static func entityTooSmall(_ size: Int, least: Int) -> ServiceError {
        ServiceError(
            "EntityTooSmall",
            "Your proposed upload is smaller than the minimum allowed size",
            extra: [("ProposedSize", String(size)), ("MinSizeAllowed", String(least))]
        )
    }

    fileprivate init(_ fault: PostSignature.Fault, now: Timestamp) {
        switch fault {
        case .missing(let name): self = .missingField(name)
        case .malformedCredential(let text):
            self = .invalidArgument(
                "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".",
                "X-Amz-Credential",
                text
            )
        case .wrongService(let credential, let service):
            self = .invalidArgument("incorrect service \"\(service)\". This endpoint belongs to \"s3\".", "X-Amz-Credential", credential)
        case .malformedDate(let text): self = .invalidArgument("X-Amz-Date must be formated via ISO8601 Long format", "X-Amz-Date", text)
        case .unsupportedAlgorithm(let text):
            self = .invalidArgument("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"", "X-Amz-Algorithm", text)
        case .authentication(let fault): self.init(fault.s3Refusal(now: now), hint: fault.hint)
        }
    }
}
