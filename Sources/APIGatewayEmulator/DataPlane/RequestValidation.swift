import Wire

/// What a method's request validator looks at.
enum RequestValidation {
    static func check(_ exchange: GatewayExchange, _ endpoint: Endpoint, _ stage: DeployedStage) throws(GatewayFault) {
        guard let id = endpoint.method["requestValidatorId"]?.textIfAny, let validator = stage.validators[id] else { return }
        if validator["validateRequestParameters"] == .boolean(true) {
            var missing: [String] = []
            for parameter in endpoint.method["requestParameters"]?.entriesIfAny ?? [] where parameter.value == .boolean(true) {
                guard let source = ParameterSource(parameter.name, side: .request), case .method(_, let name) = source else { continue }
                let value = source.value(exchange, context: .null, stage: stage)
                if value == nil || value?.isEmpty == true { missing.append(name) }
            }
            guard missing.isEmpty else {
                throw GatewayFault(.badParameters, "Missing required request parameters: [\(missing.joined(separator: ", "))]")
            }
        }
        if validator["validateRequestBody"] == .boolean(true) { try checkBody(exchange, endpoint, stage) }
    }

    private static func checkBody(_ exchange: GatewayExchange, _ endpoint: Endpoint, _ stage: DeployedStage) throws(GatewayFault) {
        let type = (exchange.header("content-type") ?? "application/json").prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
        let models = endpoint.method["requestModels"]?.entriesIfAny ?? []
        guard let model = models.first(where: { $0.name.lowercased() == type }) ?? models.first(where: { $0.name == "$default" }),
            let schema = try stage.schema(of: model.value.textIfAny ?? "")
        else { return }
        guard let body = try? JSON.parse(exchange.request.body.isEmpty ? Array("{}".utf8) : exchange.request.body), schema.accepts(body) else {
            throw GatewayFault(.badBody, "Invalid request body")
        }
    }
}
