import PersonalizeEmulator
import S3Emulator
import ServiceKit
import Shapes
import Wire

/// A noted request in the words of `/_personalite/requests`.
struct RequestWords {
    let authenticator: Authenticator

    /// - Parameter isWhole: with headers, body and answer, and not only what a list shows.
    func document(_ entry: RequestLog.Entry, isWhole: Bool) -> Document {
        let (service, operation) = Self.operation(entry.request)
        let signed = (try? SignatureV4.parse(entry.request, rules: service == "s3" ? .s3 : .standard))
        var members: [(name: String, value: Document?)] = [
            ("number", .integer(entry.number)), ("at", .timestamp(entry.at)), ("milliseconds", .double((entry.milliseconds * 1000).rounded() / 1000)),
            ("service", .string(service)), ("operation", .string(operation)),
            ("account", signed.map { .string(authenticator.account($0.scope.accessKey, token: $0.token)) }),
            ("accessKey", signed.map { .string($0.scope.accessKey) }), ("region", signed.map { .string($0.scope.region) }),
            ("method", .string(entry.request.method)), ("path", .string(entry.request.path)), ("query", .string(entry.request.query)),
            ("status", .integer(Int64(entry.status))), ("requestId", .string(entry.requestID)),
            ("changes", .boolean(Self.changes(entry.request, operation))),
        ]
        guard isWhole else { return .members(members) }
        let headers = entry.request.headers.fields.map { name, value in
            (name, Document.string(name == "x-amz-security-token" ? "…" : value))
        }
        members += [
            ("headers", .object(Document.Fields(headers))), ("bodyBytes", .integer(Int64(entry.bodyBytes))),
            ("body", String(validating: entry.request.body, as: UTF8.self).map { .string($0) }),
            ("answer", entry.answer.isEmpty ? nil : .string(String(decoding: entry.answer, as: UTF8.self))),
            ("canonicalRequest", canonicalRequest(entry, signed).map { .string($0) }),
        ]
        return .members(members)
    }

    /// What this side signed, of a request whose signature was wrong; nil for others, and where the body was too long to be kept.
    private func canonicalRequest(_ entry: RequestLog.Entry, _ signed: SignedRequest?) -> String? {
        guard let signed, entry.status == 400 || entry.status == 403, entry.bodyBytes == entry.request.body.count,
            let key = try? authenticator.key(signed.scope.accessKey, token: signed.token)
        else { return nil }
        do throws(AuthenticationFault) {
            // Its age was judged when it came.
            let signedAt = SigningDate(header: signed.date)?.timestamp ?? entry.at
            try signed.verify(entry.request, secret: key.secret, token: key.token, now: signedAt, keys: authenticator.keys)
            return nil
        } catch {
            guard case .mismatch(let mismatch) = error else { return nil }
            return mismatch.canonicalRequest
        }
    }

    /// The service and the operation, as far as the head says it; empty where it does not.
    static func operation(_ request: WireRequest) -> (service: String, operation: String) {
        switch Route(request) {
        case .admin: return ("personalite", String(request.path.dropFirst(Route.adminPrefix.count)))
        case .gateway(let path): return ("reference app", path)
        case .json(let target):
            let parts = (target ?? "").split(separator: ".", maxSplits: 1)
            let service =
                switch parts.first {
                case "Kinesis_20131202"?: "kinesis"
                case "AmazonPersonalize"?: "personalize"
                case "AmazonSSM"?: "ssm"
                default: ""
                }
            return (service, parts.count == 2 ? String(parts[1]) : target ?? "")
        case .events: return ("personalize-events", names[request.path] ?? request.path)
        case .runtime: return ("personalize-runtime", names[request.path] ?? request.path)
        case .query(let service): return (service ?? "", QueryForm(request)?.action ?? "")
        case .other(let service): return (service ?? "", "")
        case .s3: return ("s3", S3Service.operationName(of: request))
        }
    }

    /// The operations of the REST services, by their paths.
    private static let names = Dictionary(
        EventsService.operations.map { ($0.path, $0.name) } + RuntimeService.operations.map { ($0.path, $0.name) },
        uniquingKeysWith: { first, _ in first }
    )

    private static func changes(_ request: WireRequest, _ operation: String) -> Bool {
        if operation.isEmpty { return request.method != "GET" && request.method != "HEAD" }
        return !["Describe", "List", "Get", "Head", "SubscribeToShard"].contains { operation.hasPrefix($0) }
    }
}
