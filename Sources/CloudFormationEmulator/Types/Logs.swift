import ServiceKit
import Wire

/// Groups and streams of CloudWatch Logs.
extension ResourceType {
    static let logGroup = ResourceType(
        name: "AWS::Logs::LogGroup",
        service: "CloudWatchLogs",
        carried: ["LogGroupName", "LogGroupClass", "RetentionInDays", "Tags"],
        lists: ["Tags"],
        recorded: ["KmsKeyId"],
        refused: [
            "BearerTokenAuthenticationEnabled", "DataProtectionPolicy", "DeletionProtectionEnabled", "FieldIndexPolicies", "ResourcePolicyDocument",
        ],
        createOnly: ["LogGroupName", "LogGroupClass"],
        attributes: ["Arn"],
        naming: Naming(property: "LogGroupName", limit: 512),
        create: { (properties, context) throws(ServiceError) in
            let name = properties["LogGroupName"]?.scalarText ?? context.physicalName
            let tags = logTags(properties, context)
            try context.run(
                "logs",
                "CreateLogGroup",
                [
                    ("logGroupName", .string(name)), ("logGroupClass", properties["LogGroupClass"]), ("kmsKeyId", properties["KmsKeyId"]),
                    ("tags", tags.entriesIfAny.isEmpty ? nil : tags),
                ]
            )
            context.note(name)
            try putRetention(name, properties, context)
            return madeLogGroup(name, context)
        },
        update: { (id, old, new, context) throws(ServiceError) in
            try putRetention(id, new, context)
            let group: [(name: String, value: Document?)] = [("logGroupName", .string(id))]
            let tags = logTags(new, context)
            let kept = Set(tags.entriesIfAny.map(\.name))
            let gone = (old["Tags"]?.listIfAny ?? []).compactMap { $0["Key"]?.scalarText }.filter { !kept.contains($0) }
            if !gone.isEmpty { try context.run("logs", "UntagLogGroup", group + [("tags", .list(gone.map { .string($0) }))]) }
            if !tags.entriesIfAny.isEmpty { try context.run("logs", "TagLogGroup", group + [("tags", tags)]) }
            return nil
        },
        delete: { (id, _, context) throws(ServiceError) in
            try context.run("logs", "DeleteLogGroup", [("logGroupName", .string(id))], unless: ["ResourceNotFoundException"])
        },
        find: { (properties, context) throws(ServiceError) in
            let name = properties["LogGroupName"]?.scalarText ?? context.physicalName
            let found = try context.run("logs", "DescribeLogGroups", [("logGroupIdentifiers", .list([.string(name)]))])
            return found["logGroups"]?.listIfAny.isEmpty == false ? name : nil
        },
        complete: { (id, properties, context) throws(ServiceError) in
            try putRetention(id, properties, context)
            return madeLogGroup(id, context)
        }
    )

    static let logStream = ResourceType(
        name: "AWS::Logs::LogStream",
        service: "CloudWatchLogs",
        required: ["LogGroupName"],
        carried: ["LogGroupName", "LogStreamName"],
        createOnly: ["LogGroupName", "LogStreamName"],
        naming: Naming(property: "LogStreamName", limit: 512),
        create: { (properties, context) throws(ServiceError) in
            let name = properties["LogStreamName"]?.scalarText ?? context.physicalName
            try context.run("logs", "CreateLogStream", [("logGroupName", properties["LogGroupName"]), ("logStreamName", .string(name))])
            context.note(name)
            return Made(id: name)
        },
        // Every property is one that takes a new stream when it changes.
        update: { (_, _, _, _) throws(ServiceError) in nil },
        delete: { (id, properties, context) throws(ServiceError) in
            let stream: [(name: String, value: Document?)] = [("logGroupName", properties["LogGroupName"]), ("logStreamName", .string(id))]
            try context.run("logs", "DeleteLogStream", stream, unless: ["ResourceNotFoundException"])
        },
        find: { (properties, context) throws(ServiceError) in
            let name = properties["LogStreamName"]?.scalarText ?? context.physicalName
            do throws(ServiceError) {
                let found = try context.run(
                    "logs",
                    "DescribeLogStreams",
                    [("logGroupName", properties["LogGroupName"]), ("logStreamNamePrefix", .string(name))]
                )
                return found["logStreams"]?.listIfAny.contains { $0["logStreamName"]?.textIfAny == name } == true ? name : nil
            } catch  where error.code == "ResourceNotFoundException" {
                return nil
            }
        },
        complete: { (id, _, _) throws(ServiceError) in Made(id: id) }
    )

    private static func putRetention(_ name: String, _ properties: Document, _ context: ResourceContext) throws(ServiceError) {
        let group: (name: String, value: Document?) = ("logGroupName", .string(name))
        if let days = properties["RetentionInDays"] {
            try context.run("logs", "PutRetentionPolicy", [group, ("retentionInDays", days)])
        } else {
            try context.run("logs", "DeleteRetentionPolicy", [group])
        }
    }

    /// Logs has tags as a map.
    private static func logTags(_ properties: Document, _ context: ResourceContext) -> Document {
        var tags = Document.object(Document.Fields())
        for tag in context.tags(properties) {
            if let key = tag["Key"]?.scalarText { tags.set(key, .string(tag["Value"]?.scalarText ?? "")) }
        }
        return tags
    }

    private static func madeLogGroup(_ name: String, _ context: ResourceContext) -> Made {
        let arn = "arn:\(context.partition):logs:\(context.place.region):\(context.place.account):log-group:\(name):*"
        return Made(id: name, attributes: .members([("Arn", .string(arn))]))
    }
}
