import ServiceKit
import Wire

extension ResourceType {
    /// Puts the notifications of a bucket's properties in the place of those that it has.
    static func putNotification(_ bucket: String, _ properties: Document, _ context: ResourceContext) throws(ServiceError) {
        let given = properties["NotificationConfiguration"] ?? .object(Document.Fields())
        try checkMembers(given, ["EventBridgeConfiguration", "LambdaConfigurations", "QueueConfigurations", "TopicConfigurations"], "")
        var functions: [Document] = []
        for target in given["LambdaConfigurations"]?.listIfAny ?? [] {
            try checkMembers(target, ["Event", "Filter", "Function"], "/LambdaConfigurations")
            if let filter = target["Filter"] {
                try checkMembers(filter, ["S3Key"], "/LambdaConfigurations/Filter")
                try checkMembers(filter["S3Key"] ?? .null, ["Rules"], "/LambdaConfigurations/Filter/S3Key")
            }
            let rules = (target["Filter"]?["S3Key"]?["Rules"]?.listIfAny ?? []).map { rule in
                Document.members([
                    ("Name", rule["Name"]?.scalarText.map { .string($0) }), ("Value", .string(rule["Value"]?.scalarText ?? "")),
                ])
            }
            functions.append(
                .members([
                    ("LambdaFunctionArn", target["Function"]), ("Events", .list(target["Event"].map { [$0] } ?? [])),
                    ("Filter", rules.isEmpty ? nil : .members([("Key", .members([("FilterRules", .list(rules))]))])),
                ])
            )
        }
        let isOnBus = given["EventBridgeConfiguration"].map { $0["EventBridgeEnabled"]?.scalarText?.lowercased() != "false" } ?? false
        let configuration = Document.members([
            ("LambdaFunctionConfigurations", .list(functions)), ("QueueConfigurations", given["QueueConfigurations"]),
            ("TopicConfigurations", given["TopicConfigurations"]), ("EventBridgeConfiguration", isOnBus ? .object(Document.Fields()) : nil),
        ])
        let input: [(name: String, value: Document?)] = [("Bucket", .string(bucket)), ("NotificationConfiguration", configuration)]
        try context.run("s3", "PutBucketNotificationConfiguration", input)
    }

    private static func checkMembers(_ value: Document, _ allowed: Set<String>, _ place: String) throws(ServiceError) {
        switch value {
        case .object, .null: break
        default:
            throw .invalid("Properties validation failed with message: [#/NotificationConfiguration\(place): expected type: JSONObject]")
        }
        guard let other = value.entriesIfAny.first(where: { !allowed.contains($0.name) }) else { return }
        throw .invalid(
            "Properties validation failed with message: [#/NotificationConfiguration\(place): extraneous key [\(other.name)] is not permitted]"
        )
    }
}
