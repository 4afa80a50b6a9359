import ServiceKit
import Wire

/// A function of the Serverless Application Model: what it becomes, but for the methods of APIs.
struct SAMFunction {
    let name: String
    let properties: Document
    /// With its attributes.
    let resource: Document
    /// The alias that is published with each change of the code; nil for none.
    let alias: String?

    static let type = "AWS::Serverless::Function"

    /// Kinds of events that AWS has and that have nothing behind them here.
    static let foreignEvents: Set<String> = [
        "SNS", "SQS", "DynamoDB", "ScheduleV2", "CloudWatchLogs", "IoTRule", "AlexaSkill",
        "Cognito", "HttpApi", "MSK", "MQ", "SelfManagedKafka", "DocumentDB",
    ]

    /// Properties that are the function's own in the result, by the names that they have there.
    private static let kept = [
        "Handler": "Handler", "Runtime": "Runtime", "Description": "Description", "FunctionName": "FunctionName", "MemorySize": "MemorySize",
        "Timeout": "Timeout", "Environment": "Environment", "VpcConfig": "VpcConfig", "KmsKeyArn": "KmsKeyArn", "Architectures": "Architectures",
        "EphemeralStorage": "EphemeralStorage", "Layers": "Layers", "PackageType": "PackageType",
        "ReservedConcurrentExecutions": "ReservedConcurrentExecutions", "SnapStart": "SnapStart",
        "RuntimeManagementConfig": "RuntimeManagementConfig",
        "LoggingConfig": "LoggingConfig", "RecursiveLoop": "RecursiveLoop", "FileSystemConfigs": "FileSystemConfigs", "ImageConfig": "ImageConfig",
        "CodeSigningConfigArn": "CodeSigningConfigArn", "TenancyConfig": "TenancyConfig", "DurableConfig": "DurableConfig",
        "CapacityProviderConfig": "CapacityProviderConfig", "FunctionScalingConfig": "FunctionScalingConfig",
        "PublishToLatestPublished": "PublishToLatestPublished",
    ]
    private static let read = [
        "CodeUri", "InlineCode", "ImageUri", "Policies", "Role", "PermissionsBoundary", "RolePath", "AssumeRolePolicyDocument", "Events",
        "AutoPublishAlias", "AutoPublishCodeSha256", "VersionDescription", "VersionDeletionPolicy", "Tags", "Tracing",
        "DeadLetterQueue",
    ]
    private static let refused = [
        "DeploymentPreference", "EventInvokeConfig", "FunctionUrlConfig", "ProvisionedConcurrencyConfig", "AutoPublishAliasAllProperties",
        "PropagateTags",
        "SourceKMSKeyArn",
    ]

    init(_ name: String, _ properties: Document, _ resource: Document) throws(ServiceError) {
        (self.name, self.properties, self.resource) = (name, properties, resource)
        if let property = Self.refused.first(where: { properties[$0] != nil }) {
            throw SAMFault.resource(name, "Property \(property) of \(Self.type) is not carried out by personalite.")
        }
        try SAMFault.checkNames(properties, Self.read + Self.kept.keys, name, Self.type)
        switch properties["AutoPublishAlias"] {
        case nil: alias = nil
        case .string(let text): alias = text
        default: throw SAMFault.resource(name, "AutoPublishAlias that is no text is not carried out by personalite.")
        }
        if let given = properties["Events"] {
            guard case .object = given else { throw SAMFault.resource(name, "Type of property 'Events' is invalid.") }
        }
    }

    var condition: Document? { resource["Condition"] }
    var events: [Document.Fields.Field] { properties["Events"]?.entriesIfAny ?? [] }

    private var aliasName: String? { alias.map { "\(name)Alias\($0.filter { $0.isASCII && ($0.isLetter || $0.isNumber) })" } }

    /// What events ask: the function, or its alias.
    var target: Document { .members([("Ref", .string(aliasName ?? name))]) }
    /// The same, as an ARN.
    var targetReference: Document {
        guard let aliasName else { return .members([("Fn::GetAtt", .list([.string(name), .string("Arn")]))]) }
        return .members([("Ref", .string(aliasName))])
    }
    /// The same in the text of a substitution.
    var targetARN: String { aliasName ?? "\(name).Arn" }

    // MARK: What it becomes

    /// - Parameter aliases: gets the names by which a template asks for what is made.
    func resources(_ aliases: inout [String: String]) throws(ServiceError) -> [(name: String, value: Document)] {
        var made: [(name: String, value: Document)] = []
        var members: [(name: String, value: Document?)] = [("Code", try code())]
        for field in properties.entriesIfAny { if let name = Self.kept[field.name] { members.append((name, field.value)) } }
        if let role = properties["Role"] {
            members.append(("Role", role))
        } else {
            members.append(("Role", .members([("Fn::GetAtt", .list([.string("\(name)Role"), .string("Arn")]))])))
            made.append(("\(name)Role", try role()))
        }
        members.append(("TracingConfig", properties["Tracing"].map { .members([("Mode", $0)]) }))
        members.append(("DeadLetterConfig", properties["DeadLetterQueue"].map { .members([("TargetArn", $0["TargetArn"])]) }))
        members.append(("Tags", .list(tags)))
        let attributes = SAMTransform.attributes(
            resource,
            ["Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "Metadata", "CreationPolicy", "UpdatePolicy"]
        )
        made.append((name, SAMTransform.resource("AWS::Lambda::Function", attributes, members)))
        if let alias, let aliasName { made += published(alias, aliasName, &aliases) }
        return made
    }

    private var tags: [Document] {
        let own = (properties["Tags"]?.entriesIfAny ?? []).map { Document.members([("Key", .string($0.name)), ("Value", $0.value)]) }
        return [.members([("Key", .string("lambda:createdBy")), ("Value", .string("SAM"))])] + own
    }

    private func code() throws(ServiceError) -> Document {
        let isImage = properties["PackageType"]?.textIfAny == "Image"
        if isImage || properties["ImageUri"] != nil { throw SAMFault.resource(name, "PackageType Image is not carried out by personalite.") }
        guard properties["Handler"] != nil, properties["Runtime"] != nil else {
            throw SAMFault.resource(name, "Runtime and Handler needs to be present when PackageType is of type `Zip`")
        }
        switch (properties["InlineCode"], properties["CodeUri"]) {
        // `aws cloudformation package` puts a place beside code that stands in the template, and AWS takes the code.
        case (let text?, _): return .members([("ZipFile", text)])
        case (nil, let place?): return try SAMCode.location(place, "CodeUri", name, versionMember: "S3ObjectVersion")
        case (nil, nil): throw SAMFault.resource(name, "Only one of 'InlineCode' or 'CodeUri' can be set.")
        }
    }

    private func published(_ alias: String, _ aliasName: String, _ aliases: inout [String: String]) -> [(name: String, value: Document)] {
        let code = properties["InlineCode"] ?? properties["CodeUri"] ?? .null
        let version = "\(name)Version\(SAMCode.digest(properties["AutoPublishCodeSha256"] ?? code))"
        (aliases["\(name).Version"], aliases["\(name).Alias"]) = (version, aliasName)
        let function: (name: String, value: Document?) = ("FunctionName", .members([("Ref", .string(name))]))
        let number: Document = .members([("Fn::GetAtt", .list([.string(version), .string("Version")]))])
        let made = SAMTransform.resource(
            "AWS::Lambda::Version",
            [("Condition", condition), ("DeletionPolicy", properties["VersionDeletionPolicy"] ?? .string("Retain"))],
            [function, ("Description", properties["VersionDescription"])]
        )
        let named = SAMTransform.resource(
            "AWS::Lambda::Alias",
            [("Condition", condition)],
            [function, ("FunctionVersion", number), ("Name", .string(alias))]
        )
        return [(version, made), (aliasName, named)]
    }

    // MARK: The role

    private func role() throws(ServiceError) -> Document {
        let managed = "arn:${AWS::Partition}:iam::aws:policy/"
        func arn(_ name: String) -> Document { .members([("Fn::Sub", .string(managed + name))]) }
        var attached = [arn("service-role/AWSLambdaBasicExecutionRole")]
        if properties["Tracing"]?.textIfAny == "Active" { attached.append(arn("AWSXRayDaemonWriteAccess")) }
        if properties["VpcConfig"] != nil { attached.append(arn("service-role/AWSLambdaVPCAccessExecutionRole")) }
        var inline: [Document] = []
        let policies: [Document] =
            switch properties["Policies"] {
            case .list(let items)?: items
            case let single?: [single]
            case nil: []
            }
        for (index, policy) in policies.enumerated() {
            if let text = policy.textIfAny {
                // Those of Lambda's own roles have a path.
                let isOfService = text.hasPrefix("AWSLambda") && text.hasSuffix("Role")
                attached.append(text.hasPrefix("arn:") ? policy : arn(isOfService ? "service-role/\(text)" : text))
            } else if SAMGlobals.isFunction(policy) {
                attached.append(policy)
            } else {
                let document = try policyDocument(policy, index)
                inline.append(.members([("PolicyName", .string("\(name)RolePolicy\(index)")), ("PolicyDocument", document)]))
            }
        }
        if events.contains(where: { $0.value["Type"]?.textIfAny == "Kinesis" }) { attached.append(arn("service-role/AWSLambdaKinesisExecutionRole")) }
        let statement: Document = .members([
            ("Action", .list([.string("sts:AssumeRole")])), ("Effect", .string("Allow")),
            ("Principal", .members([("Service", .list([.string("lambda.amazonaws.com")]))])),
        ])
        let trust: Document = .members([("Version", .string("2012-10-17")), ("Statement", .list([statement]))])
        return SAMTransform.resource(
            "AWS::IAM::Role",
            [("Condition", condition)],
            [
                ("AssumeRolePolicyDocument", properties["AssumeRolePolicyDocument"] ?? trust), ("ManagedPolicyArns", .list(attached)),
                ("Policies", inline.isEmpty ? nil : .list(inline)), ("PermissionsBoundary", properties["PermissionsBoundary"]),
                ("Path", properties["RolePath"]), ("Tags", .list(tags)),
            ]
        )
    }

    /// A policy that is written out stays as it is. A template of one becomes a statement of its name that allows everything: nothing here asks it.
    private func policyDocument(_ policy: Document, _ index: Int) throws(ServiceError) -> Document {
        if policy["Statement"] != nil { return policy }
        let entries = policy.entriesIfAny
        guard entries.count == 1, SAMPolicyTemplates.names.contains(entries[0].name), case .object = entries[0].value else {
            throw SAMFault.resource(name, "Policy at index \(index) in the 'Policies' property is not valid")
        }
        let statement: Document = .members([
            ("Sid", .string(entries[0].name.filter { $0 != "_" })), ("Effect", .string("Allow")), ("Action", .string("*")),
            ("Resource", .string("*")),
        ])
        return .members([("Version", .string("2012-10-17")), ("Statement", .list([statement]))])
    }

    // MARK: Events

    private static let mappingMembers = [
        "StartingPosition", "StartingPositionTimestamp", "BatchSize", "Enabled", "MaximumBatchingWindowInSeconds", "MaximumRetryAttempts",
        "BisectBatchOnFunctionError", "MaximumRecordAgeInSeconds", "ParallelizationFactor", "DestinationConfig", "TumblingWindowInSeconds",
        "FunctionResponseTypes", "FilterCriteria", "KmsKeyArn", "MetricsConfig",
    ]

    /// The mapping of a stream's records to the function.
    func mapping(_ id: String, _ event: Document) throws(ServiceError) -> Document {
        let given = event["Properties"] ?? .object(Document.Fields())
        try SAMFault.checkNames(given, ["Stream"] + Self.mappingMembers, id, "Kinesis")
        for name in ["Stream", "StartingPosition"] where given[name] == nil {
            throw SAMFault.resource(id, "Missing required property '\(name)'.")
        }
        var members: SAMTransform.Members = [("EventSourceArn", given["Stream"]), ("FunctionName", target)]
        members += SAMTransform.attributes(given, Self.mappingMembers)
        return SAMTransform.resource("AWS::Lambda::EventSourceMapping", [("Condition", condition)], members)
    }
}

/// Policies that the Serverless Application Model has a name for.
enum SAMPolicyTemplates {
    static let names: Set<String> = [
        "AMIDescribePolicy", "AWSSecretsManagerGetSecretValuePolicy", "AWSSecretsManagerRotationPolicy", "AcmGetCertificatePolicy",
        "AthenaQueryPolicy", "CloudFormationDescribeStacksPolicy", "CloudWatchDashboardPolicy", "CloudWatchDescribeAlarmHistoryPolicy",
        "CloudWatchPutMetricPolicy", "CodeCommitCrudPolicy", "CodeCommitReadPolicy", "CodePipelineLambdaExecutionPolicy",
        "CodePipelineReadOnlyPolicy", "ComprehendBasicAccessPolicy", "CostExplorerReadOnlyPolicy", "DynamoDBBackupFullAccessPolicy",
        "DynamoDBCrudPolicy", "DynamoDBReadPolicy", "DynamoDBReconfigurePolicy", "DynamoDBRestoreFromBackupPolicy", "DynamoDBStreamReadPolicy",
        "DynamoDBWritePolicy", "EC2CopyImagePolicy", "EC2DescribePolicy", "EFSWriteAccessPolicy", "EKSDescribePolicy", "EcsRunTaskPolicy",
        "ElasticMapReduceAddJobFlowStepsPolicy", "ElasticMapReduceCancelStepsPolicy", "ElasticMapReduceModifyInstanceFleetPolicy",
        "ElasticMapReduceModifyInstanceGroupsPolicy", "ElasticMapReduceSetTerminationProtectionPolicy", "ElasticMapReduceTerminateJobFlowsPolicy",
        "ElasticsearchHttpPostPolicy", "EventBridgePutEventsPolicy", "FilterLogEventsPolicy", "FirehoseCrudPolicy", "FirehoseWritePolicy",
        "KMSDecryptPolicy", "KMSEncryptPolicy", "KMSEncryptPolicy_v2", "KinesisCrudPolicy", "KinesisStreamReadPolicy", "LambdaInvokePolicy",
        "MobileAnalyticsWriteOnlyAccessPolicy", "OrganizationsListAccountsPolicy", "PinpointEndpointAccessPolicy", "PollyFullAccessPolicy",
        "RekognitionDetectOnlyPolicy", "RekognitionFacesManagementPolicy", "RekognitionFacesPolicy", "RekognitionLabelsPolicy",
        "RekognitionNoDataAccessPolicy", "RekognitionReadPolicy", "RekognitionWriteOnlyAccessPolicy", "Route53ChangeResourceRecordSetsPolicy",
        "S3CrudPolicy", "S3FullAccessPolicy", "S3ReadPolicy", "S3WritePolicy", "SESBulkTemplatedCrudPolicy", "SESBulkTemplatedCrudPolicy_v2",
        "SESCrudPolicy", "SESEmailTemplateCrudPolicy", "SESSendBouncePolicy", "SNSCrudPolicy", "SNSPublishMessagePolicy", "SQSPollerPolicy",
        "SQSSendMessagePolicy", "SSMParameterReadPolicy", "SSMParameterWithSlashPrefixReadPolicy", "SageMakerCreateEndpointConfigPolicy",
        "SageMakerCreateEndpointPolicy", "ServerlessRepoReadWriteAccessPolicy", "StepFunctionsCallbackPolicy", "StepFunctionsExecutionPolicy",
        "StepFunctionsExecutionPolicy_v2", "TextractDetectAnalyzePolicy", "TextractGetResultPolicy", "TextractPolicy", "VPCAccessPolicy",
    ]
}
