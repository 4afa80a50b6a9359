import ServiceKit
import Wire

/// Methods of resources, what they answer, and what stands behind them.
extension APIGatewayService {
    static let methods: [String: Work] = [
        "PutMethod": { (service, input, call) throws(ServiceError) in
            let method = Document.members(
                [("apiKeyRequired", input["apiKeyRequired"] ?? .boolean(false))]
                    + input.only([
                        "httpMethod", "authorizationType", "authorizerId", "operationName", "requestParameters", "requestModels",
                        "requestValidatorId", "authorizationScopes",
                    ])
            )
            return try service.write(call) { table, _ in
                let resource = try table.resource(input, call)
                guard resource["resourceMethods"]?[input.required("httpMethod").text] == nil else {
                    throw ServiceError.conflict("Method already exists for this resource")
                }
                try MethodRules.check(method, of: input.required("restApiId").text, table)
                try table.saveMethod(method, resource, input)
                return method
            }
        },
        "GetMethod": { (service, input, call) throws(ServiceError) in try service.read(call) { try $0.method(input, call).method } },
        "UpdateMethod": { (service, input, call) throws(ServiceError) in
            try service.change(input, call) { method, table in
                method = try Patch.apply(input, to: method, PatchRules.method)
                try MethodRules.check(method, of: input.required("restApiId").text, table)
                return method
            }
        },
        "DeleteMethod": { (service, input, call) throws(ServiceError) in
            try service.write(call) { table, _ in
                let (resource, _) = try table.method(input, call)
                try table.saveMethod(nil, resource, input)
            }
            return nil
        },
        // MARK: Method responses
        "PutMethodResponse": { (service, input, call) throws(ServiceError) in
            let response = Document.members(input.only(["statusCode", "responseParameters", "responseModels"]))
            return try service.change(input, call) { method, table in
                let code = input.required("statusCode").text
                guard method["methodResponses"]?[code] == nil else { throw ServiceError.conflict("Response already exists for this resource") }
                try MethodRules.check(response: response, of: input.required("restApiId").text, table)
                method.set("methodResponses", (method["methodResponses"] ?? .object(Document.Fields())).setting([(code, response)]))
                return response
            }
        },
        "GetMethodResponse": { (service, input, call) throws(ServiceError) in
            try service.read(call) { try MethodRules.response(try $0.method(input, call).method, "methodResponses", input) }
        },
        "UpdateMethodResponse": { (service, input, call) throws(ServiceError) in
            try service.change(input, call) { method, table in
                let old = try MethodRules.response(method, "methodResponses", input)
                let new = try Patch.apply(input, to: old, PatchRules.methodResponse)
                try MethodRules.check(response: new, of: input.required("restApiId").text, table)
                method.set("methodResponses", method["methodResponses"]?.setting([(input.required("statusCode").text, new)]))
                return new
            }
        },
        "DeleteMethodResponse": { (service, input, call) throws(ServiceError) in
            _ = try service.change(input, call) { method, _ in
                _ = try MethodRules.response(method, "methodResponses", input)
                let left = method["methodResponses"]?.setting([(input.required("statusCode").text, nil)])
                method.set("methodResponses", left?.entriesIfAny.isEmpty == true ? nil : left)
                return .null
            }
            return nil
        },
        // MARK: Integrations
        "PutIntegration": { (service, input, call) throws(ServiceError) in
            try IntegrationRules.checkInput(input)
            return try service.change(input, call) { method, _ in
                let kept = method["methodIntegration"]?["integrationResponses"]
                let integration = Document.members(
                    [
                        ("httpMethod", input["integrationHttpMethod"]),
                        ("passthroughBehavior", input["passthroughBehavior"] ?? .string("WHEN_NO_MATCH")),
                        ("timeoutInMillis", input["timeoutInMillis"] ?? .integer(29000)),
                        ("cacheNamespace", input["cacheNamespace"] ?? input["resourceId"]),
                        ("cacheKeyParameters", input["cacheKeyParameters"] ?? .list([])), ("integrationResponses", kept),
                    ] + input.only(["type", "uri", "credentials", "requestParameters", "requestTemplates", "contentHandling"])
                )
                try IntegrationRules.check(integration, of: method)
                method.set("methodIntegration", integration)
                return integration
            }
        },
        "GetIntegration": { (service, input, call) throws(ServiceError) in
            try service.read(call) { try MethodRules.integration(try $0.method(input, call).method) }
        },
        "UpdateIntegration": { (service, input, call) throws(ServiceError) in
            try service.change(input, call) { method, _ in
                let integration = try Patch.apply(input, to: try MethodRules.integration(method), PatchRules.integration)
                try IntegrationRules.check(integration, of: method)
                method.set("methodIntegration", integration)
                return integration
            }
        },
        "DeleteIntegration": { (service, input, call) throws(ServiceError) in
            _ = try service.change(input, call) { method, _ in
                _ = try MethodRules.integration(method)
                method.set("methodIntegration", nil)
                return .null
            }
            return nil
        },
        // MARK: Integration responses
        "PutIntegrationResponse": { (service, input, call) throws(ServiceError) in
            let response = Document.members(
                [("responseTemplates", input["responseTemplates"])]
                    + input.only(["statusCode", "selectionPattern", "responseParameters", "contentHandling"])
            )
            return try service.change(input, call) { method, _ in
                var integration = try MethodRules.integration(method)
                try IntegrationRules.check(response: response, of: method)
                let all = integration["integrationResponses"] ?? .object(Document.Fields())
                integration.set("integrationResponses", all.setting([(input.required("statusCode").text, response)]))
                method.set("methodIntegration", integration)
                return response
            }
        },
        "GetIntegrationResponse": { (service, input, call) throws(ServiceError) in
            try service.read(call) {
                try MethodRules.response(try MethodRules.integration(try $0.method(input, call).method), "integrationResponses", input)
            }
        },
        "UpdateIntegrationResponse": { (service, input, call) throws(ServiceError) in
            try service.change(input, call) { method, _ in
                var integration = try MethodRules.integration(method)
                let old = try MethodRules.response(integration, "integrationResponses", input)
                let new = try Patch.apply(input, to: old, PatchRules.integrationResponse)
                try IntegrationRules.check(response: new, of: method)
                let all = integration["integrationResponses"]?.setting([(input.required("statusCode").text, new)])
                integration.set("integrationResponses", all)
                method.set("methodIntegration", integration)
                return new
            }
        },
        "DeleteIntegrationResponse": { (service, input, call) throws(ServiceError) in
            _ = try service.change(input, call) { method, _ in
                var integration = try MethodRules.integration(method)
                _ = try MethodRules.response(integration, "integrationResponses", input)
                let left = integration["integrationResponses"]?.setting([(input.required("statusCode").text, nil)])
                integration.set("integrationResponses", left?.entriesIfAny.isEmpty == true ? nil : left)
                method.set("methodIntegration", integration)
                return .null
            }
            return nil
        },
    ]

    /// Changes a method, and saves it.
    private func change(
        _ input: Document,
        _ call: Call,
        _ body: (inout Document, RecordTable) throws -> Document
    ) throws(ServiceError) -> Document {
        try write(call) { table, _ in
            let (resource, old) = try table.method(input, call)
            var method = old
            let answer = try body(&method, table)
            try table.saveMethod(method, resource, input)
            return answer
        }
    }
}

/// What a method has to be.
enum MethodRules {
    private static let verbs: Set<String> = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY"]

    static func check(_ method: Document, of api: String, _ table: RecordTable) throws {
        guard verbs.contains(method["httpMethod"]?.textIfAny ?? "") else { throw ServiceError.badRequest("Invalid HttpMethod specified.") }
        switch method["authorizationType"]?.textIfAny ?? "" {
        case "NONE", "AWS_IAM": break
        case let kind where ["CUSTOM", "COGNITO_USER_POOLS"].contains(kind): throw ServiceError.notHere("The authorizationType \(kind)")
        case let kind:
            throw ServiceError.badRequest(
                "Invalid authorization type specified: \(kind). Valid values are [NONE, AWS_IAM, CUSTOM, COGNITO_USER_POOLS]"
            )
        }
        for member in ["authorizerId", "authorizationScopes"] where method[member] != nil { throw ServiceError.notHere("\(member) of a method") }
        if let id = method["requestValidatorId"]?.textIfAny, try table.part(Kind.validator, api, id) == nil {
            throw ServiceError.badRequest("Invalid Request Validator identifier specified")
        }
        for parameter in method["requestParameters"]?.entriesIfAny ?? [] {
            let parts = parameter.name.split(separator: ".", maxSplits: 3)
            guard parts.count == 4, parts[0] == "method", parts[1] == "request", ["path", "querystring", "header"].contains(parts[2]) else {
                throw mapping(parameter.name)
            }
        }
        for model in method["requestModels"]?.entriesIfAny ?? [] { try check(model: model.value, api, table) }
    }

    static func check(response: Document, of api: String, _ table: RecordTable) throws {
        for parameter in response["responseParameters"]?.entriesIfAny ?? [] {
            guard parameter.name.hasPrefix("method.response.header."), parameter.name.utf8.count > 23 else { throw mapping(parameter.name) }
        }
        for model in response["responseModels"]?.entriesIfAny ?? [] { try check(model: model.value, api, table) }
    }

    private static func check(model: Document, _ api: String, _ table: RecordTable) throws {
        let name = model.textIfAny ?? ""
        guard try table.part(Kind.model, api, name) != nil else { throw ServiceError.badRequest("Invalid model identifier specified: \(name)") }
    }

    static func mapping(_ name: String) -> ServiceError {
        .badRequest(
            "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: \(name)]"
        )
    }

    static func integration(_ method: Document) throws(ServiceError) -> Document {
        guard let integration = method["methodIntegration"] else { throw .notFound("Invalid Integration identifier specified") }
        return integration
    }

    static func response(_ owner: Document, _ member: String, _ input: Document) throws(ServiceError) -> Document {
        guard let response = owner[member]?[input.required("statusCode").text] else { throw .notFound("Invalid Response status code specified") }
        return response
    }
}
