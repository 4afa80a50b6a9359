import ServiceKit
package import Wire

/// The operations on buckets that other services ask for, by their names, with documents.
package enum S3InProcess {
    /// - Throws: `UnknownOperationException` for what is not among them.
    static func request(_ operation: String, _ input: Document) throws(ServiceError) -> WireRequest {
        // Without a name the path would be that of all buckets.
        guard let bucket = input["Bucket"]?.textIfAny, !bucket.isEmpty else {
            throw ServiceError("InvalidBucketName", "The specified bucket is not valid.", extra: [("BucketName", "")])
        }
        let path = "/\(Percent.encode(bucket))"
        let (method, query): (String, String)
        switch operation {
        case "CreateBucket": (method, query) = ("PUT", "")
        case "HeadBucket": (method, query) = ("HEAD", "")
        case "DeleteBucket": (method, query) = ("DELETE", "")
        case "GetBucketPolicy": (method, query) = ("GET", "policy")
        case "PutBucketPolicy": (method, query) = ("PUT", "policy")
        case "GetBucketNotificationConfiguration": (method, query) = ("GET", "notification")
        case "PutBucketNotificationConfiguration": (method, query) = ("PUT", "notification")
        case "DeleteBucketPolicy": (method, query) = ("DELETE", "policy")
        default: throw ServiceError("UnknownOperationException", "S3 has no operation \(operation) for other services.")
        }
        var body: [UInt8] = []
        if let policy = input["Policy"]?.textIfAny { body = Array(policy.utf8) }
        if let notification = input["NotificationConfiguration"] { body = Self.notification(notification) }
        if let region = input["LocationConstraint"]?.textIfAny {
            var writer = XMLWriter()
            writer.element("CreateBucketConfiguration") { $0.leaf("LocationConstraint", region) }
            body = writer.bytes
        }
        return WireRequest(method: method, path: path, query: query, headers: ["host": "localhost"], body: body)
    }

    /// The members of S3's model as they stand on the wire.
    private static func notification(_ document: Document) -> [UInt8] {
        var writer = XMLWriter()
        writer.element("NotificationConfiguration") { writer in
            for _ in document["QueueConfigurations"]?.listIfAny ?? [] { writer.element("QueueConfiguration") { _ in } }
            for _ in document["TopicConfigurations"]?.listIfAny ?? [] { writer.element("TopicConfiguration") { _ in } }
            for target in document["LambdaFunctionConfigurations"]?.listIfAny ?? [] {
                writer.element("CloudFunctionConfiguration") { writer in
                    if let id = target["Id"]?.textIfAny { writer.leaf("Id", id) }
                    writer.leaf("CloudFunction", target["LambdaFunctionArn"]?.textIfAny ?? "")
                    for event in target["Events"]?.listIfAny ?? [] { writer.leaf("Event", event.textIfAny ?? "") }
                    guard let rules = target["Filter"]?["Key"]?["FilterRules"]?.listIfAny, !rules.isEmpty else { return }
                    writer.element("Filter") { writer in
                        writer.element("S3Key") { writer in
                            for rule in rules {
                                writer.element("FilterRule") { writer in
                                    writer.leaf("Name", rule["Name"]?.textIfAny ?? "")
                                    writer.leaf("Value", rule["Value"]?.textIfAny ?? "")
                                }
                            }
                        }
                    }
                }
            }
            if document["EventBridgeConfiguration"] != nil { writer.element("EventBridgeConfiguration") { _ in } }
        }
        return writer.bytes
    }
}

extension S3Service {
    /// Carries out one of the operations of `S3InProcess` for an account that has been made out already.
    package func call(_ operation: String, _ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let head = try S3InProcess.request(operation, input)
        let target = try S3Target(head)
        let found = try S3Operation(head, target)
        var request = S3Request(head, target, access: S3Access(Caller(account: call.account, region: call.region)), call)
        try request.checkCommon(found)
        request.body = head.body
        let answer = try carryOut(found, request)
        guard case .bytes(let bytes) = answer.body, !bytes.isEmpty else { return nil }
        return .members([("Body", .string(String(decoding: bytes, as: UTF8.self)))])
    }
}
