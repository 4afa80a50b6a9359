import ServiceKit
import Wire

/// What a request may say of a function, and what becomes of it.
enum FunctionInput {
    /// Members of the requests that change what a function does in ways that are not carried out here. They are taken when they say nothing.
    private static let refused = [
        "FileSystemConfigs", "ImageConfig", "CodeSigningConfigArn", "DurableConfig", "TenancyConfig", "CapacityProviderConfig",
        "RuntimeConfig",
        "AcceleratorConfig", "PublishTo",
    ]
    private static let reservedVariables: Set<String> = [
        "_HANDLER", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
    ]
    private static let maximumVariables = 4096

    private static func isEmpty(_ document: Document) -> Bool {
        switch document {
        case .null: true
        case .string(let text): text.isEmpty
        case .list(let items): items.isEmpty
        case .object(let fields): fields.entries.allSatisfy { isEmpty($0.value) }
        default: false
        }
    }

    /// Refuses what is not carried out.
    static func check(_ input: Document) throws(ServiceError) {
        for name in refused {
            if let value = input[name], !isEmpty(value) { throw .notHere("\(name) of functions") }
        }
        if let target = input["DeadLetterConfig"]?["TargetArn"]?.textIfAny, !target.isEmpty { throw .notHere("DeadLetterConfig of functions") }
        if let mode = input["SnapStart"]?["ApplyOn"]?.textIfAny, mode != "None" { throw .notHere("SnapStart of functions") }
        if input["PackageType"]?.textIfAny == "Image" { throw .notHere("The package type Image") }
        if let runtime = input["Runtime"]?.textIfAny, Interpreter(runtime: runtime) == nil { throw .notHere("The runtime \(runtime)") }
        if let timeout = input["Timeout"]?.numberIfAny, timeout > 900 {
            throw ServiceError(
                "ValidationException",
                "1 validation error detected: Value '\(Int(timeout))' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900"
            )
        }
        if let memory = input["MemorySize"]?.numberIfAny, memory > 10_240 {
            throw .invalidParameter("'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 10240")
        }
        if let variables = input["Environment"]?["Variables"] { try check(variables: variables) }
    }

    private static func check(variables: Document) throws(ServiceError) {
        let reserved = variables.entriesIfAny.map(\.name).filter { reservedVariables.contains($0) }
        guard reserved.isEmpty else {
            throw .invalidParameter(
                "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are "
                    + "currently not supported for modification. Reserved keys used in this request: \(reserved.joined(separator: ", "))"
            )
        }
        guard !variables.entriesIfAny.contains(where: { ($0.value.textIfAny ?? "").utf8.contains(0) }) else {
            throw .invalidParameter("Environment variables must not contain the character NUL.")
        }
        let text = JSON.text(variables)
        guard text.utf8.count <= maximumVariables else {
            throw .invalidParameter(
                "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. "
                    + "String measured: \(text)"
            )
        }
    }

    /// The configuration that a request makes of an earlier one, or of none.
    static func config(_ input: Document, over old: Document?, _ call: Call) throws(ServiceError) -> Document {
        try check(input)
        var config = old ?? .members([("Timeout", .integer(3)), ("MemorySize", .integer(128)), ("Description", .string(""))])
        for name in [
            "Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize", "TracingConfig", "KMSKeyArn", "Architectures", "LoggingConfig",
        ] {
            if let value = input[name] { config.set(name, isEmpty(value) && name == "KMSKeyArn" ? nil : value) }
        }
        if let environment = input["Environment"] {
            let variables = environment["Variables"]
            config.set("Variables", variables.map(isEmpty) == false ? variables : nil)
        }
        if let size = input["EphemeralStorage"]?["Size"] { config.set("StorageSize", size) }
        if let network = input["VpcConfig"] {
            let described = Document.members([
                ("SubnetIds", network["SubnetIds"] ?? .list([])), ("SecurityGroupIds", network["SecurityGroupIds"] ?? .list([])),
                ("VpcId", .string("")),
            ])
            config.set("VpcConfig", isEmpty(network) ? nil : described)
        }
        if config["Runtime"] == nil || config["Handler"] == nil {
            throw .invalidParameter("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
        }
        return touched(config, call)
    }

    /// The same with a new revision.
    static func touched(_ config: Document, _ call: Call) -> Document {
        var config = config
        config.set("LastModified", .string(ISO8601.milliseconds(call.now).replacing("Z", with: "+0000")))
        config.set("RevisionId", .string(UUIDText.random()))
        return config
    }
}
