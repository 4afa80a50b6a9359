import ServiceKit
import Wire

/// A service that speaks the query protocol. Its table is made when it is first asked for.
struct QueryService: Sendable {
    let name: String
    /// Of its API, by which a request that is not signed is told.
    let version: String
    let namespace: String
    let table: LazyTable
}

extension Emulator {
    /// The order of refusals of the query protocol.
    func answerQuery(_ request: WireRequest, _ scope: String?, _ call: Call, _ reply: @escaping @Sendable (WireResponse) -> Void) {
        // 1. The form parses.
        var expanded = request
        if let body = request.expandedBody { expanded.body = body }
        guard let form = QueryForm(expanded) else {
            let service = parts.queryServices.first { $0.name == scope }
            let error = ServiceError("MalformedQueryString", "The query string contains a syntax error.")
            return reply(QueryProtocol.failure(error, namespace: service?.namespace ?? "", call))
        }
        // 2. The service is known.
        let found = parts.queryServices.first { scope == nil ? $0.version == form["Version"] : $0.name == scope }
        guard let service = found else { return reply(OtherServices.refusal(request, scope, call)) }
        let fail = { (error: ServiceError) in reply(QueryProtocol.failure(error, namespace: service.namespace, call)) }
        // 3. The operation is known.
        guard let action = form.action else {
            return fail(ServiceError("MissingAction", "The request is missing an action or a required parameter."))
        }
        guard let entry = service.table.value[action] else {
            return fail(
                ServiceError(
                    "InvalidAction",
                    "Could not find operation \(action) for version \(form["Version"] ?? service.version)",
                    hint: "personalite does not carry out \(action) of \(service.name); \(HostedServices.page(of: service.name)) lists what it does"
                )
            )
        }
        // 4. The signature.
        let caller: Caller
        do {
            caller = try parts.authenticator.caller(of: request, for: service.name)
        } catch {
            return fail(error.queryRefusal)
        }
        // 5. Types, 6. constraints, 7. the operation.
        let answer = AnswerForm.query(operation: action, namespace: service.namespace)
        carryOut(entry, of: service.table.value, body: form.document(entry.input), call.by(caller), form: answer, reply: reply)
    }
}

extension HostedServices {
    static func page(of name: String) -> String { all.first { $0.name == name }?.page ?? "docs/fidelity.md" }
}
