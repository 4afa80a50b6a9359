import ServiceKit
import Wire

extension ResourceType {
    static let function = ResourceType(
        name: "AWS::Lambda::Function",
        service: "Lambda",
        required: ["Code", "Role"],
        carried: [
            "FunctionName", "Code", "Role", "Handler", "Runtime", "Description", "Timeout", "MemorySize", "Environment", "EphemeralStorage",
            "Layers", "LoggingConfig", "ReservedConcurrentExecutions", "Tags", "PackageType",
        ],
        lists: ["Layers", "Tags"],
        maps: ["Code", "Environment", "EphemeralStorage", "LoggingConfig"],
        recorded: ["Architectures", "KmsKeyArn", "TracingConfig", "VpcConfig", "RecursiveLoop", "RuntimeManagementConfig"],
        refused: [
            "ImageConfig", "FileSystemConfigs", "DeadLetterConfig", "SnapStart", "CodeSigningConfigArn", "TenancyConfig",
            "CapacityProviderConfig",
            "DurableConfig", "PublishToLatestPublished", "FunctionScalingConfig",
        ],
        createOnly: ["FunctionName", "PackageType"],
        attributes: ["Arn"],
        naming: Naming(property: "FunctionName", limit: 64),
        create: { (properties, context) throws(ServiceError) in
            let name = properties["FunctionName"]?.scalarText ?? context.physicalName
            var input: [(name: String, value: Document?)] = [("FunctionName", .string(name)), ("Code", try functionCode(properties))]
            input += functionSettings(properties, isUpdate: false)
            input.append(("PackageType", properties["PackageType"]))
            let tags = functionTags(properties, context)
            if !tags.isEmpty { input.append(("Tags", .members(tags))) }
            let made = try context.run("lambda", "CreateFunction", input)
            context.note(name)
            try setConcurrency(name, nil, properties, context)
            return Made(id: name, attributes: .members([("Arn", made["FunctionArn"])]))
        },
        update: { (id, old, new, context) throws(ServiceError) in
            if old["Code"] != new["Code"] {
                var input: [(name: String, value: Document?)] = [("FunctionName", .string(id))]
                for field in try functionCode(new).entriesIfAny { input.append((field.name, field.value)) }
                try context.run("lambda", "UpdateFunctionCode", input)
            }
            let settings = functionSettings(new, isUpdate: true)
            if Document.members(settings) != .members(functionSettings(old, isUpdate: true)) {
                try context.run("lambda", "UpdateFunctionConfiguration", [("FunctionName", .string(id))] + settings)
            }
            try setConcurrency(id, old, new, context)
            let made = try context.run("lambda", "GetFunctionConfiguration", [("FunctionName", .string(id))])
            try setTags(made["FunctionArn"], old, new, context)
            return .members([("Arn", made["FunctionArn"])])
        },
        delete: { (id, _, context) throws(ServiceError) in
            try context.run("lambda", "DeleteFunction", [("FunctionName", .string(id))], unless: ["ResourceNotFoundException"])
        },
        find: { (properties, context) throws(ServiceError) in
            let name = properties["FunctionName"]?.scalarText ?? context.physicalName
            do throws(ServiceError) {
                try context.run("lambda", "GetFunctionConfiguration", [("FunctionName", .string(name))])
                return name
            } catch  where error.code == "ResourceNotFoundException" {
                return nil
            }
        },
        complete: { (id, properties, context) throws(ServiceError) in
            try setConcurrency(id, nil, properties, context)
            let made = try context.run("lambda", "GetFunctionConfiguration", [("FunctionName", .string(id))])
            return Made(id: id, attributes: .members([("Arn", made["FunctionArn"])]))
        }
    )

    /// Code that stands in the template is a file `index` of the runtime's language.
    private static func functionCode(_ properties: Document) throws(ServiceError) -> Document {
        guard var code = properties["Code"], let text = code["ZipFile"] else { return properties["Code"] ?? .null }
        guard let source = text.scalarText else { throw .handler("Code.ZipFile is the text of one file.", "InvalidRequest") }
        guard source.utf8.count <= 4 << 20 else { throw .handler("Code.ZipFile has more than 4194304 characters.", "InvalidRequest") }
        let runtime = properties["Runtime"]?.scalarText ?? ""
        guard runtime.hasPrefix("python") || runtime.hasPrefix("nodejs") else {
            throw .handler("ZipFile can only be used when Runtime is set to either of nodejs or python.", "InvalidRequest")
        }
        let file = (runtime.hasPrefix("python") ? "index.py" : "index.js", Array(source.utf8))
        code.set("ZipFile", .bytes(ZIPWriter.archive([file] + ResponseModules.files(runtime: runtime))))
        return code
    }

    private static let functionMembers = [
        "Role", "Handler", "Runtime", "Description", "Timeout", "MemorySize", "Environment", "EphemeralStorage", "Layers", "LoggingConfig",
        "VpcConfig",
        "TracingConfig",
    ]
    /// What a property that a template no longer has goes back to.
    private static let functionDefaults: [String: Document] = [
        "Description": .string(""), "Timeout": .integer(3), "MemorySize": .integer(128),
        "Environment": .members([("Variables", .object(Document.Fields()))]),
        "EphemeralStorage": .members([("Size", .integer(512))]), "TracingConfig": .members([("Mode", .string("PassThrough"))]),
        "LoggingConfig": .members([("LogFormat", .string("Text"))]), "Layers": .list([]),
    ]

    private static func functionSettings(_ properties: Document, isUpdate: Bool) -> [(name: String, value: Document?)] {
        var settings = functionMembers.map { ($0, properties[$0] ?? (isUpdate ? functionDefaults[$0] : nil)) } as [(name: String, value: Document?)]
        settings.append(("KMSKeyArn", properties["KmsKeyArn"]))
        if !isUpdate { settings.append(("Architectures", properties["Architectures"])) }
        return settings
    }

    private static func functionTags(_ properties: Document, _ context: ResourceContext) -> [(name: String, value: Document?)] {
        context.tags(properties).compactMap { tag -> (name: String, value: Document?)? in
            guard let key = tag["Key"]?.scalarText else { return nil }
            return (key, tag["Value"])
        }
    }

    private static func setTags(_ arn: Document?, _ old: Document, _ new: Document, _ context: ResourceContext) throws(ServiceError) {
        let tags = functionTags(new, context)
        let gone = functionTags(old, context).map(\.name).filter { name in !tags.contains { $0.name == name } }
        if !gone.isEmpty { try context.run("lambda", "UntagResource", [("Resource", arn), ("TagKeys", .list(gone.map { .string($0) }))]) }
        if !tags.isEmpty { try context.run("lambda", "TagResource", [("Resource", arn), ("Tags", .members(tags))]) }
    }

    private static func setConcurrency(_ id: String, _ old: Document?, _ new: Document, _ context: ResourceContext) throws(ServiceError) {
        let property = "ReservedConcurrentExecutions"
        guard old?[property] != new[property] else { return }
        if let count = new[property] {
            try context.run("lambda", "PutFunctionConcurrency", [("FunctionName", .string(id)), (property, count)])
        } else if old != nil {
            try context.run("lambda", "DeleteFunctionConcurrency", [("FunctionName", .string(id))])
        }
    }
}
