import ServiceKit
import Wire

/// Events of functions that another resource sends: what they put into it, and the permission that goes with it.
extension SAMTransform {
    /// What an event adds to a bucket of the template.
    struct BucketLink {
        var bucket: String
        /// Of `LambdaConfigurations`.
        var targets: [Document]
        var permission: String
        /// Of the function.
        var condition: Document?
    }

    /// Notes what an `S3` event adds to its bucket, which may stand behind the function.
    mutating func addNotification(_ function: SAMFunction, _ event: Document.Fields.Field) throws(ServiceError) {
        let given = event.value["Properties"] ?? .object(Document.Fields())
        let fail = { (text: String) in SAMFault.event(function.name, event.name, text) }
        try SAMFault.checkNames(given, ["Bucket", "Events", "Filter"], "\(function.name)\(event.name)", "S3")
        for name in ["Bucket", "Events"] where given[name] == nil { throw fail("Missing required property '\(name)'.") }
        guard let bucket = given["Bucket"]?["Ref"]?.textIfAny, template["Resources"]?[bucket] != nil else {
            throw fail("S3 events must reference an S3 bucket in the same template.")
        }
        let kinds = if case .list(let items)? = given["Events"] { items } else { given["Events"].map { [$0] } ?? [] }
        let condition = function.condition
        let targets = kinds.map { kind in
            let target = Document.members([("Function", function.targetReference), ("Filter", given["Filter"]), ("Event", kind)])
            return Self.conditional(condition, target)
        }
        let permission = "\(function.name)\(event.name)Permission"
        bucketLinks.append(BucketLink(bucket: bucket, targets: targets, permission: permission, condition: condition))
        let source: Members = [("SourceAccount", .members([("Ref", .string("AWS::AccountId"))]))]
        resources.append((permission, Self.permission(function, "s3.amazonaws.com", source)))
    }

    static func permission(_ function: SAMFunction, _ principal: String, _ source: Members) -> Document {
        let properties: Members = [
            ("Action", .string("lambda:InvokeFunction")), ("FunctionName", function.target), ("Principal", .string(principal)),
        ]
        return resource("AWS::Lambda::Permission", [("Condition", function.condition)], properties + source)
    }

    private static func conditional(_ condition: Document?, _ value: Document) -> Document {
        guard let condition else { return value }
        return .members([("Fn::If", .list([condition, value, .members([("Ref", .string("AWS::NoValue"))])]))])
    }

    /// Puts what events add into their buckets. A bucket waits for the permission, for S3 looks at it; for one that may not be made it waits by a tag, as
    /// AWS's transform has it.
    mutating func linkBuckets() throws(ServiceError) {
        for link in bucketLinks {
            guard let index = resources.firstIndex(where: { $0.name == link.bucket }) else {
                throw SAMFault.resource(link.bucket, "S3 events must reference an S3 bucket in the same template.")
            }
            var bucket = resources[index].value
            var properties = bucket["Properties"] ?? .object(Document.Fields())
            var configuration = properties["NotificationConfiguration"] ?? .object(Document.Fields())
            guard case .object = properties, case .object = configuration else {
                throw SAMFault.resource(link.bucket, "Properties should be a map.")
            }
            var targets: [Document] = []
            switch configuration["LambdaConfigurations"] {
            case nil: break
            case .list(let items)?: targets = items
            default: throw SAMFault.resource(link.bucket, "Invalid type for LambdaConfigurations. Must be a list.")
            }
            for target in link.targets where !targets.contains(target) { targets.append(target) }
            configuration.set("LambdaConfigurations", .list(targets))
            properties.set("NotificationConfiguration", configuration)
            if let condition = link.condition {
                let value = Document.list([condition, .members([("Ref", .string(link.permission))]), .string("no dependency")])
                let tag = Document.members([
                    ("Key", .string("sam:ConditionalDependsOn:\(link.permission)")), ("Value", .members([("Fn::If", value)])),
                ])
                guard case .list(let tags) = properties["Tags"] ?? .list([]) else {
                    throw SAMFault.resource(link.bucket, "Property 'Tags' should be a list.")
                }
                properties.set("Tags", .list(tags + [tag]))
            } else {
                let names = if case .list(let items)? = bucket["DependsOn"] { items } else { bucket["DependsOn"].map { [$0] } ?? [] }
                bucket.set("DependsOn", .list(names + [.string(link.permission)]))
            }
            bucket.set("Properties", properties)
            resources[index].value = bucket
        }
    }
}
