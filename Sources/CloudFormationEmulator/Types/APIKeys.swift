import ServiceKit
import Wire

/// Keys, usage plans, and the account's settings.
extension ResourceType {
    static let apiKey = ResourceType(
        name: "AWS::ApiGateway::ApiKey",
        service: "ApiGateway",
        carried: ["Name", "Description", "Enabled", "Value", "CustomerId", "GenerateDistinctId", "Tags"],
        lists: ["Tags"],
        refused: ["StageKeys"],
        createOnly: ["Name", "Value", "GenerateDistinctId"],
        attributes: ["APIKeyId"],
        create: { (properties, context) throws(ServiceError) in
            let tags = context.tags(properties)
            let members = ["Description", "Enabled", "Value", "CustomerId", "GenerateDistinctId"]
            let made = try context.run(
                apiName,
                "CreateApiKey",
                [("name", properties["Name"] ?? .string(context.physicalName)), ("tags", tags.isEmpty ? nil : tagMap(tags))]
                    + members.map { ($0, properties[$0]) }
            )
            return Made(id: made["id"]?.textIfAny ?? "", attributes: .members([("APIKeyId", made["id"])]))
        },
        update: { (id, old, new, context) throws(ServiceError) in
            try change(
                "UpdateApiKey",
                [("apiKey", .string(id))],
                [
                    patch("/description", old["Description"], new["Description"]), patch("/enabled", old["Enabled"], new["Enabled"], usual: "false"),
                    patch("/customerId", old["CustomerId"], new["CustomerId"]),
                ],
                context
            )
            try setAPITags("/apikeys/\(id)", old, new, context)
            return nil
        },
        delete: { (id, _, context) throws(ServiceError) in try context.run(apiName, "DeleteApiKey", [("apiKey", .string(id))], unless: gone) }
    )

    static let usagePlan = ResourceType(
        name: "AWS::ApiGateway::UsagePlan",
        service: "ApiGateway",
        carried: ["ApiStages", "Description", "UsagePlanName", "Tags"],
        lists: ["ApiStages", "Tags"],
        recorded: ["Quota", "Throttle"],
        attributes: ["Id"],
        create: { (properties, context) throws(ServiceError) in
            let tags = context.tags(properties)
            let made = try context.run(
                apiName,
                "CreateUsagePlan",
                [
                    ("name", properties["UsagePlanName"] ?? .string(context.physicalName)), ("tags", tags.isEmpty ? nil : tagMap(tags)),
                ] + ["ApiStages", "Description", "Quota", "Throttle"].map { ($0, properties[$0]) }
            )
            return Made(id: made["id"]?.textIfAny ?? "", attributes: .members([("Id", made["id"])]))
        },
        update: { (id, old, new, context) throws(ServiceError) in
            var patches: [Document?] = [
                patch("/name", old["UsagePlanName"], new["UsagePlanName"], usual: context.physicalName),
                patch("/description", old["Description"], new["Description"]),
            ]
            for (owner, members) in [("throttle", ["rateLimit", "burstLimit"]), ("quota", ["limit", "offset", "period"])] {
                let property = owner.prefix(1).uppercased() + owner.dropFirst()
                guard new[property] != nil else {
                    if old[property] != nil { patches.append(patch("/\(owner)", .null, nil)) }
                    continue
                }
                for member in members {
                    let name = member.prefix(1).uppercased() + member.dropFirst()
                    guard let value = new[property]?[name] else { continue }
                    patches.append(patch("/\(owner)/\(member)", old[property]?[name], value))
                }
            }
            try change("UpdateUsagePlan", [("usagePlanId", .string(id))], patches + stagePatches(old, new), context)
            try setAPITags("/usageplans/\(id)", old, new, context)
            return nil
        },
        delete: { (id, _, context) throws(ServiceError) in
            let plan: (name: String, value: Document?) = ("usagePlanId", .string(id))
            let now: Document
            do throws(ServiceError) {
                now = try context.run(apiName, "GetUsagePlan", [plan])
            } catch  where gone.contains(error.code) {
                return
            }
            let patches = (now["apiStages"]?.listIfAny ?? []).map { stagePatch("remove", $0["apiId"], $0["stage"]) }
            try change("UpdateUsagePlan", [plan], patches, context)
            try context.run(apiName, "DeleteUsagePlan", [plan], unless: gone)
        }
    )

    private static func stagePatch(_ op: String, _ api: Document?, _ stage: Document?) -> Document {
        .members([
            ("op", .string(op)), ("path", .string("/apiStages")), ("value", .string("\(api?.scalarText ?? ""):\(stage?.scalarText ?? "")")),
        ])
    }

    private static func stagePatches(_ old: Document, _ new: Document) -> [Document?] {
        let (before, after) = (old["ApiStages"]?.listIfAny ?? [], new["ApiStages"]?.listIfAny ?? [])
        return before.filter { !after.contains($0) }.map { stagePatch("remove", $0["ApiId"], $0["Stage"]) }
            + after.filter { !before.contains($0) }.map { stagePatch("add", $0["ApiId"], $0["Stage"]) }
    }

    static let usagePlanKey = ResourceType(
        name: "AWS::ApiGateway::UsagePlanKey",
        service: "ApiGateway",
        required: ["KeyId", "KeyType", "UsagePlanId"],
        carried: ["KeyId", "KeyType", "UsagePlanId"],
        createOnly: ["KeyId", "KeyType", "UsagePlanId"],
        attributes: ["Id"],
        create: { (properties, context) throws(ServiceError) in
            try context.run(apiName, "CreateUsagePlanKey", ["KeyId", "KeyType", "UsagePlanId"].map { ($0, properties[$0]) })
            let id = "\(properties["KeyId"]?.scalarText ?? ""):\(properties["UsagePlanId"]?.scalarText ?? "")"
            return Made(id: id, attributes: .members([("Id", .string(id))]))
        },
        update: { (_, _, _, _) throws(ServiceError) in nil },
        delete: { (_, properties, context) throws(ServiceError) in
            let input = ["KeyId", "UsagePlanId"].map { (name: $0, value: properties[$0]) }
            try context.run(apiName, "DeleteUsagePlanKey", input, unless: gone)
        }
    )

    static let apiAccount = ResourceType(
        name: "AWS::ApiGateway::Account",
        service: "ApiGateway",
        carried: [],
        recorded: ["CloudWatchRoleArn"],
        attributes: ["Id"],
        create: { (properties, context) throws(ServiceError) in
            try setAccount(.null, properties, context)
            return Made(id: context.physicalName, attributes: .members([("Id", .string(context.physicalName))]))
        },
        update: { (_, old, new, context) throws(ServiceError) in
            try setAccount(old, new, context)
            return nil
        },
        delete: { (_, _, _) throws(ServiceError) in }
    )

    private static func setAccount(_ old: Document, _ new: Document, _ context: ResourceContext) throws(ServiceError) {
        try change("UpdateAccount", [], [patch("/cloudwatchRoleArn", old["CloudWatchRoleArn"], new["CloudWatchRoleArn"])], context)
    }
}
