import ServiceKit
import Wire

extension ResourceType {
    static let eventRule = ResourceType(
        name: "AWS::Events::Rule",
        service: "EventBridge",
        carried: ["Description", "EventBusName", "EventPattern", "Name", "RoleArn", "ScheduleExpression", "State", "Tags", "Targets"],
        lists: ["Tags", "Targets"],
        documents: ["EventPattern"],
        createOnly: ["EventBusName", "Name"],
        attributes: ["Arn"],
        naming: Naming(property: "Name", limit: 64),
        create: { (properties, context) throws(ServiceError) in
            let name = properties["Name"]?.scalarText ?? context.physicalName
            let tags = context.tags(properties)
            let arn = try putRule(name, properties, [("Tags", tags.isEmpty ? nil : .list(tags))], context)
            context.note(name)
            try putTargets(name, properties, context)
            return Made(id: name, attributes: .members([("Arn", arn)]))
        },
        update: { (id, old, new, context) throws(ServiceError) in
            let arn = try putRule(id, new, [], context)
            let kept = Set(targetIDs(new))
            try removeTargets(id, targetIDs(old).filter { !kept.contains($0) }, new, context)
            try putTargets(id, new, context)
            let resource: (name: String, value: Document?) = ("ResourceARN", arn)
            let tags = context.tags(new)
            let keys = Set(tags.compactMap { $0["Key"]?.scalarText })
            let gone = (old["Tags"]?.listIfAny ?? []).compactMap { $0["Key"]?.scalarText }.filter { !keys.contains($0) }
            if !gone.isEmpty { try context.run("events", "UntagResource", [resource, ("TagKeys", .list(gone.map { .string($0) }))]) }
            if !tags.isEmpty { try context.run("events", "TagResource", [resource, ("Tags", .list(tags))]) }
            return nil
        },
        delete: { (id, properties, context) throws(ServiceError) in
            do throws(ServiceError) {
                try removeTargets(id, targetIDs(properties), properties, context)
            } catch  where error.code == "ResourceNotFoundException" {
                return
            }
            try context.run("events", "DeleteRule", [("Name", .string(id)), ("EventBusName", properties["EventBusName"])])
        },
        find: { (properties, context) throws(ServiceError) in
            let name = properties["Name"]?.scalarText ?? context.physicalName
            do throws(ServiceError) {
                try context.run("events", "DescribeRule", [("Name", .string(name)), ("EventBusName", properties["EventBusName"])])
                return name
            } catch  where error.code == "ResourceNotFoundException" {
                return nil
            }
        },
        complete: { (id, properties, context) throws(ServiceError) in
            let arn = try putRule(id, properties, [], context)
            try putTargets(id, properties, context)
            return Made(id: id, attributes: .members([("Arn", arn)]))
        }
    )

    private static func putRule(
        _ name: String,
        _ properties: Document,
        _ more: [(name: String, value: Document?)],
        _ context: ResourceContext
    ) throws(ServiceError) -> Document? {
        let pattern = properties["EventPattern"].map { value -> Document in
            value.textIfAny == nil ? .string(String(decoding: JSON.write(value), as: UTF8.self)) : value
        }
        var input = more
        input += [("Name", .string(name)), ("EventPattern", pattern)]
        for member in ["Description", "EventBusName", "RoleArn", "ScheduleExpression", "State"] { input.append((member, properties[member])) }
        return try context.run("events", "PutRule", input)["RuleArn"]
    }

    private static func targetIDs(_ properties: Document) -> [String] {
        (properties["Targets"]?.listIfAny ?? []).compactMap { $0["Id"]?.scalarText }
    }

    private static func putTargets(_ name: String, _ properties: Document, _ context: ResourceContext) throws(ServiceError) {
        guard let targets = properties["Targets"], !targets.listIfAny.isEmpty else { return }
        try context.run("events", "PutTargets", [("Rule", .string(name)), ("EventBusName", properties["EventBusName"]), ("Targets", targets)])
    }

    private static func removeTargets(_ name: String, _ ids: [String], _ properties: Document, _ context: ResourceContext) throws(ServiceError) {
        guard !ids.isEmpty else { return }
        let list = Document.list(ids.map { .string($0) })
        try context.run("events", "RemoveTargets", [("Rule", .string(name)), ("EventBusName", properties["EventBusName"]), ("Ids", list)])
    }
}
