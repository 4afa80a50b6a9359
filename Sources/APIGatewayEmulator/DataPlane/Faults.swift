import ServiceKit
import Wire

/// What the gateway itself answers; the names are those of gateway responses.
enum FaultKind: String, Sendable, CaseIterable {
    case accessDenied = "ACCESS_DENIED"
    case configuration = "API_CONFIGURATION_ERROR"
    case authorizerConfiguration = "AUTHORIZER_CONFIGURATION_ERROR"
    case authorizerFailure = "AUTHORIZER_FAILURE"
    case badBody = "BAD_REQUEST_BODY"
    case badParameters = "BAD_REQUEST_PARAMETERS"
    case usual4xx = "DEFAULT_4XX"
    case usual5xx = "DEFAULT_5XX"
    case expiredToken = "EXPIRED_TOKEN"
    case integrationFailure = "INTEGRATION_FAILURE"
    case integrationTimeout = "INTEGRATION_TIMEOUT"
    case invalidKey = "INVALID_API_KEY"
    case invalidSignature = "INVALID_SIGNATURE"
    case missingToken = "MISSING_AUTHENTICATION_TOKEN"
    case quotaExceeded = "QUOTA_EXCEEDED"
    case tooLarge = "REQUEST_TOO_LARGE"
    case notFound = "RESOURCE_NOT_FOUND"
    case throttled = "THROTTLED"
    case unauthorized = "UNAUTHORIZED"
    case unsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE"
    case firewall = "WAF_FILTERED"

    /// Nil for the two that stand for many.
    var status: Int? {
        switch self {
        case .usual4xx, .usual5xx: nil
        case .accessDenied, .expiredToken, .invalidKey, .invalidSignature, .missingToken, .firewall: 403
        case .configuration, .authorizerConfiguration, .authorizerFailure: 500
        case .badBody, .badParameters: 400
        case .integrationFailure, .integrationTimeout: 504
        case .quotaExceeded, .throttled: 429
        case .tooLarge: 413
        case .notFound: 404
        case .unauthorized: 401
        case .unsupportedMediaType: 415
        }
    }

    /// `x-amzn-ErrorType`.
    var errorType: String {
        switch self {
        case .accessDenied: "AccessDeniedException"
        case .badBody, .badParameters, .unsupportedMediaType, .usual4xx: "BadRequestException"
        case .expiredToken: "ExpiredTokenException"
        case .invalidKey, .firewall: "ForbiddenException"
        case .invalidSignature: "InvalidSignatureException"
        case .missingToken: "MissingAuthenticationTokenException"
        case .notFound: "NotFoundException"
        case .quotaExceeded: "LimitExceededException"
        case .throttled: "TooManyRequestsException"
        case .tooLarge: "RequestTooLargeException"
        case .unauthorized: "UnauthorizedException"
        case .configuration, .authorizerConfiguration, .authorizerFailure, .integrationFailure, .integrationTimeout, .usual5xx:
            "InternalServerErrorException"
        }
    }

    /// The kind whose settings count where this one has none.
    var usual: FaultKind { (status ?? 500) < 500 ? .usual4xx : .usual5xx }
}

/// An answer of the gateway itself.
struct GatewayFault: Error {
    var kind: FaultKind
    var message: String
    /// Where it is not the kind's own.
    var status: Int?
    /// Logged, for who looks for the reason.
    var cause: String?

    init(_ kind: FaultKind, _ message: String, status: Int? = nil, cause: String? = nil) {
        self.kind = kind
        self.message = message
        self.status = status
        self.cause = cause
    }

    static let noRoute = GatewayFault(.missingToken, "Missing Authentication Token")
    static let forbidden = GatewayFault(.invalidKey, "Forbidden")
    static let timeout = GatewayFault(.integrationTimeout, "Endpoint request timed out")
    static let tooLarge = GatewayFault(.tooLarge, "Request Too Long")
    static let unsupportedMediaType = GatewayFault(.unsupportedMediaType, "Unsupported Media Type")
    static let malformed = GatewayFault(.badBody, "Bad Request")

    /// The function failed, or answered what is no answer.
    static func badGateway(_ cause: String) -> GatewayFault {
        GatewayFault(.integrationFailure, "Internal server error", status: 502, cause: cause)
    }

    static func configuration(_ cause: String) -> GatewayFault { GatewayFault(.configuration, "Internal server error", cause: cause) }

    /// With what an API sets for it.
    /// - Parameter exchange: nil when there is no such stage.
    func response(_ exchange: GatewayExchange?, _ stage: DeployedStage?, _ call: Call) -> WireResponse {
        var status = self.status ?? kind.status ?? 500
        var headers: [(name: String, value: String)] = [
            ("content-type", "application/json"), ("x-amzn-requestid", exchange?.requestID ?? call.requestID), ("x-amzn-errortype", kind.errorType),
            ("x-amz-apigw-id", exchange?.extendedID ?? APIGatewayID.random()),
        ]
        if let cause, cause.utf8.count <= 1000, cause.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) {
            headers.append(("x-personalite-hint", cause))
        }
        // AWS is uneven: what is forbidden has no blank behind the colon.
        let quoted = JSON.text(.string(message))
        var body = status == 403 ? "{\"message\":\(quoted)}" : "{\"message\": \(quoted)}"
        if let exchange, let stage, let own = stage.responses[kind] ?? stage.responses[kind.usual] {
            let context = exchange.context(endpoint: nil).setting([
                (
                    "error",
                    .members([
                        ("message", .string(message)), ("messageString", .string(quoted)), ("responseType", .string(kind.rawValue)),
                    ])
                )
            ])
            if let set = own.status, (200...599).contains(set) { status = set }
            for (name, source) in own.headers {
                guard HeaderRules.isMappable(name), let value = source.value(exchange, context: context, stage: stage), HeaderRules.isValue(value)
                else { continue }
                headers.removeAll { $0.name == name }
                headers.append((name, value))
            }
            if let (type, template) = own.template(for: exchange.header("accept")) {
                var input = exchange.velocityInput(stage, context: context)
                input.body = ""
                if let output = try? template.render(input) { body = output.text }
                if HeaderRules.isValue(type) {
                    headers.removeAll { $0.name == "content-type" }
                    headers.append(("content-type", type))
                }
            }
        }
        return WireResponse(status: status, headers: headers, body: .bytes(Array(body.utf8)))
    }
}

/// What an API sets for a kind of fault.
struct GatewayResponse: Sendable {
    let status: Int?
    let headers: [(name: String, source: ParameterSource)]
    private let templates: [(type: String, template: VelocityTemplate)]

    init(_ document: Document) {
        status = document["statusCode"]?.textIfAny.flatMap { Int($0) }
        headers = (document["responseParameters"]?.entriesIfAny ?? []).compactMap { field in
            guard field.name.hasPrefix("gatewayresponse.header.") else { return nil }
            let name = String(field.name.dropFirst("gatewayresponse.header.".count)).lowercased()
            return ParameterSource(field.value.textIfAny ?? "", side: .request).map { (name, $0) }
        }
        templates = (document["responseTemplates"]?.entriesIfAny ?? []).compactMap { field in
            (try? VelocityTemplate(field.value.textIfAny ?? "")).map { (field.name, $0) }
        }
    }

    func template(for accept: String?) -> (type: String, template: VelocityTemplate)? {
        let wanted = accept?.prefix { $0 != ";" && $0 != "," }
        return templates.first { $0.type == wanted ?? "" } ?? templates.first { $0.type == "application/json" } ?? templates.first
    }
}

/// Gateway responses as the API keeps them.
enum GatewayResponses {
    static func status(_ input: Document) -> Document? {
        FaultKind(rawValue: input["responseType"]?.textIfAny ?? "")?.status.map { .string(String($0)) }
    }

    static func usual(_ kind: FaultKind) -> Document {
        .members([
            ("responseType", .string(kind.rawValue)), ("statusCode", kind.status.map { .string(String($0)) }),
            ("responseParameters", .object(Document.Fields())),
            ("responseTemplates", .members([("application/json", .string("{\"message\":$context.error.messageString}"))])),
            ("defaultResponse", .boolean(true)),
        ])
    }

    static func find(_ input: Document, _ table: RecordTable, _ call: Call) throws -> Document {
        let (api, type) = (input.required("restApiId").text, input.required("responseType").text)
        _ = try table.api(api, call)
        if let own = try table.part(Kind.gatewayResponse, api, type) { return own }
        guard let kind = FaultKind(rawValue: type) else { throw ServiceError.notFound("Gateway response type not defined on api") }
        return usual(kind)
    }

    static func checked(_ response: Document) throws(ServiceError) -> Document {
        if let status = response["statusCode"]?.textIfAny, !(200...599).contains(Int(status) ?? 0) {
            throw .badRequest("Invalid status code specified: \(status)")
        }
        for field in response["responseParameters"]?.entriesIfAny ?? [] {
            let isHeader = field.name.hasPrefix("gatewayresponse.header.") && field.name.utf8.count > 23
            let name = String(field.name.dropFirst("gatewayresponse.header.".count))
            guard isHeader, HeaderRules.isMappable(name), let source = ParameterSource(field.value.textIfAny ?? "", side: .request) else {
                throw MethodRules.mapping(field.name)
            }
            if case .literal(let text) = source, !HeaderRules.isValue(text) { throw MethodRules.mapping(field.value.textIfAny ?? "") }
        }
        for field in response["responseTemplates"]?.entriesIfAny ?? [] {
            guard HeaderRules.isValue(field.name) else { throw .badRequest("Invalid content type specified: \(field.name)") }
            try IntegrationRules.checkTemplate(field.value.textIfAny ?? "")
        }
        return response
    }
}
