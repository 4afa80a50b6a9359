import OutgoingHTTP
import ServiceKit
import Wire

/// Integrations of HTTP and HTTP_PROXY: a request to a server that is named by the URI, and what it answers.
extension IntegrationRun {
    /// Of an answer (quota "Payload size", API Gateway developer guide).
    static let maximumAnswer = 10 << 20

    /// Everything goes through as it came, but for what the mappings say.
    func httpProxy() throws(GatewayFault) {
        let context = exchange.context(endpoint: endpoint)
        var (headers, query) = (exchange.headers.filter { $0.name.lowercased() != "host" }, exchange.request.query)
        // What was signed for the gateway is no business of the server behind it.
        if endpoint.method["authorizationType"]?.textIfAny == "AWS_IAM" {
            headers.removeAll { ["authorization", "x-amz-security-token", "x-amz-date", "x-amz-content-sha256"].contains($0.name.lowercased()) }
            query = Self.query(query) { !$0.lowercased().hasPrefix("x-amz-") }
        }
        let outgoing = try outgoing(exchange.request.body, headers: headers, query: query, context)
        send(outgoing) { (response) throws(GatewayFault) in answer(try Self.passedOn(response, exchange)) }
    }

    /// Only what is mapped goes through, and an integration response makes the answer.
    func http() throws(GatewayFault) {
        let mapped = try mappedRequest()
        let headers = [
            (name: "Accept", value: "application/json"), (name: "Content-Type", value: exchange.header("content-type") ?? "application/json"),
            (name: "User-Agent", value: "AmazonAPIGateway_\(stage.api)"), (name: "X-Amzn-Trace-Id", value: exchange.traceID),
        ]
        let outgoing = try outgoing(mapped.body, headers: headers, query: "", mapped.context)
        send(outgoing) { (response) throws(GatewayFault) in
            guard let chosen = endpoint.integration.response(for: String(response.status)) else {
                throw .configuration("no integration response is for \(response.status)")
            }
            try respond(chosen, WireResponse(status: response.status, headers: response.headers, body: .bytes(response.body)), mapped.context)
        }
    }

    /// The pairs of a query whose names are kept, as they stand in it.
    private static func query(_ query: String, keeping isKept: (String) -> Bool) -> String {
        query.split(separator: "&").filter { pair in
            let name = pair.prefix { $0 != "=" }
            return isKept(Percent.decode(name, plusIsBlank: true) ?? String(name))
        }.joined(separator: "&")
    }

    private func send(_ request: OutgoingRequest, _ finish: @escaping @Sendable (OutgoingResponse) throws(GatewayFault) -> Void) {
        guard let http = service.http else {
            return fail(
                .configuration("this server asks no others, because other machines can reach it or it was told so: start it with --functions on")
            )
        }
        startTimer()
        http.send(request) { result in
            do throws(GatewayFault) {
                switch result {
                case .success(let response): try finish(response)
                case .failure(.timedOut): throw .timeout
                case .failure(.tooLarge): throw .badGateway("the server behind the method answers more than \(Self.maximumAnswer) bytes")
                case .failure(.failed(let reason)):
                    throw GatewayFault(.integrationFailure, "Network error communicating with endpoint", cause: reason)
                }
            } catch {
                fail(error)
            }
        }
    }

    /// - Parameter query: as it stands in the request's address.
    private func outgoing(
        _ body: [UInt8],
        headers: [(name: String, value: String)],
        query: String,
        _ context: Document
    ) throws(GatewayFault) -> OutgoingRequest {
        var headers = headers
        func set(_ name: String, _ value: String?) {
            headers.removeAll { $0.name.lowercased() == name.lowercased() }
            if let value { headers.append((name, value)) }
        }
        set("X-Amzn-Apigateway-Api-Id", stage.api)
        // What is mapped and has no value is not the client's to give.
        for (name, value, _) in parameters("header", context) {
            guard HeaderRules.isMappable(name), HeaderRules.isValue(value ?? "") else { throw .malformed }
            set(name, value)
        }
        var (path, fixed) = (uri, Substring())
        if let mark = path.firstIndex(of: "?") { (path, fixed) = (String(path[..<mark]), path[path.index(after: mark)...]) }
        for (name, value, isLong) in parameters("path", context) {
            // None leads out of the path that the owner has named.
            let segments = (value ?? "").split(separator: "/", omittingEmptySubsequences: false)
            guard !segments.contains("."), !segments.contains("..") else { throw .malformed }
            path = path.replacing("{\(name)}", with: Percent.encode(value ?? "", keepingSlashes: isLong))
        }
        let mapped = parameters("querystring", context)
        let passed = Self.query(query) { name in !mapped.contains { $0.name == name } }
        var queries = [String(fixed), passed].filter { !$0.isEmpty }
        queries += mapped.compactMap { pair in pair.value.map { "\(Percent.encode(pair.name))=\(Percent.encode($0))" } }
        guard IntegrationRules.isHTTP(path), !path.contains("{") else {
            throw .configuration("the URI of the integration names no server, or a path parameter that is not mapped")
        }
        let method = endpoint.integration.httpMethod
        return OutgoingRequest(
            method: method == "ANY" ? exchange.request.method : method,
            url: path + (queries.isEmpty ? "" : "?" + queries.joined(separator: "&")),
            headers: headers,
            body: body,
            timeoutMilliseconds: endpoint.integration.timeout,
            maximumBody: Self.maximumAnswer
        )
    }

    /// What is mapped to a place of the request, nil where there is no value, and what a template put there instead; whether it is a path of
    /// several segments, which only `{name+}` gives.
    private func parameters(_ place: String, _ context: Document) -> [(name: String, value: String?, isLong: Bool)] {
        var found = endpoint.integration.parameters.filter { $0.place == place }.map { mapping in
            var isLong = false
            if case .method(.path, let name) = mapping.source { isLong = endpoint.resourcePath.hasSuffix("{\(name)+}") }
            return (name: mapping.name, value: mapping.source.value(exchange, context: context, stage: stage), isLong: isLong)
        }
        for field in context["requestOverride"]?[place]?.entriesIfAny ?? [] {
            found.removeAll { place == "header" ? $0.name.lowercased() == field.name.lowercased() : $0.name == field.name }
            found.append((field.name, field.value.textIfAny ?? JSON.text(field.value), false))
        }
        return found
    }

    /// An answer as it came; what says how it was sent, and what the gateway writes itself, aside.
    private static func passedOn(_ response: OutgoingResponse, _ exchange: GatewayExchange) throws(GatewayFault) -> WireResponse {
        guard (200...599).contains(response.status) else { throw .badGateway("the status \(response.status) is none") }
        var headers = response.headers.filter { !$0.name.hasPrefix(ProxyAnswer.remapping) }
        for index in headers.indices { headers[index].name = ProxyAnswer.renamed(headers[index].name) }
        headers.removeAll { header in
            HeaderRules.framing.contains(header.name) || !HeaderRules.isName(header.name) || !HeaderRules.isValue(header.value)
                || ["x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id"].contains(header.name)
        }
        headers += [
            ("x-amzn-requestid", exchange.requestID), ("x-amz-apigw-id", exchange.extendedID), ("x-amzn-trace-id", exchange.traceID),
        ]
        guard exchange.request.method == "HEAD" else { return WireResponse(status: response.status, headers: headers, body: .bytes(response.body)) }
        let length = response.headers.last { $0.name == "content-length" }.flatMap { Int($0.value) } ?? 0
        return WireResponse(status: response.status, headers: headers, body: .head(length: max(length, 0)))
    }
}
