import ServiceKit
import Wire

/// The types of Amazon Personalize. Properties are the operations' members with a capital first letter.
extension ResourceType {
    static let personalize: [ResourceType] = [
        plain(
            "DatasetGroup",
            required: ["Name"],
            carried: ["Name", "RoleArn", "KmsKeyArn", "Domain", "Tags"],
            createOnly: ["Name", "RoleArn", "KmsKeyArn", "Domain", "Tags"]
        ),
        plain(
            "Schema",
            required: ["Name", "Schema"],
            carried: ["Name", "Schema", "Domain", "Tags"],
            createOnly: ["Name", "Schema", "Domain", "Tags"]
        ),
        dataset,
        plain(
            "Solution",
            required: ["Name", "DatasetGroupArn"],
            carried: ["Name", "DatasetGroupArn", "EventType", "PerformAutoML", "PerformHPO", "RecipeArn", "SolutionConfig", "Tags"],
            createOnly: ["Name", "DatasetGroupArn", "EventType", "PerformAutoML", "PerformHPO", "RecipeArn", "SolutionConfig", "Tags"]
        ),
        plain(
            "EventTracker",
            required: ["Name", "DatasetGroupArn"],
            carried: ["Name", "DatasetGroupArn", "Tags"],
            createOnly: ["Name", "DatasetGroupArn"],
            attributes: ["TrackingId"]
        ),
        plain(
            "Filter",
            required: ["Name", "DatasetGroupArn", "FilterExpression"],
            carried: ["Name", "DatasetGroupArn", "FilterExpression", "Tags"],
            createOnly: ["Name", "DatasetGroupArn", "FilterExpression"],
            attributes: ["Status", "CreationDateTime", "LastUpdatedDateTime"]
        ),
        campaign,
        metricAttribution,
    ]

    /// A type whose resources are made whole by one operation, and changed in their tags at most.
    private static func plain(
        _ kind: String,
        required: [String],
        carried: Set<String>,
        createOnly: Set<String>,
        attributes: [String] = []
    ) -> ResourceType {
        ResourceType(
            name: "AWS::Personalize::\(kind)",
            service: "Personalize",
            required: required,
            carried: carried,
            lists: carried.intersection(["Tags"]),
            maps: carried.intersection(["SolutionConfig"]),
            createOnly: createOnly,
            attributes: Set(attributes + ["\(kind)Arn"]),
            create: { (properties, context) throws(ServiceError) in
                let input = carried.subtracting(["Tags"]).sorted().map { (name: $0, value: properties[$0]) }
                return try made(kind, try create(kind, input, properties, context), attributes, context)
            },
            update: { (id, old, new, context) throws(ServiceError) in
                try setTags(id, old, new, context)
                return nil
            },
            delete: { (id, _, context) throws(ServiceError) in try delete(kind, id, context) },
            find: { (properties, context) throws(ServiceError) in try find(kind, properties, context) },
            complete: { (id, _, context) throws(ServiceError) in try made(kind, id, attributes, context) }
        )
    }

    // MARK: What all of them do

    /// `DatasetGroup` as the members of answers are called.
    private static func member(_ kind: String) -> String { kind.prefix(1).lowercased() + kind.dropFirst() }
    private static func arnName(_ kind: String) -> String { "\(member(kind))Arn" }

    /// - Returns: the ARN of what was made.
    static func create(
        _ kind: String,
        _ input: [(name: String, value: Document?)],
        _ properties: Document,
        _ context: ResourceContext
    ) throws(ServiceError) -> String {
        let tags = kind == "MetricAttribution" ? [] : context.tags(properties)
        let list: Document? = tags.isEmpty ? nil : .list(tags.map { .members([("tagKey", $0["Key"]), ("tagValue", $0["Value"])]) })
        var input = input
        input.append(("tags", list))
        let answer = try context.run("personalize", "Create\(kind)", input)
        let arn = answer[arnName(kind)]?.textIfAny ?? ""
        context.note(arn)
        return arn
    }

    /// Nil when there is none of that ARN.
    static func describe(_ kind: String, _ arn: String, _ context: ResourceContext) throws(ServiceError) -> Document? {
        do throws(ServiceError) {
            let answer = try context.run("personalize", "Describe\(kind)", [(arnName(kind), .string(arn))])
            return answer[member(kind)] ?? answer
        } catch  where error.code == "ResourceNotFoundException" {
            return nil
        }
    }

    /// Waits until it is ACTIVE, and reads its attributes.
    static func made(_ kind: String, _ arn: String, _ attributes: [String], _ context: ResourceContext) throws(ServiceError) -> Made {
        var last: Document = .null
        try context.wait { () throws(ServiceError) in
            guard let found = try describe(kind, arn, context) else { throw .handler("\(arn) is gone", "NotFound") }
            last = found
            // Schemas have no status.
            guard let status = found["status"]?.textIfAny else { return true }
            if status == "CREATE FAILED" {
                throw .handler("\(arn) is in CREATE FAILED: \(found["failureReason"]?.textIfAny ?? "no reason was given")", "NotStabilized")
            }
            return status == "ACTIVE"
        }
        var values = Document.members([("\(kind)Arn", .string(arn))])
        for name in attributes {
            let value = last[member(name)]
            if case .timestamp(let time)? = value { values.set(name, .string(ISO8601.milliseconds(time))) } else { values.set(name, value) }
        }
        return Made(id: arn, attributes: values)
    }

    static func delete(_ kind: String, _ arn: String, _ context: ResourceContext) throws(ServiceError) {
        // A deletion that was cut off may still be going on.
        if try describe(kind, arn, context)?["status"]?.textIfAny?.hasPrefix("DELETE ") != true {
            try context.run("personalize", "Delete\(kind)", [(arnName(kind), .string(arn))], unless: ["ResourceNotFoundException"])
        }
        try context.wait { () throws(ServiceError) in try describe(kind, arn, context) == nil }
    }

    /// The ARN of the one with that name, in its dataset group if it has one.
    static func find(_ kind: String, _ properties: Document, _ context: ResourceContext) throws(ServiceError) -> String? {
        var token: Document?
        let group = kind == "Campaign" || kind == "DatasetGroup" || kind == "Schema" ? nil : properties["DatasetGroupArn"]
        repeat {
            let answer = try context.run("personalize", "List\(kind)s", [("datasetGroupArn", group), ("nextToken", token)])
            let list = answer.entriesIfAny.first { !$0.value.listIfAny.isEmpty }?.value.listIfAny ?? []
            if let found = list.first(where: { $0["name"]?.textIfAny == properties["Name"]?.scalarText }) { return found[arnName(kind)]?.textIfAny }
            token = answer["nextToken"]
        } while token != nil
        return nil
    }

    static func setTags(_ arn: String, _ old: Document, _ new: Document, _ context: ResourceContext) throws(ServiceError) {
        let kept = Set(context.tags(new).compactMap { $0["Key"]?.scalarText })
        let gone = (old["Tags"]?.listIfAny ?? []).compactMap { $0["Key"] }.filter { !kept.contains($0.scalarText ?? "") }
        if !gone.isEmpty { try context.run("personalize", "UntagResource", [("resourceArn", .string(arn)), ("tagKeys", .list(gone))]) }
        guard !kept.isEmpty else { return }
        let tags = context.tags(new).map { Document.members([("tagKey", $0["Key"]), ("tagValue", $0["Value"])]) }
        try context.run("personalize", "TagResource", [("resourceArn", .string(arn)), ("tags", .list(tags))])
    }
}
