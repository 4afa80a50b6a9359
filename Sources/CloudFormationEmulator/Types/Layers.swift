import ServiceKit
import Wire

/// Layers of functions.
extension ResourceType {
    private static let layerMembers = ["CompatibleArchitectures", "CompatibleRuntimes", "Content", "Description", "LayerName", "LicenseInfo"]

    /// A change of anything makes another version.
    static let layerVersion = ResourceType(
        name: "AWS::Lambda::LayerVersion",
        service: "Lambda",
        required: ["Content"],
        carried: Set(layerMembers),
        lists: ["CompatibleArchitectures", "CompatibleRuntimes"],
        maps: ["Content"],
        createOnly: Set(layerMembers),
        attributes: ["LayerVersionArn"],
        create: { (properties, context) throws(ServiceError) in
            var input = layerMembers.map { ($0, properties[$0]) } as [(name: String, value: Document?)]
            if properties["LayerName"] == nil { input.append(("LayerName", .string(context.logicalID))) }
            let arn = try context.run("lambda", "PublishLayerVersion", input)["LayerVersionArn"]
            return Made(id: arn?.textIfAny ?? "", attributes: .members([("LayerVersionArn", arn)]))
        },
        update: { (_, _, _, _) throws(ServiceError) in nil },
        delete: { (id, _, context) throws(ServiceError) in
            guard let (layer, number) = layer(id) else { return }
            let input: [(name: String, value: Document?)] = [("LayerName", .string(layer)), ("VersionNumber", .string(number))]
            try context.run("lambda", "DeleteLayerVersion", input)
        }
    )

    static let layerPermission = ResourceType(
        name: "AWS::Lambda::LayerVersionPermission",
        service: "Lambda",
        required: ["Action", "LayerVersionArn", "Principal"],
        carried: ["Action", "LayerVersionArn", "OrganizationId", "Principal"],
        createOnly: ["Action", "LayerVersionArn", "OrganizationId", "Principal"],
        attributes: ["Id"],
        create: { (properties, context) throws(ServiceError) in
            let arn = properties["LayerVersionArn"]?.scalarText ?? ""
            guard let (layer, number) = layer(arn) else { throw .handler("LayerVersionArn is the ARN of a version of a layer.", "InvalidRequest") }
            let id = permissionID(context)
            var input: [(name: String, value: Document?)] = [
                ("LayerName", .string(layer)), ("VersionNumber", .string(number)), ("StatementId", .string(id)),
            ]
            for member in ["Action", "OrganizationId", "Principal"] { input.append((member, properties[member])) }
            try context.run("lambda", "AddLayerVersionPermission", input)
            return Made(id: "\(arn)#\(id)", attributes: .members([("Id", .string("\(arn)#\(id)"))]))
        },
        update: { (_, _, _, _) throws(ServiceError) in nil },
        delete: { (id, _, context) throws(ServiceError) in
            let parts = id.split(separator: "#").map(String.init)
            guard parts.count == 2, let (layer, number) = layer(parts[0]) else { return }
            let input: [(name: String, value: Document?)] = [
                ("LayerName", .string(layer)), ("VersionNumber", .string(number)), ("StatementId", .string(parts[1])),
            ]
            try context.run("lambda", "RemoveLayerVersionPermission", input, unless: ["ResourceNotFoundException"])
        },
        find: { (properties, context) throws(ServiceError) in
            let arn = properties["LayerVersionArn"]?.scalarText ?? ""
            guard let (layer, number) = layer(arn) else { return nil }
            do throws(ServiceError) {
                let input: [(name: String, value: Document?)] = [("LayerName", .string(layer)), ("VersionNumber", .string(number))]
                let policy = try context.run("lambda", "GetLayerVersionPolicy", input)["Policy"]?.textIfAny ?? ""
                let statements = (try? JSON.parse(policy))?["Statement"]?.listIfAny ?? []
                let id = permissionID(context)
                return statements.contains { $0["Sid"]?.textIfAny == id } ? "\(arn)#\(id)" : nil
            } catch  where error.code == "ResourceNotFoundException" {
                return nil
            }
        },
        complete: { (id, _, _) throws(ServiceError) in Made(id: id, attributes: .members([("Id", .string(id))])) }
    )

    private static func permissionID(_ context: ResourceContext) -> String { String(context.physicalName.suffix(100)) }

    /// The ARN of a layer, and the number of its version.
    private static func layer(_ arn: String) -> (String, String)? {
        guard let colon = arn.lastIndex(of: ":"), ARN(arn)?.resource.hasPrefix("layer:") == true else { return nil }
        return (String(arn[..<colon]), String(arn[arn.index(after: colon)...]))
    }
}
