import ServiceKit
import Wire

extension ResourceType {
    static let restAPI = ResourceType(
        name: "AWS::ApiGateway::RestApi",
        service: "ApiGateway",
        carried: [
            "Name", "Description", "ApiKeySourceType", "BinaryMediaTypes", "Body", "DisableExecuteApiEndpoint", "EndpointConfiguration", "Tags",
        ],
        lists: ["BinaryMediaTypes", "Tags"],
        maps: ["Body", "EndpointConfiguration"],
        // What a body has that is not carried out is refused, with FailOnWarnings or without.
        recorded: ["MinimumCompressionSize", "Policy", "FailOnWarnings", "Parameters"],
        refused: ["BodyS3Location", "CloneFrom", "Mode", "EndpointAccessMode", "SecurityPolicy"],
        attributes: ["RootResourceId", "RestApiId"],
        create: { (properties, context) throws(ServiceError) in
            let tags = context.tags(properties)
            let properties = APIDescription.completed(properties)
            let made = try context.run(
                apiName,
                "CreateRestApi",
                [
                    ("name", properties["Name"]), ("description", properties["Description"]), ("apiKeySource", properties["ApiKeySourceType"]),
                    ("binaryMediaTypes", properties["BinaryMediaTypes"]), ("disableExecuteApiEndpoint", properties["DisableExecuteApiEndpoint"]),
                    ("endpointConfiguration", properties["EndpointConfiguration"]),
                    ("minimumCompressionSize", properties["MinimumCompressionSize"]), ("policy", properties["Policy"]),
                    ("tags", tags.isEmpty ? nil : tagMap(tags)),
                ]
            )
            let id = made["id"]?.textIfAny ?? ""
            context.note(id)
            if let body = properties["Body"] { try APIDescription(body, id, context).put(under: made["rootResourceId"]) }
            return Made(id: id, attributes: .members([("RootResourceId", made["rootResourceId"]), ("RestApiId", made["id"])]))
        },
        update: { (id, given, wanted, context) throws(ServiceError) in
            let (old, new) = (APIDescription.completed(given), APIDescription.completed(wanted))
            let types = { (properties: Document) -> [Document] in
                (properties["BinaryMediaTypes"]?.listIfAny ?? []).filter { $0.scalarText != nil }
            }
            let item = { (op: String, type: Document) -> Document in
                .members([("op", .string(op)), ("path", .string("/binaryMediaTypes/\(escaped(type.scalarText ?? ""))"))])
            }
            let endpoint = { (properties: Document) -> Document? in properties["EndpointConfiguration"]?["Types"]?.listIfAny.first }
            let oldEndpoint = endpoint(old)?.scalarText ?? "EDGE"
            let policy = { (properties: Document) -> Document? in
                properties["Policy"].map { $0.scalarText == nil ? .string(JSON.text($0)) : $0 }
            }
            try change(
                "UpdateRestApi",
                [("restApiId", .string(id))],
                [
                    patch("/name", old["Name"], new["Name"]), patch("/description", old["Description"], new["Description"]),
                    patch("/apiKeySource", old["ApiKeySourceType"], new["ApiKeySourceType"], usual: "HEADER"),
                    patch("/disableExecuteApiEndpoint", old["DisableExecuteApiEndpoint"], new["DisableExecuteApiEndpoint"], usual: "false"),
                    patch("/minimumCompressionSize", old["MinimumCompressionSize"], new["MinimumCompressionSize"]),
                    patch("/policy", policy(old), policy(new)),
                    patch("/endpointConfiguration/types/\(oldEndpoint)", .string(oldEndpoint), endpoint(new) ?? .string("EDGE")),
                ] + types(old).filter { !types(new).contains($0) }.map { item("remove", $0) }
                    + types(new).filter { !types(old).contains($0) }.map { item("add", $0) },
                context
            )
            try setAPITags("/restapis/\(id)", old, new, context)
            if old["Body"] != new["Body"] {
                // What is not deployed is served by nobody.
                let root = try APIDescription(old["Body"] ?? .null, id, context).remove()
                if let body = new["Body"] { try APIDescription(body, id, context).put(under: root) }
            }
            return nil
        },
        delete: { (id, _, context) throws(ServiceError) in
            try context.run(apiName, "DeleteRestApi", [("restApiId", .string(id))], unless: gone)
        }
    )
}
