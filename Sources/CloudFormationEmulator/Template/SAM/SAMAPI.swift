import ServiceKit
import Wire

/// The method of an API that an event of a function asks for.
struct SAMRoute {
    let path: String
    /// As in an API's description: `get`, `x-amazon-apigateway-any-method`.
    let method: String
    let needsKey: Bool?
    private let name: String

    private static let anyMethod = "x-amazon-apigateway-any-method"
    private static let allowed = ["Path", "Method", "RestApiId", "Auth"]

    init(_ function: String, _ event: Document.Fields.Field) throws(ServiceError) {
        let given = event.value["Properties"] ?? .object(Document.Fields())
        for field in given.entriesIfAny where !Self.allowed.contains(field.name) {
            throw SAMFault.event(function, event.name, "Property \(field.name) of an Api event is not carried out by personalite.")
        }
        for field in given["Auth"]?.entriesIfAny ?? [] where field.name != "ApiKeyRequired" {
            throw SAMFault.event(function, event.name, "Property \(field.name) of Auth is not carried out by personalite.")
        }
        guard let path = given["Path"]?.textIfAny else { throw SAMFault.event(function, event.name, "Property 'Path' is required.") }
        guard let method = given["Method"]?.textIfAny else { throw SAMFault.event(function, event.name, "Property 'Method' is required.") }
        self.path = path
        name = method.lowercased()
        self.method = name == "any" ? Self.anyMethod : name
        needsKey = try given["Auth"]?["ApiKeyRequired"].map { value throws(ServiceError) in
            guard let flag = value.samFlag else {
                throw SAMFault.event(
                    function,
                    event.name,
                    "ApiKeyRequired of Auth must be true or false; functions in it are not carried out by personalite."
                )
            }
            return flag
        }
    }

    /// As permissions name them: parameters of a path are any text, and any method is a star.
    var permittedMethod: String { name == "any" ? "*" : name.uppercased() }
    var permittedPath: String {
        var shown = path.split(separator: "/", omittingEmptySubsequences: false).map { $0.hasPrefix("{") && $0.hasSuffix("}") ? "*" : String($0) }
        if shown.first == "" { shown.removeFirst() }
        return "/" + shown.joined(separator: "/")
    }
    var shownMethod: String { name }
}

extension Document {
    /// True or false, also as text; nil for anything else.
    fileprivate var samFlag: Bool? {
        switch self {
        case .boolean(let flag): flag
        case .string("true"): true
        case .string("false"): false
        default: nil
        }
    }
}

/// An API of the Serverless Application Model, or the one that is there when a function's event names none.
struct SAMAPI {
    private let properties: Document
    private let resource: Document
    /// What describes it, with the methods of events as they come.
    private var body: Document
    private let cors: SAMCrossOrigin?
    private let needsKey: Bool
    private let isNewest: Bool

    static let type = "AWS::Serverless::Api"
    private static let allowed = [
        "Name", "StageName", "DefinitionBody", "Variables", "EndpointConfiguration", "MethodSettings", "BinaryMediaTypes", "MinimumCompressionSize",
        "Cors", "Auth", "GatewayResponses", "AccessLogSetting", "TracingEnabled", "OpenApiVersion", "Description", "ApiKeySourceType",
        "DisableExecuteApiEndpoint", "FailOnWarnings", "CacheClusterEnabled", "CacheClusterSize", "Tags", "Mode",
    ]
    private static let refused = [
        "DefinitionUri", "Domain", "CanarySetting", "PropagateTags", "Models", "MergeDefinitions", "AlwaysDeploy", "SecurityPolicy",
        "EndpointAccessMode", "Policy",
    ]

    /// The one without a resource, of the stage `Prod`.
    init(implicit common: Document) throws(ServiceError) {
        var properties = common
        properties.set("StageName", .string("Prod"))
        try self.init("ServerlessRestApi", properties, .object(Document.Fields()))
    }

    init(_ name: String, _ properties: Document, _ resource: Document) throws(ServiceError) {
        (self.properties, self.resource) = (properties, resource)
        if let property = Self.refused.first(where: { properties[$0] != nil }) {
            throw SAMFault.resource(name, "Property \(property) of \(Self.type) is not carried out by personalite.")
        }
        try SAMFault.checkNames(properties, Self.allowed, name, Self.type)
        guard properties["StageName"] != nil else { throw SAMFault.resource(name, "Missing required property 'StageName'.") }
        for field in properties["Auth"]?.entriesIfAny ?? [] where field.name != "ApiKeyRequired" {
            throw SAMFault.resource(name, "Property \(field.name) of Auth is not carried out by personalite.")
        }
        needsKey =
            try properties["Auth"]?["ApiKeyRequired"].map { value throws(ServiceError) in
                guard let flag = value.samFlag else {
                    throw SAMFault.resource(name, "ApiKeyRequired of Auth must be true or false; functions in it are not carried out by personalite.")
                }
                return flag
            } ?? false
        cors = try properties["Cors"].map { value throws(ServiceError) in try SAMCrossOrigin(value, name) }
        isNewest = properties["OpenApiVersion"]?.scalarText?.hasPrefix("3") == true
        if let given = properties["DefinitionBody"] {
            guard case .object = given else { throw SAMFault.resource(name, "Type of property 'DefinitionBody' is invalid.") }
            body = given
        } else {
            let info = Document.members([("version", .string("1.0")), ("title", .members([("Ref", .string("AWS::StackName"))]))])
            body = .members([
                ("info", info), ("paths", .object(Document.Fields())), ("openapi", isNewest ? properties["OpenApiVersion"] : nil),
                ("swagger", isNewest ? nil : .string("2.0")),
            ])
        }
        if needsKey { needKeys() }
    }

    // MARK: Methods

    mutating func add(_ route: SAMRoute, _ function: SAMFunction) throws(ServiceError) {
        guard function.condition == nil else {
            throw .invalid("An event of an API, with a function that has a Condition, is not carried out by personalite.")
        }
        var paths = body["paths"] ?? .object(Document.Fields())
        var path = paths[route.path] ?? .object(Document.Fields())
        if let existing = path[route.method], existing["x-amazon-apigateway-integration"] != nil {
            // A description may have the method already, with this function behind it.
            guard properties["DefinitionBody"] != nil else {
                throw .invalid("API method \"\(route.shownMethod)\" defined multiple times for path \"\(route.path)\".")
            }
            return
        }
        let arn = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${\(function.targetARN)}/invocations"
        let integration: Document = .members([
            ("httpMethod", .string("POST")), ("type", .string("aws_proxy")), ("uri", .members([("Fn::Sub", .string(arn))])),
        ])
        var method = path[route.method] ?? .object(Document.Fields())
        method.set("x-amazon-apigateway-integration", integration)
        if method["responses"] == nil { method.set("responses", .object(Document.Fields())) }
        if route.needsKey ?? needsKey {
            method.set("security", .list([.members([("api_key", .list([]))])]))
            needKeys()
        }
        path.set(route.method, method)
        paths.set(route.path, path)
        body.set("paths", paths)
    }

    private mutating func needKeys() {
        let scheme: Document = .members([("type", .string("apiKey")), ("name", .string("x-api-key")), ("in", .string("header"))])
        guard body["openapi"] != nil else {
            var schemes = body["securityDefinitions"] ?? .object(Document.Fields())
            schemes.set("api_key", scheme)
            return body.set("securityDefinitions", schemes)
        }
        var components = body["components"] ?? .object(Document.Fields())
        var schemes = components["securitySchemes"] ?? .object(Document.Fields())
        schemes.set("api_key", scheme)
        components.set("securitySchemes", schemes)
        body.set("components", components)
    }

    // MARK: What it becomes

    private static func isPlain(_ text: String) -> Bool { !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) } }

    /// What names of permissions end with.
    var stageSuffix: String {
        guard let stage = properties["StageName"]?.textIfAny else { return "Stage" }
        return Self.isPlain(stage) ? stage : SAMCode.digest(.string(stage))
    }

    private func stageID(_ name: String) -> String {
        guard let stage = properties["StageName"]?.textIfAny else { return "\(name)Stage" }
        return Self.isPlain(stage) ? "\(name)\(stage)Stage" : "\(name)Stage\(SAMCode.digest(.string(stage)))"
    }

    func resources(_ name: String, _ aliases: inout [String: String]) throws(ServiceError) -> [(name: String, value: Document)] {
        var body = body
        cors?.add(to: &body, needsKey: needsKey)
        if let responses = properties["GatewayResponses"] { body.set("x-amazon-apigateway-gateway-responses", Self.lowered(responses)) }
        let digest = SHA256Hex.text(of: JSON.write(body)).prefix(40)
        let deployment = "\(name)Deployment\(digest.prefix(10))"
        let stage = stageID(name)
        (aliases["\(name).Stage"], aliases["\(name).Deployment"]) = (stage, deployment)
        let condition: SAMTransform.Members = [("Condition", resource["Condition"])]
        let api: (name: String, value: Document?) = ("RestApiId", .members([("Ref", .string(name))]))
        let tags = (properties["Tags"]?.entriesIfAny).map { tags in
            Document.list(tags.map { .members([("Key", .string($0.name)), ("Value", $0.value)]) })
        }
        var apiMembers: SAMTransform.Members = [
            ("Body", body), ("BinaryMediaTypes", properties["BinaryMediaTypes"].map { Self.mediaTypes($0) }),
            ("EndpointConfiguration", properties["EndpointConfiguration"].map { Self.endpoint($0) }), ("Tags", tags),
        ]
        apiMembers += SAMTransform.attributes(
            properties,
            ["Name", "Description", "MinimumCompressionSize", "ApiKeySourceType", "DisableExecuteApiEndpoint", "FailOnWarnings", "Mode"]
        )
        var stageMembers: SAMTransform.Members = [("DeploymentId", .members([("Ref", .string(deployment))])), api, ("Tags", tags)]
        stageMembers += SAMTransform.attributes(
            properties,
            ["StageName", "Variables", "MethodSettings", "AccessLogSetting", "TracingEnabled", "CacheClusterEnabled", "CacheClusterSize"]
        )
        let own = condition + SAMTransform.attributes(resource, ["DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "Metadata"])
        return [
            (name, SAMTransform.resource("AWS::ApiGateway::RestApi", own, apiMembers)),
            (
                deployment,
                SAMTransform.resource(
                    "AWS::ApiGateway::Deployment",
                    condition,
                    [("Description", .string("RestApi deployment id: \(digest)")), api, ("StageName", isNewest ? nil : .string("Stage"))]
                )
            ),
            (stage, SAMTransform.resource("AWS::ApiGateway::Stage", condition, stageMembers)),
        ]
    }

    /// `image~1png` is written for `image/png`.
    private static func mediaTypes(_ value: Document) -> Document {
        guard case .list(let items) = value else { return value }
        return .list(items.map { $0.textIfAny.map { .string($0.replacing("~1", with: "/")) } ?? $0 })
    }

    private static func endpoint(_ value: Document) -> Document {
        guard case .object = value, !SAMGlobals.isFunction(value) else { return .members([("Types", .list([value]))]) }
        return .members([("Types", value["Type"].map { .list([$0]) }), ("VpcEndpointIds", value["VPCEndpointIds"])])
    }

    /// Gateway responses, in the names of an API's description.
    private static func lowered(_ responses: Document) -> Document {
        .members(
            responses.entriesIfAny.map { response in
                let given = response.value
                var parameters: [(name: String, value: Document?)] = []
                for (member, place) in [("Headers", "header"), ("Paths", "path"), ("QueryStrings", "querystring")] {
                    for field in given["ResponseParameters"]?[member]?.entriesIfAny ?? [] {
                        parameters.append(("gatewayresponse.\(place).\(field.name)", field.value))
                    }
                }
                return (
                    response.name,
                    .members([
                        ("statusCode", given["StatusCode"]), ("responseParameters", .members(parameters)),
                        ("responseTemplates", given["ResponseTemplates"]),
                    ])
                )
            }
        )
    }
}

/// Who of other origins may ask an API, told by an OPTIONS method of each path.
struct SAMCrossOrigin {
    private let settings: Document

    init(_ value: Document, _ api: String) throws(ServiceError) {
        if value.textIfAny != nil || SAMGlobals.isFunction(value) {
            settings = .members([("AllowOrigin", value)])
            return
        }
        guard case .object = value else { throw SAMFault.resource(api, "Invalid value for 'Cors' property.") }
        let allowed = ["AllowOrigin", "AllowMethods", "AllowHeaders", "AllowCredentials", "MaxAge"]
        guard value["AllowOrigin"] != nil, value.entriesIfAny.allSatisfy({ allowed.contains($0.name) }) else {
            throw SAMFault.resource(api, "Invalid value for 'Cors' property.")
        }
        settings = value
    }

    /// - Parameter needsKey: that every method of the API takes a key, which these are not exempt from.
    func add(to body: inout Document, needsKey: Bool) {
        var paths = body["paths"] ?? .object(Document.Fields())
        for path in paths.entriesIfAny where path.value["options"] == nil {
            var changed = path.value
            var options = self.method(path.value)
            if needsKey { options.set("security", .list([.members([("api_key", .list([]))])])) }
            changed.set("options", options)
            paths.set(path.name, changed)
        }
        body.set("paths", paths)
    }

    private func method(_ path: Document) -> Document {
        let prefix = "method.response.header.Access-Control-Allow-"
        var headers: [(name: String, value: Document?)] = [
            (prefix + "Origin", settings["AllowOrigin"]), (prefix + "Methods", settings["AllowMethods"] ?? .string(Self.methods(path))),
            (prefix + "Headers", settings["AllowHeaders"]), ("method.response.header.Access-Control-Max-Age", settings["MaxAge"]),
        ]
        if settings["AllowCredentials"] == .boolean(true) { headers.append((prefix + "Credentials", .string("'true'"))) }
        headers = headers.filter { $0.value != nil }
        let declared = headers.map { header in
            (
                name: String(header.name.dropFirst("method.response.header.".count)),
                value: Document.members([("type", .string("string"))]) as Document?
            )
        }
        let response: Document = .members([
            ("statusCode", .string("200")), ("responseTemplates", .members([("application/json", .string("{}\n"))])),
            ("responseParameters", .members(headers)),
        ])
        let integration: Document = .members([
            ("type", .string("mock")), ("requestTemplates", .members([("application/json", .string("{\n  \"statusCode\" : 200\n}\n"))])),
            ("responses", .members([("default", response)])),
        ])
        return .members([
            ("summary", .string("CORS support")), ("consumes", .list([.string("application/json")])),
            ("produces", .list([.string("application/json")])), ("x-amazon-apigateway-integration", integration),
            (
                "responses",
                .members([
                    ("200", .members([("description", .string("Default response for CORS method")), ("headers", .members(declared))]))
                ])
            ),
        ])
    }

    private static func methods(_ path: Document) -> String {
        var names = Set(path.entriesIfAny.map { $0.name.uppercased() }.filter { ["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH"].contains($0) })
        if path["x-amazon-apigateway-any-method"] != nil { names = ["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH"] }
        return "'\(names.union(["OPTIONS"]).sorted().joined(separator: ","))'"
    }
}
