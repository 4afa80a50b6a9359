import ServiceKit
import Wire

/// REST APIs and what they are made of.
extension ResourceType {
    static let apiGateway: [ResourceType] = [
        restAPI, apiResource, apiMethod, apiModel, requestValidator, apiDeployment, apiStage, gatewayResponse, apiKey, usagePlan, usagePlanKey,
        apiAccount,
    ]

    static let apiName = "apigateway"
    static let gone: Set<String> = ["NotFoundException"]

    /// One patch operation; nil where a property stays as it was.
    static func patch(_ path: String, _ old: Document?, _ new: Document?, usual: String? = nil) -> Document? {
        guard old != new else { return nil }
        guard let text = new?.scalarText ?? usual else { return .members([("op", .string("remove")), ("path", .string(path))]) }
        return .members([("op", .string("replace")), ("path", .string(path)), ("value", .string(text))])
    }

    static func change(
        _ operation: String,
        _ ids: [(name: String, value: Document?)],
        _ patches: [Document?],
        _ context: ResourceContext
    ) throws(ServiceError) {
        let patches = patches.compactMap { $0 }
        guard !patches.isEmpty else { return }
        try context.run(apiName, operation, ids + [("patchOperations", .list(patches))])
    }

    /// A segment of a patch path.
    static func escaped(_ text: String) -> String { text.replacing("~", with: "~0").replacing("/", with: "~1") }

    /// Patches that bring a map of texts from one state to another.
    static func patches(_ path: String, _ old: Document?, _ new: Document?) -> [Document?] {
        let kept = Set((new?.entriesIfAny ?? []).map(\.name))
        let gone = (old?.entriesIfAny ?? []).filter { !kept.contains($0.name) }
        return gone.map { patch("\(path)/\(escaped($0.name))", $0.value, nil) }
            + (new?.entriesIfAny ?? []).map { patch("\(path)/\(escaped($0.name))", old?[$0.name], $0.value) }
    }

    static func setAPITags(_ path: String, _ old: Document, _ new: Document, _ context: ResourceContext) throws(ServiceError) {
        let arn = Document.string("arn:\(context.partition):apigateway:\(context.place.region)::\(path)")
        let tags = context.tags(new)
        let kept = Set(tags.compactMap { $0["Key"]?.scalarText })
        let gone = (old["Tags"]?.listIfAny ?? []).compactMap { $0["Key"]?.scalarText }.filter { !kept.contains($0) }
        if !gone.isEmpty { try context.run(apiName, "UntagResource", [("resourceArn", arn), ("tagKeys", .list(gone.map { .string($0) }))]) }
        if !tags.isEmpty { try context.run(apiName, "TagResource", [("resourceArn", arn), ("tags", tagMap(tags))]) }
    }

    private static let apiResource = ResourceType(
        name: "AWS::ApiGateway::Resource",
        service: "ApiGateway",
        required: ["ParentId", "PathPart", "RestApiId"],
        carried: ["ParentId", "PathPart", "RestApiId"],
        createOnly: ["ParentId", "PathPart", "RestApiId"],
        attributes: ["ResourceId"],
        create: { (properties, context) throws(ServiceError) in
            let input = ["RestApiId", "ParentId", "PathPart"].map { (name: $0, value: properties[$0]) }
            let id = try context.run(apiName, "CreateResource", input)["id"]
            return Made(id: id?.textIfAny ?? "", attributes: .members([("ResourceId", id)]))
        },
        update: { (_, _, _, _) throws(ServiceError) in nil },
        delete: { (id, properties, context) throws(ServiceError) in
            try context.run(apiName, "DeleteResource", [("restApiId", properties["RestApiId"]), ("resourceId", .string(id))], unless: gone)
        },
        find: { (properties, context) throws(ServiceError) in
            let all = try context.run(apiName, "GetResources", [("restApiId", properties["RestApiId"]), ("limit", .integer(500))])
            let found = (all["item"]?.listIfAny ?? []).first {
                $0["parentId"] == properties["ParentId"] && $0["pathPart"] == properties["PathPart"]
            }
            return found?["id"]?.textIfAny
        },
        complete: { (id, _, _) throws(ServiceError) in Made(id: id, attributes: .members([("ResourceId", .string(id))])) }
    )

    private static let apiModel = ResourceType(
        name: "AWS::ApiGateway::Model",
        service: "ApiGateway",
        required: ["RestApiId"],
        carried: ["RestApiId", "Name", "Description", "ContentType", "Schema"],
        documents: ["Schema"],
        createOnly: ["RestApiId", "Name", "ContentType"],
        create: { (properties, context) throws(ServiceError) in
            let usual = String(context.physicalName.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }.prefix(128))
            let name = properties["Name"]?.scalarText ?? usual
            try context.run(
                apiName,
                "CreateModel",
                [
                    ("restApiId", properties["RestApiId"]), ("name", .string(name)), ("description", properties["Description"]),
                    ("contentType", properties["ContentType"] ?? .string("application/json")), ("schema", properties["Schema"]),
                ]
            )
            return Made(id: name)
        },
        update: { (id, old, new, context) throws(ServiceError) in
            let schema = { (properties: Document) -> Document? in
                properties["Schema"].map { $0.scalarText == nil ? .string(JSON.text($0)) : $0 }
            }
            try change(
                "UpdateModel",
                [("restApiId", new["RestApiId"]), ("modelName", .string(id))],
                [patch("/description", old["Description"], new["Description"]), patch("/schema", schema(old), schema(new), usual: "{}")],
                context
            )
            return nil
        },
        delete: { (id, properties, context) throws(ServiceError) in
            try context.run(apiName, "DeleteModel", [("restApiId", properties["RestApiId"]), ("modelName", .string(id))], unless: gone)
        }
    )

    private static let requestValidator = ResourceType(
        name: "AWS::ApiGateway::RequestValidator",
        service: "ApiGateway",
        required: ["RestApiId"],
        carried: ["RestApiId", "Name", "ValidateRequestBody", "ValidateRequestParameters"],
        createOnly: ["RestApiId", "Name"],
        attributes: ["RequestValidatorId"],
        create: { (properties, context) throws(ServiceError) in
            let names = ["RestApiId", "Name", "ValidateRequestBody", "ValidateRequestParameters"]
            let id = try context.run(apiName, "CreateRequestValidator", names.map { ($0, properties[$0]) })["id"]
            return Made(id: id?.textIfAny ?? "", attributes: .members([("RequestValidatorId", id)]))
        },
        update: { (id, old, new, context) throws(ServiceError) in
            try change(
                "UpdateRequestValidator",
                [("restApiId", new["RestApiId"]), ("requestValidatorId", .string(id))],
                ["ValidateRequestBody", "ValidateRequestParameters"].map { name in
                    patch("/" + name.prefix(1).lowercased() + name.dropFirst(), old[name], new[name], usual: "false")
                },
                context
            )
            return nil
        },
        delete: { (id, properties, context) throws(ServiceError) in
            try context.run(
                apiName,
                "DeleteRequestValidator",
                [("restApiId", properties["RestApiId"]), ("requestValidatorId", .string(id))],
                unless: gone
            )
        }
    )

    private static let gatewayResponse = ResourceType(
        name: "AWS::ApiGateway::GatewayResponse",
        service: "ApiGateway",
        required: ["ResponseType", "RestApiId"],
        carried: ["ResponseType", "RestApiId", "StatusCode", "ResponseParameters", "ResponseTemplates"],
        maps: ["ResponseParameters", "ResponseTemplates"],
        createOnly: ["ResponseType", "RestApiId"],
        attributes: ["Id"],
        create: { (properties, context) throws(ServiceError) in
            try putGatewayResponse(properties, context)
            let id = "\(properties["RestApiId"]?.scalarText ?? ""):\(properties["ResponseType"]?.scalarText ?? "")"
            return Made(id: id, attributes: .members([("Id", .string(id))]))
        },
        update: { (_, _, new, context) throws(ServiceError) in
            try putGatewayResponse(new, context)
            return nil
        },
        delete: { (_, properties, context) throws(ServiceError) in
            let input = ["RestApiId", "ResponseType"].map { (name: $0, value: properties[$0]) }
            try context.run(apiName, "DeleteGatewayResponse", input, unless: gone)
        }
    )

    private static func putGatewayResponse(_ properties: Document, _ context: ResourceContext) throws(ServiceError) {
        let names = ["RestApiId", "ResponseType", "StatusCode", "ResponseParameters", "ResponseTemplates"]
        try context.run(apiName, "PutGatewayResponse", names.map { ($0, properties[$0]) })
    }
}
