import ServiceKit
import Wire

extension ResourceType {
    static let apiMethod = ResourceType(
        name: "AWS::ApiGateway::Method",
        service: "ApiGateway",
        required: ["HttpMethod", "ResourceId", "RestApiId"],
        carried: [
            "HttpMethod", "ResourceId", "RestApiId", "ApiKeyRequired", "AuthorizationType", "Integration", "MethodResponses", "OperationName",
            "RequestModels", "RequestParameters", "RequestValidatorId",
        ],
        lists: ["MethodResponses"],
        maps: ["Integration", "RequestModels", "RequestParameters"],
        refused: ["AuthorizerId", "AuthorizationScopes"],
        createOnly: ["HttpMethod", "ResourceId", "RestApiId"],
        create: { (properties, context) throws(ServiceError) in
            try putMethod(properties, context)
            return Made(id: ["RestApiId", "ResourceId", "HttpMethod"].map { properties[$0]?.scalarText ?? "" }.joined(separator: "|"))
        },
        update: { (_, _, new, context) throws(ServiceError) in
            // What is not deployed is served by nobody.
            try context.run(apiName, "DeleteMethod", methodIDs(new), unless: gone)
            try putMethod(new, context)
            return nil
        },
        delete: { (_, properties, context) throws(ServiceError) in
            try context.run(apiName, "DeleteMethod", methodIDs(properties), unless: gone)
        }
    )

    private static func methodIDs(_ properties: Document) -> [(name: String, value: Document?)] {
        ["RestApiId", "ResourceId", "HttpMethod"].map { ($0, properties[$0]) }
    }

    private static let integrationMembers = [
        "Type", "Uri", "IntegrationHttpMethod", "Credentials", "RequestParameters", "RequestTemplates", "PassthroughBehavior", "TimeoutInMillis",
        "ContentHandling", "CacheNamespace", "CacheKeyParameters", "ConnectionType", "ConnectionId", "ResponseTransferMode", "IntegrationTarget",
    ]
    private static let methodMembers = ["ApiKeyRequired", "OperationName", "RequestModels", "RequestParameters", "RequestValidatorId"]

    /// Every member that the operations take; others are refused, for nothing would be done about them.
    static func putMethod(_ properties: Document, _ context: ResourceContext) throws(ServiceError) {
        let ids = methodIDs(properties)
        let type: (name: String, value: Document?) = ("AuthorizationType", properties["AuthorizationType"] ?? .string("NONE"))
        try context.run(apiName, "PutMethod", ids + [type] + methodMembers.map { ($0, properties[$0]) })
        let responses = properties["MethodResponses"]?.listIfAny ?? []
        for response in responses {
            try refuseOthers(response, ["StatusCode", "ResponseModels", "ResponseParameters"], "MethodResponses")
            try context.run(apiName, "PutMethodResponse", ids + response.entriesIfAny.map { ($0.name, $0.value) })
        }
        guard let integration = properties["Integration"] else { return }
        try refuseOthers(integration, integrationMembers + ["IntegrationResponses"], "Integration")
        try context.run(apiName, "PutIntegration", ids + integrationMembers.map { ($0, integration[$0]) })
        for response in integration["IntegrationResponses"]?.listIfAny ?? [] {
            let members = ["StatusCode", "SelectionPattern", "ResponseParameters", "ResponseTemplates", "ContentHandling"]
            try refuseOthers(response, members, "IntegrationResponses")
            try context.run(apiName, "PutIntegrationResponse", ids + members.map { ($0, response[$0]) })
        }
    }

    private static func refuseOthers(_ document: Document, _ members: [String], _ owner: String) throws(ServiceError) {
        guard let other = document.entriesIfAny.first(where: { !members.contains($0.name) }) else { return }
        throw .handler("Property \(other.name) of \(owner) is not carried out by personalite.", "InvalidRequest")
    }
}
