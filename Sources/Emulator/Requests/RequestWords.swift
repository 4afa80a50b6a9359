import APIGatewayEmulator
import LambdaEmulator
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
            ("method", .string(entry.request.method)), ("path", .string(entry.request.path)),
            ("query", .string(Self.shown(query: entry.request.query))),
            ("status", .integer(Int64(entry.status))), ("requestId", .string(entry.requestID)),
            ("changes", .boolean(Self.changes(entry.request, operation))),
        ]
        guard isWhole else { return .members(members) }
        let headers = entry.request.headers.fields.map { name, value in (name, Document.string(Self.shown(header: name, value))) }
        let secrets = Self.secrets(entry.request)
        members += [
            ("headers", .object(Document.Fields(headers))), ("bodyBytes", .integer(Int64(entry.bodyBytes))),
            ("body", Self.text(entry).map { .string($0) }),
            ("answer", entry.answer.isEmpty ? nil : .string(Self.without(secrets, String(decoding: entry.answer, as: UTF8.self)))),
            ("canonicalRequest", canonicalRequest(entry, signed).map { .string(Self.without(secrets, $0)) }),
        ]
        return .members(members)
    }

    /// The body, or what was kept of its beginning; nil for one that is no text, or was not kept.
    private static func text(_ entry: RequestLog.Entry) -> String? {
        var kept = entry.request.body[...]
        if kept.isEmpty, entry.bodyBytes > 0 { return nil }
        // The cut may be inside of a character.
        for _ in 0..<(entry.bodyBytes > kept.count ? 4 : 1) {
            if let text = String(validating: kept, as: UTF8.self) { return text }
            kept = kept.dropLast()
        }
        return nil
    }

    // MARK: What nobody is shown

    private static let secretHeaders: Set<String> = [
        "x-amz-security-token", "x-amz-server-side-encryption-customer-key", "x-amz-copy-source-server-side-encryption-customer-key", "cookie",
    ]
    private static let secretParameters: Set<String> = ["x-amz-signature", "x-amz-security-token", "signature"]

    /// A signature could be sent again for some minutes, and a token for as long as it lives.
    private static func shown(header name: String, _ value: String) -> String {
        if secretHeaders.contains(name) { return "…" }
        guard name == "authorization" else { return value }
        guard value.hasPrefix("AWS4-"), let signature = value.firstRange(of: "Signature=") else { return "…" }
        return value[..<signature.upperBound] + "…"
    }

    private static func shown(query: String) -> String {
        query.split(separator: "&", omittingEmptySubsequences: false).map { pair in
            let name = pair.prefix { $0 != "=" }
            return secretParameters.contains(name.lowercased()) ? "\(name)=…" : String(pair)
        }.joined(separator: "&")
    }

    /// Texts of the request that an answer or a canonical request repeats.
    private static func secrets(_ request: WireRequest) -> [String] {
        let headers = request.headers.fields.filter { secretHeaders.contains($0.name) }.map(\.value)
        let parameters = (Percent.pairs(query: request.query) ?? []).filter { secretParameters.contains($0.name.lowercased()) }.map(\.value)
        let written = request.query.split(separator: "&").filter { secretParameters.contains($0.prefix { $0 != "=" }.lowercased()) }
            .map { String($0.drop { $0 != "=" }.dropFirst()) }
        return (headers + parameters + written).filter { !$0.isEmpty }
    }

    private static func without(_ secrets: [String], _ text: String) -> String {
        secrets.reduce(text) { $0.replacing($1, with: "…") }
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
        case .json(let target):
            if let known = target.flatMap(Route.jsonOperation) { return known }
            let parts = (target ?? "").split(separator: ".", maxSplits: 1)
            return ("", parts.count == 2 ? String(parts[1]) : target ?? "")
        case .events: return ("personalize-events", names[request.path] ?? request.path)
        case .runtime: return ("personalize-runtime", names[request.path] ?? request.path)
        case .apiGateway:
            guard case .operation(let match) = APIGatewayService.router.find(method: request.method, path: request.path) else {
                return ("apigateway", request.path)
            }
            return ("apigateway", match.route.name)
        case .execute(let target): return ("execute-api", "\(target.api)/\(target.stage)\(target.path)")
        case .lambda:
            guard case .operation(let match) = LambdaService.router.find(method: request.method, path: request.path) else { return ("lambda", "") }
            return ("lambda", match.route.name)
        case .functionCode: return ("lambda", "GetFunctionCode")
        case .customResource: return ("cloudformation", "SendResponse")
        case .query(let service): return (service ?? "", QueryForm(request)?.action ?? "")
        case .monitoring(let operation, _): return ("monitoring", operation)
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
