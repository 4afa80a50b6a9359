import ServiceKit
import Wire

/// The body of an API, a description of Swagger 2.0 or OpenAPI 3: what it says is made by the operations that make an API's parts.
struct APIDescription {
    private let body: Document
    private let api: Document
    private let context: ResourceContext

    private typealias Members = [(name: String, value: Document?)]
    private static let prefix = "x-amazon-apigateway-"
    /// What has no effect on answers.
    private static let silent: Set<String> = [
        "swagger", "openapi", "info", "host", "basePath", "schemes", "tags", "servers", "externalDocs", "produces", "consumes", "summary",
        "description", "deprecated",
    ]
    private static let methods: Set<String> = ["get", "put", "post", "delete", "options", "head", "patch"]

    init(_ body: Document, _ api: String, _ context: ResourceContext) {
        (self.body, self.api, self.context) = (body, .string(api), context)
    }

    /// Properties of an API, with what its body says of the API itself where the properties do not.
    static func completed(_ properties: Document) -> Document {
        guard let body = properties["Body"] else { return properties }
        var result = properties
        let said = [
            ("Name", body["info"]?["title"]), ("Description", body["info"]?["description"]),
            ("BinaryMediaTypes", body[prefix + "binary-media-types"]),
            ("ApiKeySourceType", body[prefix + "api-key-source"]), ("MinimumCompressionSize", body[prefix + "minimum-compression-size"]),
            ("Policy", body[prefix + "policy"]),
        ]
        for (name, value) in said where result[name] == nil { result.set(name, value) }
        return result
    }

    private func refusal(_ name: String, _ place: String) -> ServiceError {
        .handler("\(name) of \(place) in the Body of an API is not carried out by personalite.", "InvalidRequest")
    }

    private func check(_ value: Document, _ known: Set<String>, _ place: String) throws(ServiceError) {
        guard let other = value.entriesIfAny.first(where: { !known.contains($0.name) && !Self.silent.contains($0.name) }) else { return }
        throw refusal(other.name, place)
    }

    private func run(_ operation: String, _ members: Members) throws(ServiceError) -> Document {
        try context.run(ResourceType.apiName, operation, [("restApiId", api)] + members)
    }

    // MARK: Making

    private static let known: Set<String> = Set([
        "paths", "definitions", "components", "securityDefinitions", "security", prefix + "binary-media-types", prefix + "gateway-responses",
        prefix + "request-validators", prefix + "request-validator", prefix + "api-key-source", prefix + "minimum-compression-size",
        prefix + "policy",
    ])

    /// - Parameter root: the API's own resource.
    func put(under root: Document?) throws(ServiceError) {
        try check(body, Self.known, "the description")
        try check(body["components"] ?? .null, ["schemas", "securitySchemes"], "components")
        try putModels()
        let validators = try putValidators()
        for response in body[Self.prefix + "gateway-responses"]?.entriesIfAny ?? [] {
            try check(response.value, ["statusCode", "responseParameters", "responseTemplates"], "a gateway response")
            let members: Members = response.value.entriesIfAny.map { ($0.name, $0.value) }
            _ = try run("PutGatewayResponse", [("responseType", .string(response.name))] + members)
        }
        var places: [String: Document] = root.map { ["": $0] } ?? [:]
        for path in body["paths"]?.entriesIfAny ?? [] {
            let id = try place(path.name, &places)
            for field in path.value.entriesIfAny where field.name != "parameters" && !Self.silent.contains(field.name) {
                let isAny = field.name == Self.prefix + "any-method"
                guard isAny || Self.methods.contains(field.name) else { throw refusal(field.name, "path \(path.name)") }
                let method = Method(
                    verb: isAny ? "ANY" : field.name.uppercased(),
                    place: "\(field.name) \(path.name)",
                    given: field.value,
                    parameters: (path.value["parameters"]?.listIfAny ?? []) + (field.value["parameters"]?.listIfAny ?? [])
                )
                try put(method, id, validators)
            }
        }
    }

    /// Of one API: "Amazon API Gateway quotas" (developer guide, 2026).
    private static let mostResources = 300

    /// The resource of a path, made with those above it.
    private func place(_ path: String, _ places: inout [String: Document]) throws(ServiceError) -> Document? {
        var (known, id) = ("", places[""])
        for part in path.split(separator: "/") {
            known += "/\(part)"
            if places[known] == nil {
                guard places.count <= Self.mostResources else { throw refusal("a resource beyond the \(Self.mostResources)th", "paths") }
                places[known] = try run("CreateResource", [("parentId", id), ("pathPart", .string(String(part)))])["id"]
            }
            id = places[known]
        }
        return id
    }

    private struct Method {
        var verb: String
        var place: String
        var given: Document
        var parameters: [Document]
    }

    private func put(_ method: Method, _ id: Document?, _ validators: [String: Document]) throws(ServiceError) {
        let (given, integration) = (method.given, method.given[Self.prefix + "integration"])
        let known: Set<String> = [
            "operationId", "parameters", "requestBody", "responses", "security", Self.prefix + "integration", Self.prefix + "request-validator",
        ]
        try check(given, known, method.place)
        let access = try security(given["security"] ?? body["security"], method.place)
        let asked = try request(method)
        let validator = (given[Self.prefix + "request-validator"] ?? body[Self.prefix + "request-validator"])?.textIfAny
        if let validator, validators[validator] == nil { throw refusal("the validator \(validator), which is not there", method.place) }
        let properties: Members = [
            ("RestApiId", api), ("ResourceId", id), ("HttpMethod", .string(method.verb)), ("OperationName", given["operationId"]),
            ("AuthorizationType", .string(access.type)), ("ApiKeyRequired", access.needsKey ? .boolean(true) : nil),
            ("RequestParameters", asked.parameters), ("RequestModels", asked.models),
            ("RequestValidatorId", validator.flatMap { validators[$0] }), ("MethodResponses", .list(responses(given["responses"]))),
            ("Integration", try integration.map { value throws(ServiceError) in try self.integration(value, method.place) }),
        ]
        try ResourceType.putMethod(.members(properties), context)
    }

    // MARK: Parts of a method

    private func security(_ value: Document?, _ place: String) throws(ServiceError) -> (type: String, needsKey: Bool) {
        let schemes = body["securityDefinitions"] ?? body["components"]?["securitySchemes"] ?? .null
        var (type, needsKey) = ("NONE", false)
        for name in (value?.listIfAny ?? []).flatMap({ $0.entriesIfAny.map(\.name) }) {
            let scheme = schemes[name]
            switch (scheme?[Self.prefix + "authtype"]?.textIfAny, scheme?["type"]?.textIfAny) {
            case ("awsSigv4", _): type = "AWS_IAM"
            case (nil, "apiKey") where scheme?["name"]?.textIfAny == "x-api-key" && scheme?[Self.prefix + "authorizer"] == nil: needsKey = true
            default: throw refusal("the security scheme \(name)", place)
            }
        }
        return (type, needsKey)
    }

    private static func model(_ schema: Document?) -> Document? {
        schema?["$ref"]?.textIfAny.flatMap { $0.split(separator: "/").last }.map { .string(String($0)) }
    }

    private func request(_ method: Method) throws(ServiceError) -> (parameters: Document?, models: Document?) {
        var (parameters, models) = (Members(), Members())
        for parameter in method.parameters {
            let kinds = ["query": "querystring", "header": "header", "path": "path"]
            guard let place = parameter["in"]?.textIfAny, let name = parameter["name"]?.textIfAny else { throw refusal("a parameter", method.place) }
            if let kind = kinds[place] {
                parameters.append(("method.request.\(kind).\(name)", .boolean(parameter["required"] == .boolean(true))))
            } else {
                guard place == "body", let model = Self.model(parameter["schema"]) else { throw refusal("the parameter \(name)", method.place) }
                models.append(("application/json", model))
            }
        }
        for content in method.given["requestBody"]?["content"]?.entriesIfAny ?? [] {
            guard let model = Self.model(content.value["schema"]) else { throw refusal("the body of \(content.name)", method.place) }
            models.append((content.name, model))
        }
        return (parameters.isEmpty ? nil : .members(parameters), models.isEmpty ? nil : .members(models))
    }

    private func responses(_ value: Document?) -> [Document] {
        (value?.entriesIfAny ?? []).filter { $0.name != "default" }.map { response in
            let headers: Members = (response.value["headers"]?.entriesIfAny ?? []).map { ("method.response.header.\($0.name)", .boolean(false)) }
            var models: Members = (response.value["content"]?.entriesIfAny ?? []).map { ($0.name, Self.model($0.value["schema"])) }
            models.append(("application/json", Self.model(response.value["schema"])))
            models = models.filter { $0.value != nil }
            return .members([
                ("StatusCode", .string(response.name)), ("ResponseParameters", headers.isEmpty ? nil : .members(headers)),
                ("ResponseModels", models.isEmpty ? nil : .members(models)),
            ])
        }
    }

    /// An integration in the names of the resource type `AWS::ApiGateway::Method`.
    private func integration(_ value: Document, _ place: String) throws(ServiceError) -> Document {
        let enumerations: Set<String> = ["type", "passthroughBehavior", "contentHandling", "connectionType"]
        var members: Members = []
        for field in value.entriesIfAny where field.name != "responses" {
            let name = field.name == "httpMethod" ? "IntegrationHttpMethod" : field.name.prefix(1).uppercased() + field.name.dropFirst()
            let text = enumerations.contains(field.name) ? field.value.textIfAny?.uppercased() : nil
            members.append((name, text.map { .string($0) } ?? field.value))
        }
        let responses = (value["responses"]?.entriesIfAny ?? []).map { response in
            var given = Document.members(
                response.value.entriesIfAny.map { ($0.name.prefix(1).uppercased() + $0.name.dropFirst(), $0.value) }
            )
            if let text = given["ContentHandling"]?.textIfAny { given.set("ContentHandling", .string(text.uppercased())) }
            if response.name != "default" { given.set("SelectionPattern", .string(response.name)) }
            return given
        }
        if !responses.isEmpty { members.append(("IntegrationResponses", .list(responses))) }
        return .members(members)
    }

    // MARK: Models and validators

    private var schemas: Document { body["definitions"] ?? body["components"]?["schemas"] ?? .null }

    /// Bytes of all models together: each that refers to others has all of them in it.
    private static let longestModels = 4 << 20

    private func putModels() throws(ServiceError) {
        let all = schemas
        let size = JSON.write(all).count
        for schema in all.entriesIfAny {
            var text = JSON.text(schema.value)
            if text.contains("\"$ref\"") {
                guard size * all.entriesIfAny.count <= Self.longestModels else { throw refusal("models that refer to each other", "so many bytes") }
                var whole = schema.value
                whole.set("definitions", all)
                text = JSON.text(whole).replacing("#/components/schemas/", with: "#/definitions/")
            }
            // Every API begins with two, and what is made again may have others.
            try delete("DeleteModel", "modelName", .string(schema.name))
            _ = try run("CreateModel", [("name", .string(schema.name)), ("contentType", .string("application/json")), ("schema", .string(text))])
        }
    }

    private func putValidators() throws(ServiceError) -> [String: Document] {
        var made: [String: Document] = [:]
        for validator in body[Self.prefix + "request-validators"]?.entriesIfAny ?? [] {
            let members: Members = ["validateRequestBody", "validateRequestParameters"].map { ($0, validator.value[$0]) }
            made[validator.name] = try run("CreateRequestValidator", [("name", .string(validator.name))] + members)["id"]
        }
        return made
    }

    // MARK: Removing

    /// Takes away what the description has made.
    /// - Returns: the API's own resource.
    func remove() throws(ServiceError) -> Document? {
        var (root, position): (Document?, Document?) = (nil, nil)
        var children: [Document?] = []
        repeat {
            let page = try run("GetResources", [("limit", .integer(500)), ("position", position)])
            for item in page["item"]?.listIfAny ?? [] where item["parentId"] == nil {
                root = item["id"]
                for method in item["resourceMethods"]?.entriesIfAny ?? [] {
                    try context.run(
                        ResourceType.apiName,
                        "DeleteMethod",
                        [("restApiId", api), ("resourceId", root), ("httpMethod", .string(method.name))],
                        unless: ResourceType.gone
                    )
                }
            }
            children += (page["item"]?.listIfAny ?? []).filter { $0["path"]?.textIfAny?.dropFirst().contains("/") == false }.map { $0["id"] }
            position = page["position"]
        } while position != nil
        for child in children where child != root { try delete("DeleteResource", "resourceId", child) }
        for schema in schemas.entriesIfAny { try delete("DeleteModel", "modelName", .string(schema.name)) }
        for response in body[Self.prefix + "gateway-responses"]?.entriesIfAny ?? [] {
            try delete("DeleteGatewayResponse", "responseType", .string(response.name))
        }
        let names = Set(body[Self.prefix + "request-validators"]?.entriesIfAny.map(\.name) ?? [])
        for validator in try run("GetRequestValidators", [("limit", .integer(500))])["item"]?.listIfAny ?? []
        where names.contains(validator["name"]?.textIfAny ?? "") { try delete("DeleteRequestValidator", "requestValidatorId", validator["id"]) }
        return root
    }

    private func delete(_ operation: String, _ member: String, _ value: Document?) throws(ServiceError) {
        try context.run(ResourceType.apiName, operation, [("restApiId", api), (member, value)], unless: ResourceType.gone)
    }
}
