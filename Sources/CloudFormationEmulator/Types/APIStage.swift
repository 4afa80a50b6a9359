import ServiceKit
import Wire

/// Deployments, and the stages that serve them.
extension ResourceType {
    static let apiDeployment = ResourceType(
        name: "AWS::ApiGateway::Deployment",
        service: "ApiGateway",
        required: ["RestApiId"],
        carried: ["RestApiId", "Description", "StageName", "StageDescription"],
        maps: ["StageDescription"],
        refused: ["DeploymentCanarySettings"],
        createOnly: ["RestApiId", "StageName", "StageDescription"],
        attributes: ["DeploymentId"],
        create: { (properties, context) throws(ServiceError) in
            let stage = properties["StageDescription"]
            for field in stage?.entriesIfAny ?? [] where !["Description", "Variables", "TracingEnabled"].contains(field.name) {
                throw .handler("Property \(field.name) of StageDescription is not carried out by personalite.", "InvalidRequest")
            }
            let made = try context.run(
                apiName,
                "CreateDeployment",
                [
                    ("restApiId", properties["RestApiId"]), ("description", properties["Description"]), ("stageName", properties["StageName"]),
                    ("stageDescription", stage?["Description"]), ("variables", stage?["Variables"]), ("tracingEnabled", stage?["TracingEnabled"]),
                ]
            )
            return Made(id: made["id"]?.textIfAny ?? "", attributes: .members([("DeploymentId", made["id"])]))
        },
        update: { (id, old, new, context) throws(ServiceError) in
            try change(
                "UpdateDeployment",
                [("restApiId", new["RestApiId"]), ("deploymentId", .string(id))],
                [patch("/description", old["Description"], new["Description"])],
                context
            )
            return nil
        },
        delete: { (id, properties, context) throws(ServiceError) in
            let api: (name: String, value: Document?) = ("restApiId", properties["RestApiId"])
            if let name = properties["StageName"] {
                // The stage that it made goes with it, unless a later deployment has it.
                let stages: Document
                do throws(ServiceError) {
                    stages = try context.run(apiName, "GetStages", [api, ("deploymentId", .string(id))])
                } catch  where gone.contains(error.code) {
                    return
                }
                if (stages["item"]?.listIfAny ?? []).contains(where: { $0["stageName"] == name }) {
                    try context.run(apiName, "DeleteStage", [api, ("stageName", name)], unless: gone)
                }
            }
            try context.run(apiName, "DeleteDeployment", [api, ("deploymentId", .string(id))], unless: gone)
        }
    )

    static let apiStage = ResourceType(
        name: "AWS::ApiGateway::Stage",
        service: "ApiGateway",
        required: ["RestApiId"],
        carried: ["RestApiId", "StageName", "DeploymentId", "Description", "Variables", "Tags", "AccessLogSetting"],
        lists: ["Tags"],
        maps: ["Variables", "AccessLogSetting"],
        recorded: ["TracingEnabled", "MethodSettings", "CacheClusterEnabled", "CacheClusterSize", "DocumentationVersion"],
        refused: ["CanarySetting", "ClientCertificateId"],
        createOnly: ["RestApiId", "StageName"],
        create: { (properties, context) throws(ServiceError) in
            let name = properties["StageName"]?.scalarText ?? "default"
            let tags = context.tags(properties)
            let members = [
                "RestApiId", "DeploymentId", "Description", "Variables", "TracingEnabled", "CacheClusterEnabled", "CacheClusterSize",
                "DocumentationVersion",
            ]
            try context.run(
                apiName,
                "CreateStage",
                [("stageName", .string(name)), ("tags", tags.isEmpty ? nil : tagMap(tags))] + members.map { ($0, properties[$0]) }
            )
            context.note(name)
            try setStage(name, .object(Document.Fields()), properties, [], context)
            return Made(id: name)
        },
        update: { (id, old, new, context) throws(ServiceError) in
            let patches: [Document?] =
                [
                    patch("/deploymentId", old["DeploymentId"], new["DeploymentId"]), patch("/description", old["Description"], new["Description"]),
                    patch("/tracingEnabled", old["TracingEnabled"], new["TracingEnabled"], usual: "false"),
                    patch("/cacheClusterEnabled", old["CacheClusterEnabled"], new["CacheClusterEnabled"], usual: "false"),
                    patch("/cacheClusterSize", old["CacheClusterSize"], new["CacheClusterSize"], usual: "0.5"),
                    patch("/documentationVersion", old["DocumentationVersion"], new["DocumentationVersion"]),
                ] + Self.patches("/variables", old["Variables"], new["Variables"])
            try setStage(id, old, new, patches, context)
            try setAPITags("/restapis/\(new["RestApiId"]?.scalarText ?? "")/stages/\(id)", old, new, context)
            return nil
        },
        delete: { (id, properties, context) throws(ServiceError) in
            try context.run(apiName, "DeleteStage", [("restApiId", properties["RestApiId"]), ("stageName", .string(id))], unless: gone)
        }
    )

    private static let settings = [
        "MetricsEnabled": "metrics/enabled", "LoggingLevel": "logging/loglevel", "DataTraceEnabled": "logging/dataTrace",
        "ThrottlingBurstLimit": "throttling/burstLimit", "ThrottlingRateLimit": "throttling/rateLimit", "CachingEnabled": "caching/enabled",
        "CacheTtlInSeconds": "caching/ttlInSeconds", "CacheDataEncrypted": "caching/dataEncrypted",
    ]

    /// By path, as patches name them.
    private static func settings(_ properties: Document) throws(ServiceError) -> Document {
        var all = Document.Fields()
        for setting in properties["MethodSettings"]?.listIfAny ?? [] {
            let path = escaped(setting["ResourcePath"]?.scalarText ?? "/*")
            let prefix = "/\(path == "~1*" ? "*" : path)/\(setting["HttpMethod"]?.scalarText ?? "*")/"
            for field in setting.entriesIfAny where !["ResourcePath", "HttpMethod"].contains(field.name) {
                guard let name = settings[field.name] else {
                    throw .handler("Property \(field.name) of MethodSettings is not carried out by personalite.", "InvalidRequest")
                }
                all.append(prefix + name, field.value)
            }
        }
        return .object(all)
    }

    private static func setStage(
        _ name: String,
        _ old: Document,
        _ new: Document,
        _ patches: [Document?],
        _ context: ResourceContext
    ) throws(ServiceError) {
        let (before, after) = (try settings(old), try settings(new))
        let names = Set((before.entriesIfAny + after.entriesIfAny).map(\.name)).sorted()
        let logs = [("DestinationArn", "destinationArn"), ("Format", "format")].map { member, path in
            patch("/accessLogSettings/\(path)", old["AccessLogSetting"]?[member], new["AccessLogSetting"]?[member])
        }
        try change(
            "UpdateStage",
            [("restApiId", new["RestApiId"]), ("stageName", .string(name))],
            patches + logs + names.map { patch($0, before[$0], after[$0]) },
            context
        )
    }
}
