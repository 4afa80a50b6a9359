import ServiceKit
import Wire

extension ResourceType {
    static let parameter = ResourceType(
        name: "AWS::SSM::Parameter",
        service: "Ssm",
        required: ["Type", "Value"],
        carried: ["Name", "Type", "Value", "Description", "AllowedPattern", "Tier", "DataType", "Policies", "Tags"],
        maps: ["Tags"],
        createOnly: ["Name"],
        attributes: ["Type", "Value"],
        naming: Naming(property: "Name", limit: 255, prefix: "CFN"),
        create: { (properties, context) throws(ServiceError) in
            let name = properties["Name"]?.scalarText ?? context.physicalName
            let all = parameterTags(properties, context)
            try putParameter(name, properties, [("Tags", all.isEmpty ? nil : .list(all))], context)
            return madeParameter(name, properties)
        },
        update: { (id, old, new, context) throws(ServiceError) in
            try putParameter(id, new, [("Overwrite", .boolean(true))], context)
            let parameter: [(name: String, value: Document?)] = [("ResourceType", .string("Parameter")), ("ResourceId", .string(id))]
            let tags = parameterTags(new, context)
            let kept = Set(tags.compactMap { $0["Key"]?.scalarText })
            let gone = (old["Tags"]?.entriesIfAny ?? []).map(\.name).filter { !kept.contains($0) }
            if !gone.isEmpty { try context.run("ssm", "RemoveTagsFromResource", parameter + [("TagKeys", .list(gone.map { .string($0) }))]) }
            if !tags.isEmpty { try context.run("ssm", "AddTagsToResource", parameter + [("Tags", .list(tags))]) }
            return madeParameter(id, new).attributes
        },
        delete: { (id, _, context) throws(ServiceError) in
            try context.run("ssm", "DeleteParameter", [("Name", .string(id))], unless: ["ParameterNotFound"])
        },
        find: { (properties, context) throws(ServiceError) in
            let name = properties["Name"]?.scalarText ?? context.physicalName
            do throws(ServiceError) {
                try context.run("ssm", "GetParameter", [("Name", .string(name))])
                return name
            } catch  where error.code == "ParameterNotFound" {
                return nil
            }
        },
        complete: { (id, properties, _) throws(ServiceError) in madeParameter(id, properties) }
    )

    /// Templates give parameters their tags as a map.
    private static func parameterTags(_ properties: Document, _ context: ResourceContext) -> [Document] {
        let own = (properties["Tags"]?.entriesIfAny ?? []).map { Document.members([("Key", .string($0.name)), ("Value", $0.value)]) }
        return context.tags(.members([("Tags", .list(own))]))
    }

    private static func putParameter(
        _ name: String,
        _ properties: Document,
        _ more: [(name: String, value: Document?)],
        _ context: ResourceContext
    ) throws(ServiceError) {
        guard ["String", "StringList"].contains(properties["Type"]?.scalarText ?? "") else {
            throw .handler("AWS::SSM::Parameter has the types String and StringList.", "InvalidRequest")
        }
        var input = more
        input.append(("Name", .string(name)))
        for member in ["Type", "Value", "Description", "AllowedPattern", "Tier", "DataType", "Policies"] {
            input.append((member, properties[member]))
        }
        try context.run("ssm", "PutParameter", input)
    }

    private static func madeParameter(_ name: String, _ properties: Document) -> Made {
        Made(id: name, attributes: .members([("Type", properties["Type"]), ("Value", properties["Value"])]))
    }
}
