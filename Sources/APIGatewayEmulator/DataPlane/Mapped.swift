import ServiceKit
import Wire

/// Integrations with mapping templates: MOCK, functions, and services.
extension IntegrationRun {
    /// What the request becomes.
    struct Mapped {
        var body: [UInt8]
        var context: Document
    }

    // MARK: Requests

    func mappedRequest() throws(GatewayFault) -> Mapped {
        let context = exchange.context(endpoint: endpoint)
        let type = (exchange.header("content-type") ?? "application/json").prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        let templates = endpoint.integration.templates
        guard let template = templates.first(where: { $0.type == type })?.template ?? templates.first(where: { $0.type == "$default" })?.template
        else {
            let behaviour = endpoint.integration.passthrough
            guard behaviour == "WHEN_NO_MATCH" || (behaviour == "WHEN_NO_TEMPLATES" && templates.isEmpty) else { throw .unsupportedMediaType }
            return Mapped(
                body: try converted(exchange.request.body, endpoint.integration.contentHandling, isBinary: isBinaryRequest),
                context: context
            )
        }
        var input = exchange.velocityInput(stage, context: context)
        let body = try converted(exchange.request.body, endpoint.integration.contentHandling, isBinary: isBinaryRequest)
        input.body = String(decoding: body, as: UTF8.self)
        let output = try render(template, input)
        return Mapped(body: Array(output.text.utf8), context: output.context)
    }

    private var isBinaryRequest: Bool { stage.isBinary(exchange.header("content-type")) && !exchange.request.body.isEmpty }

    /// Bytes become base64 for what works on text, and back.
    private func converted(_ body: [UInt8], _ handling: String?, isBinary: Bool) throws(GatewayFault) -> [UInt8] {
        switch handling {
        case "CONVERT_TO_TEXT" where isBinary: return Array(Base64.encode(body).utf8)
        case "CONVERT_TO_BINARY" where !isBinary:
            guard let bytes = try? Base64.decode(String(decoding: body, as: UTF8.self)) else {
                throw .configuration("the body is no base64, and cannot be made binary")
            }
            return bytes
        default: return body
        }
    }

    private func render(_ template: VelocityTemplate, _ input: VelocityInput) throws(GatewayFault) -> VelocityOutput {
        do {
            return try template.render(input)
        } catch {
            if error.isBody { throw GatewayFault(.badBody, error.reason) }
            throw .configuration("the mapping template fails: \(error.reason)")
        }
    }

    // MARK: MOCK

    func mock() throws(GatewayFault) {
        let mapped = try mappedRequest()
        guard let status = Self.status(ofMock: mapped.body), let response = endpoint.integration.response(for: String(status)) else {
            throw .configuration("the template of MOCK gives no statusCode that an integration response is for")
        }
        // A mock answers with nothing, unless a template says more.
        try respond(response, WireResponse(status: status), mapped.context)
    }

    /// `{"statusCode": 200}`, also with the name unquoted.
    static func status(ofMock body: [UInt8]) -> Int? {
        if let document = try? JSON.parse(body) {
            return (document["statusCode"]?.numberIfAny).flatMap { Int(exactly: $0) } ?? document["statusCode"]?.textIfAny.flatMap { Int($0) }
        }
        let text = String(decoding: body, as: UTF8.self)
        guard let range = text.firstRange(of: "statusCode") else { return nil }
        let rest = text[range.upperBound...].drop { "\"' \t\r\n".contains($0) }
        guard rest.first == ":" else { return nil }
        return Int(rest.dropFirst().drop { "\"' \t\r\n".contains($0) }.prefix { $0.isASCII && $0.isNumber })
    }

    // MARK: Functions and services

    func mapped() throws(GatewayFault) {
        let target = try target()
        let mapped = try mappedRequest()
        switch target {
        case .function(let name):
            guard endpoint.integration.httpMethod == "POST" else { throw .configuration("functions are asked by POST") }
            let isAsynchronous = parameter("header", "x-amz-invocation-type", mapped.context) == "Event"
            let payload = mapped.body.isEmpty ? Array("{}".utf8) : mapped.body
            try invoke(name, payload, isAsynchronous: isAsynchronous) { result in
                do throws(GatewayFault) {
                    try finish(result, mapped.context)
                } catch {
                    fail(error)
                }
            }
        case .service(let name, let operation, let isPath, let region):
            startTimer()
            let request = request(to: name, operation, isPath: isPath, mapped)
            let caller = call.from(account: stage.account, region: region.isEmpty ? stage.region : region)
            services.send(request, to: name, caller) { response in
                do throws(GatewayFault) {
                    guard let chosen = endpoint.integration.response(for: String(response.status)) else {
                        if case .stream(let stream) = response.body { stream.close() }
                        throw .configuration("no integration response is for \(response.status)")
                    }
                    try respond(chosen, response, mapped.context)
                } catch {
                    fail(error)
                }
            }
        }
    }

    /// The function's answer; of one that failed the message chooses the integration response.
    private func finish(_ result: Result<FunctionAnswer, ServiceError>, _ context: Document) throws(GatewayFault) {
        switch result {
        case .failure(let error): throw Self.fault(error)
        case .success(let found):
            var text = ""
            if found.functionError != nil {
                text = (try? JSON.parse(found.payload))?["errorMessage"]?.textIfAny ?? ""
                // Without a pattern that matches, the error goes out as an answer like any other.
            }
            guard let chosen = endpoint.integration.response(for: text) else {
                throw .configuration("no integration response is for what the function answered")
            }
            try respond(chosen, WireResponse(status: 200, headers: [("content-type", "application/json")], body: .bytes(found.payload)), context)
        }
    }

    /// A value that is mapped into the request, or that a template overrode.
    private func parameter(_ place: String, _ name: String, _ context: Document) -> String? {
        let overrides = context["requestOverride"]?[place]?.entriesIfAny ?? []
        if let override = overrides.first(where: { $0.name.lowercased() == name }) { return override.value.textIfAny }
        let mapping = endpoint.integration.parameters.first { $0.place == place && $0.name.lowercased() == name }
        return mapping?.source.value(exchange, context: context, stage: stage)
    }

    private func request(to service: String, _ operation: String, isPath: Bool, _ mapped: Mapped) -> WireRequest {
        var headers: [(name: String, value: String)] = [
            ("host", "\(service).\(stage.region).amazonaws.com"), ("user-agent", "AmazonAPIGateway_\(stage.api)"),
            ("x-amzn-apigateway-api-id", stage.api), ("accept", "application/json"),
        ]
        let type = parameter("header", "content-type", mapped.context) ?? exchange.header("content-type") ?? "application/json"
        headers.append(("content-type", HeaderRules.isValue(type) ? type : "application/json"))
        if let prefix = IntegrationTarget.targetPrefixes[service], !isPath {
            headers.append(("x-amz-target", "\(prefix).\(operation)"))
            // These take JSON of their own type; the gateway's callers say plain JSON, which they take from it.
            if type.lowercased().hasPrefix("application/json") { headers[headers.count - 2].value = "application/x-amz-json-1.1" }
        }
        return WireRequest(
            method: endpoint.integration.httpMethod,
            path: isPath ? "/" + operation : "/",
            headers: WireHeaders(headers),
            body: mapped.body
        )
    }

    // MARK: Answers

    func respond(_ chosen: Integration.Response, _ answer: WireResponse, _ context: Document) throws(GatewayFault) {
        if case .stream(let stream) = answer.body { stream.close() }
        guard case .bytes(var body) = answer.body else { throw .badGateway("the integration answers with a stream") }
        var (context, type) = (context, answer.headers.first { $0.name == "content-type" }?.value ?? "application/json")
        if let (own, template) = template(of: chosen) {
            var input = exchange.velocityInput(stage, context: context)
            input.body = String(decoding: body, as: UTF8.self)
            let output: VelocityOutput
            do {
                output = try template.render(input)
            } catch {
                throw .configuration("the response template fails: \(error.reason)")
            }
            body = Array(output.text.utf8)
            context = output.context
            type = HeaderRules.isValue(own) ? own : type
        } else {
            body = try converted(body, chosen.contentHandling, isBinary: stage.isBinary(type))
            type = "application/json"
        }
        var headers: [(name: String, value: String)] = [
            ("content-type", type), ("x-amzn-requestid", exchange.requestID), ("x-amz-apigw-id", exchange.extendedID),
            ("x-amzn-trace-id", exchange.traceID),
        ]
        func set(_ name: String, _ value: String) {
            let name = name.lowercased()
            guard HeaderRules.isMappable(name), HeaderRules.isValue(value) else { return }
            headers.removeAll { $0.name == name }
            headers.append((name, value))
        }
        for (name, source) in chosen.headers {
            if let value = source.value(exchange, context: context, stage: stage, answer: answer) { set(name, value) }
        }
        for field in context["responseOverride"]?["header"]?.entriesIfAny ?? [] { set(field.name, field.value.textIfAny ?? JSON.text(field.value)) }
        var status = chosen.status
        if let override = context["responseOverride"]?["status"] {
            status = override.numberIfAny.flatMap { Int(exactly: $0) } ?? override.textIfAny.flatMap { Int($0) } ?? status
        }
        guard (200...599).contains(status) else { throw .configuration("the status \(status) is none") }
        self.answer(WireResponse(status: status, headers: headers, body: .bytes(body)))
    }

    /// By what the caller accepts, else that of JSON, else the first.
    private func template(of response: Integration.Response) -> (type: String, template: VelocityTemplate)? {
        let accept = exchange.header("accept")?.prefix { $0 != ";" && $0 != "," }.lowercased()
        return response.templates.first { $0.type == accept ?? "" } ?? response.templates.first { $0.type == "application/json" }
            ?? response.templates.first
    }
}
