import ServiceKit
import Wire

/// What a template says of all its functions and APIs.
struct SAMGlobals {
    private let sections: Document

    private static let kinds = [
        "Api", "CapacityProvider", "Function", "HttpApi", "LayerVersion", "MicrovmImage", "NetworkConnector", "SimpleTable", "StateMachine",
        "WebSocketApi",
    ]
    private static let properties = [
        "Function": [
            "Handler", "Runtime", "CodeUri", "DeadLetterQueue", "Description", "MemorySize", "Timeout", "VpcConfig", "Environment", "Tags",
            "PropagateTags", "Tracing", "KmsKeyArn", "AutoPublishAlias", "AutoPublishAliasAllProperties", "Layers", "DeploymentPreference",
            "RolePath",
            "PermissionsBoundary", "ReservedConcurrentExecutions", "ProvisionedConcurrencyConfig", "AssumeRolePolicyDocument", "EventInvokeConfig",
            "FileSystemConfigs", "CodeSigningConfigArn", "Architectures", "SnapStart", "EphemeralStorage", "FunctionUrlConfig",
            "RuntimeManagementConfig", "LoggingConfig", "RecursiveLoop", "SourceKMSKeyArn", "TenancyConfig", "DurableConfig",
            "CapacityProviderConfig", "FunctionScalingConfig", "PublishToLatestPublished", "VersionDeletionPolicy",
        ],
        "Api": [
            "Auth", "Name", "DefinitionUri", "CacheClusterEnabled", "CacheClusterSize", "MergeDefinitions", "Variables", "EndpointConfiguration",
            "MethodSettings", "BinaryMediaTypes", "MinimumCompressionSize", "Cors", "GatewayResponses", "AccessLogSetting", "CanarySetting",
            "TracingEnabled", "OpenApiVersion", "Domain", "AlwaysDeploy", "PropagateTags", "SecurityPolicy", "EndpointAccessMode",
        ],
    ]

    init(_ document: Document?) throws(ServiceError) {
        sections = document ?? .object(Document.Fields())
        guard case .object(let fields) = sections else { throw Self.fault("It must be a non-empty dictionary") }
        for section in fields.entries {
            guard Self.kinds.contains(section.name) else {
                throw Self.fault("'\(section.name)' is not supported. Must be one of the following values - [\(Self.list(Self.kinds))]")
            }
            guard case .object(let properties) = section.value else { throw Self.fault("Value of '\(section.name)' must be a dictionary") }
            guard let allowed = Self.properties[section.name] else { continue }
            for property in properties.entries where !allowed.contains(property.name) {
                throw Self.fault(
                    """
                    '\(property.name)' is not a supported property of '\(section.name)'. Must be one of the following values - \
                    [\(Self.list(allowed))]
                    """
                )
            }
        }
    }

    private static func list(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }
    private static func fault(_ text: String) -> ServiceError { SAMFault.document("'Globals' section is invalid. \(text)") }

    /// The properties of a resource, with what is common to all of its kind.
    func merged(_ kind: String, _ own: Document) -> Document {
        sections[kind].map { Self.merged($0, own, depth: 0) } ?? own
    }

    /// Maps are merged, lists follow each other, and anything else is the resource's own. Functions of templates are single values.
    private static func merged(_ common: Document, _ own: Document, depth: Int) -> Document {
        guard depth < 32 else { return own }
        switch (common, own) {
        case (.list(let first), .list(let second)): return .list(first + second)
        case (.object, .object) where !isFunction(common) && !isFunction(own):
            var result = common
            for field in own.entriesIfAny {
                result.set(field.name, common[field.name].map { merged($0, field.value, depth: depth + 1) } ?? field.value)
            }
            return result
        default: return own
        }
    }

    static func isFunction(_ value: Document) -> Bool {
        let entries = value.entriesIfAny
        return entries.count == 1 && (entries[0].name == "Ref" || entries[0].name == "Condition" || entries[0].name.hasPrefix("Fn::"))
    }
}
