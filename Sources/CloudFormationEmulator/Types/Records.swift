import ServiceKit
import Wire

/// Types that deploy tools put into their stacks and that nothing here asks: a resource has an id and attributes, and nothing stands behind it.
extension ResourceType {
    static let records: [ResourceType] = [
        record(
            "AWS::ECR::Repository",
            ["RepositoryName", "ImageScanningConfiguration", "ImageTagMutability", "LifecyclePolicy", "RepositoryPolicyText", "Tags"],
            attributes: ["Arn", "RepositoryUri"],
            naming: Naming(property: "RepositoryName", limit: 256, isLowercase: true)
        ) { name, _, context in
            let place = context.place
            return Made(
                id: name,
                attributes: .members([
                    ("Arn", .string("arn:\(context.partition):ecr:\(place.region):\(place.account):repository/\(name)")),
                    ("RepositoryUri", .string("\(place.account).dkr.ecr.\(place.region).amazonaws.com/\(name)")),
                ])
            )
        },
        record(
            "AWS::KMS::Key",
            ["KeyPolicy", "Description", "EnableKeyRotation", "PendingWindowInDays", "Enabled", "KeySpec", "KeyUsage", "Tags"],
            attributes: ["Arn", "KeyId"]
        ) { _, _, context in
            let id = UUIDText.random()
            let arn = "arn:\(context.partition):kms:\(context.place.region):\(context.place.account):key/\(id)"
            return Made(id: id, attributes: .members([("Arn", .string(arn)), ("KeyId", .string(id))]))
        },
        record("AWS::KMS::Alias", ["AliasName", "TargetKeyId"], createOnly: ["AliasName"]) { _, properties, _ in
            Made(id: properties["AliasName"]?.scalarText ?? "")
        },
        record("AWS::CDK::Metadata", ["Analytics"]) { name, _, _ in Made(id: name) },
    ]

    private static func record(
        _ type: String,
        _ properties: Set<String>,
        createOnly: Set<String> = [],
        attributes: Set<String> = [],
        naming: Naming? = nil,
        _ make: @escaping @Sendable (_ name: String, _ properties: Document, _ context: ResourceContext) -> Made
    ) -> ResourceType {
        ResourceType(
            name: type,
            service: String(type.split(separator: ":").dropFirst().first ?? ""),
            carried: properties,
            createOnly: createOnly.union(naming.map { [$0.property] } ?? []),
            attributes: attributes,
            naming: naming,
            isRecord: true,
            create: { (properties, context) throws(ServiceError) in
                make(naming.flatMap { properties[$0.property]?.scalarText } ?? context.physicalName, properties, context)
            },
            update: { (_, _, _, _) throws(ServiceError) in nil },
            delete: { (_, _, _) throws(ServiceError) in }
        )
    }
}
