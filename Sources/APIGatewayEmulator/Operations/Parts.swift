import ServiceKit
import Wire

/// Models, request validators and gateway responses of APIs.
extension APIGatewayService {
    static let parts: [String: Work] = [
        "CreateModel": { (service, input, call) throws(ServiceError) in try service.createModel(input, call) },
        "GetModel": { (service, input, call) throws(ServiceError) in
            if input["flatten"]?.flag == true { throw .notHere("flatten of GetModel") }
            return try service.part(Kind.model, "modelName", input, call)
        },
        "GetModels": { (service, input, call) throws(ServiceError) in try service.partList(Kind.model, input, call) },
        "UpdateModel": { (service, input, call) throws(ServiceError) in
            try service.updatePart(Kind.model, "modelName", input, call, PatchRules.model) { (model) throws(ServiceError) in
                try APIGatewayService.checkModel(model)
            }
        },
        "DeleteModel": { (service, input, call) throws(ServiceError) in
            try service.write(call) { table, _ in
                let (api, name) = (input.required("restApiId").text, input.required("modelName").text)
                _ = try APIGatewayService.find(Kind.model, api, name, table, call)
                for resource in try table.list(Kind.resource, parent: api) {
                    for method in resource.body["resourceMethods"]?.entriesIfAny ?? [] where APIGatewayService.uses(method.value, model: name) {
                        throw ServiceError.conflict("Cannot delete model '\(name)', is referenced in method request: \(method.name)")
                    }
                }
                try table.remove(Kind.model, "\(api)/\(name)")
            }
            return nil
        },
        "CreateRequestValidator": { (service, input, call) throws(ServiceError) in
            try service.write(call) { table, _ in
                let (api, id) = (input.required("restApiId").text, GatewayID.random(6))
                _ = try table.api(api, call)
                let validator = Document.members([
                    ("id", .string(id)), ("name", input["name"]), ("validateRequestBody", input["validateRequestBody"] ?? .boolean(false)),
                    ("validateRequestParameters", input["validateRequestParameters"] ?? .boolean(false)),
                ])
                try table.putPart(Kind.validator, api, id, validator)
                return validator
            }
        },
        "GetRequestValidator": { (service, input, call) throws(ServiceError) in
            try service.part(Kind.validator, "requestValidatorId", input, call)
        },
        "GetRequestValidators": { (service, input, call) throws(ServiceError) in try service.partList(Kind.validator, input, call) },
        "UpdateRequestValidator": { (service, input, call) throws(ServiceError) in
            try service.updatePart(Kind.validator, "requestValidatorId", input, call, PatchRules.validator) { _ in }
        },
        "DeleteRequestValidator": { (service, input, call) throws(ServiceError) in
            try service.write(call) { table, _ in
                let (api, id) = (input.required("restApiId").text, input.required("requestValidatorId").text)
                _ = try APIGatewayService.find(Kind.validator, api, id, table, call)
                try table.remove(Kind.validator, "\(api)/\(id)")
            }
            return nil
        },
        "GetAuthorizers": { (service, input, call) throws(ServiceError) in
            try service.read(call) { table in
                _ = try table.api(input.required("restApiId").text, call)
                return .members([("item", .list([]))])
            }
        },
        "PutGatewayResponse": { (service, input, call) throws(ServiceError) in
            let response = try GatewayResponses.checked(
                .members(
                    [("defaultResponse", .boolean(false)), ("statusCode", input["statusCode"] ?? GatewayResponses.status(input))]
                        + input.only(["responseType", "responseParameters", "responseTemplates"])
                )
            )
            return try service.write(call) { table, _ in
                let api = input.required("restApiId").text
                _ = try table.api(api, call)
                try table.putPart(Kind.gatewayResponse, api, input.required("responseType").text, response)
                return response
            }
        },
        "GetGatewayResponse": { (service, input, call) throws(ServiceError) in
            try service.read(call) { try GatewayResponses.find(input, $0, call) }
        },
        "GetGatewayResponses": { (service, input, call) throws(ServiceError) in
            let page = try Page(input, usual: 500)
            return try service.read(call) { table in
                let api = input.required("restApiId").text
                _ = try table.api(api, call)
                let own = try table.list(Kind.gatewayResponse, parent: api)
                let all = FaultKind.allCases.map { kind in
                    (kind.rawValue, own.first { $0.body["responseType"]?.textIfAny == kind.rawValue }?.body ?? GatewayResponses.usual(kind))
                }
                return page.document(all)
            }
        },
        "UpdateGatewayResponse": { (service, input, call) throws(ServiceError) in
            try service.write(call) { table, _ in
                let old = try GatewayResponses.find(input, table, call)
                let new = try GatewayResponses.checked(try Patch.apply(input, to: old, PatchRules.gatewayResponse))
                let own = new.setting([("defaultResponse", .boolean(false))])
                try table.putPart(Kind.gatewayResponse, input.required("restApiId").text, input.required("responseType").text, own)
                return own
            }
        },
        "DeleteGatewayResponse": { (service, input, call) throws(ServiceError) in
            try service.write(call) { table, _ in
                let (api, type) = (input.required("restApiId").text, input.required("responseType").text)
                _ = try table.api(api, call)
                guard try table.part(Kind.gatewayResponse, api, type) != nil else {
                    throw ServiceError.notFound("Gateway response type not defined on api")
                }
                try table.remove(Kind.gatewayResponse, "\(api)/\(type)")
            }
            return nil
        },
    ]

    private static let words = [
        Kind.model: "Invalid model identifier specified: ", Kind.validator: "Invalid Request Validator identifier specified",
        Kind.deployment: "Invalid Deployment identifier specified", Kind.stage: "Invalid stage identifier specified",
    ]

    static func find(_ kind: String, _ api: String, _ name: String, _ table: RecordTable, _ call: Call) throws -> Document {
        _ = try table.api(api, call)
        guard let body = try table.part(kind, api, name) else {
            throw ServiceError.notFound((words[kind] ?? "Invalid identifier specified") + (kind == Kind.model ? name : ""))
        }
        return body
    }

    func part(_ kind: String, _ member: String, _ input: Document, _ call: Call) throws(ServiceError) -> Document {
        try read(call) { try APIGatewayService.find(kind, input.required("restApiId").text, input.required(member).text, $0, call) }
    }

    func partList(_ kind: String, _ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let page = try Page(input)
        return try read(call) { table in
            let api = input.required("restApiId").text
            _ = try table.api(api, call)
            return page.document(try table.list(kind, parent: api).map { ($0.name, $0.body) })
        }
    }

    func updatePart(
        _ kind: String,
        _ member: String,
        _ input: Document,
        _ call: Call,
        _ rules: [PatchRule],
        check: (Document) throws(ServiceError) -> Void
    ) throws(ServiceError) -> Document {
        try write(call) { table, _ in
            let (api, name) = (input.required("restApiId").text, input.required(member).text)
            let body = try Patch.apply(input, to: try APIGatewayService.find(kind, api, name, table, call), rules)
            try check(body)
            try table.putPart(kind, api, name, body)
            return body
        }
    }

    // MARK: Models

    private func createModel(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = input.required("name").text
        guard !name.isEmpty, name.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }) else {
            throw .badRequest("Model name must be alphanumeric: \(name)")
        }
        let model = Document.members(
            [("id", .string(GatewayID.random(6))), ("schema", input["schema"] ?? .string("{}"))] + input.only(["name", "description", "contentType"])
        )
        try APIGatewayService.checkModel(model)
        return try write(call) { table, _ in
            let api = input.required("restApiId").text
            _ = try table.api(api, call)
            guard try table.part(Kind.model, api, name) == nil else { throw ServiceError.conflict("Model name already exists for this REST API") }
            try table.putPart(Kind.model, api, name, model)
            return model
        }
    }

    /// A schema that is not JSON is refused, and so is what a schema says that is not checked here.
    private static func checkModel(_ model: Document) throws(ServiceError) {
        guard let text = model["schema"]?.textIfAny, model["contentType"]?.textIfAny?.hasSuffix("json") == true else { return }
        guard let schema = try? JSON.parse(text), case .object = schema else {
            throw .badRequest("Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified]")
        }
        do throws(JSONSchema.Fault) {
            _ = try JSONSchema(schema)
        } catch {
            throw .badRequest(
                "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified. \(error.reason)]"
            )
        }
    }

    private static func uses(_ method: Document, model: String) -> Bool {
        (method["requestModels"]?.entriesIfAny ?? []).contains { $0.value.textIfAny == model }
    }
}
