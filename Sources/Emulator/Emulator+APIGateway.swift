import APIGatewayEmulator
import PersonalizeEmulator
import ServiceKit
package import Wire

extension Emulator {
    /// The order of refusals of API Gateway's own protocol.
    func answerAPIGateway(_ request: WireRequest, _ call: Call, _ reply: @escaping @Sendable (WireResponse) -> Void) {
        let fail = { (error: ServiceError) in reply(RoutedProtocol.failure(error, call)) }
        // 1. The operation is known.
        if let refusal = Self.otherGateway(request) { return fail(refusal) }
        let match: RESTRoute.Match
        switch APIGatewayService.router.find(method: request.method, path: request.path) {
        case .operation(let found): match = found
        case .other(let name): return fail(Self.unknownRoute(name))
        case .nothing: return fail(ServiceError("MissingAuthenticationTokenException", "Missing Authentication Token", status: 403))
        }
        // 2. The signature.
        let caller: Caller
        do {
            caller = try parts.authenticator.caller(of: request, for: "apigateway")
        } catch {
            return fail(error.restRefusal)
        }
        // 3. The body parses.
        var body: Document?
        if !request.body.isEmpty {
            guard let parsed = try? JSON.parse(request.body), case .object(var fields) = parsed else {
                return fail(ServiceError("SerializationException", "Could not parse request body into json."))
            }
            // The one member whose name on the wire is that of another, which stands in the path.
            if match.route.name == "PutIntegration" {
                for index in fields.entries.indices where fields.entries[index].name == "httpMethod" {
                    fields.entries[index].name = "integrationHttpMethod"
                }
            }
            body = .object(fields)
        }
        // 4. Types, 5. constraints, 6. the operation.
        let table = parts.apiGatewayTable.value
        guard let entry = table[match.route.name] else { return fail(Self.unknownRoute(match.route.name)) }
        let form = AnswerForm.routed(status: match.route.status)
        carryOut(entry, of: table, body: match.document(request, body: body), call.by(caller), form: form, reply: reply)
    }

    private static func unknownRoute(_ name: String) -> ServiceError {
        let page = HostedServices.page(of: "apigateway")
        return ServiceError("UnknownOperationException", "\(name) of API Gateway is not carried out by personalite; \(page) lists what is.")
    }

    /// What comes to the same paths and is something else: OpenAPI bodies, and HTTP and WebSocket APIs.
    private static func otherGateway(_ request: WireRequest) -> ServiceError? {
        if request.path.hasPrefix("/v2/") {
            return ServiceError("UnknownOperationException", "HTTP and WebSocket APIs (API Gateway v2) are not here; REST APIs are.")
        }
        guard request.method == "POST", request.query.contains("mode=import") else { return nil }
        return unknownRoute(request.path.hasPrefix("/apikeys") ? "ImportApiKeys" : request.path == "/restapis" ? "ImportRestApi" : "Import")
    }
}

extension Emulator: ServiceRequester {
    package func send(_ request: WireRequest, to service: String, _ call: Call, reply: @escaping @Sendable (WireResponse) -> Void) {
        // Its own id, and its own writes to wait for.
        var own = Call(account: call.account, region: call.region, now: parts.time.now, requestID: RequestID.random())
        own.principal = call.principal
        let caller = Caller(account: call.account, region: call.region, principal: call.principal)
        // What came through a stage is a write only now.
        let route: Route =
            switch service {
            case "personalize-events": .events
            case "personalize-runtime": .runtime
            default: .json(target: request.headers["x-amz-target"])
            }
        if let refusal = goneRefusal(request, route, own) { return reply(refusal) }
        switch service {
        case "personalize-events": answerREST(request, table: parts.personalize.eventsTable, own, by: caller, reply)
        case "personalize-runtime": answerREST(request, table: parts.personalize.runtimeTable, own, by: caller, reply)
        default: answerJSON(request, target: request.headers["x-amz-target"], own, by: caller, reply)
        }
    }
}
