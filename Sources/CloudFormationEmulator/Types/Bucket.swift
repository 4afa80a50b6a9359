import ServiceKit
import Wire

extension ResourceType {
    static let bucket = ResourceType(
        name: "AWS::S3::Bucket",
        service: "S3",
        carried: ["BucketName", "NotificationConfiguration"],
        maps: ["NotificationConfiguration"],
        recorded: [
            "AccessControl", "BucketEncryption", "CorsConfiguration", "IntelligentTieringConfigurations", "LifecycleConfiguration",
            "LoggingConfiguration", "MetricsConfigurations", "OwnershipControls", "PublicAccessBlockConfiguration", "Tags", "VersioningConfiguration",
        ],
        refused: [
            "AccelerateConfiguration", "AnalyticsConfigurations", "InventoryConfigurations", "MetadataTableConfiguration", "ObjectLockConfiguration",
            "ObjectLockEnabled", "ReplicationConfiguration", "WebsiteConfiguration",
        ],
        createOnly: ["BucketName"],
        attributes: ["Arn", "DomainName", "RegionalDomainName", "DualStackDomainName", "WebsiteURL"],
        naming: Naming(property: "BucketName", limit: 63, isLowercase: true),
        create: { (properties, context) throws(ServiceError) in
            let name = properties["BucketName"]?.scalarText ?? context.physicalName
            // us-east-1 lets a bucket be made again, and a stack must not take over another's.
            if try bucketExists(name, context) { throw .handler("\(name) already exists", "AlreadyExists") }
            let region = context.place.region
            try context.run(
                "s3",
                "CreateBucket",
                [("Bucket", .string(name)), ("LocationConstraint", region == "us-east-1" ? nil : .string(region))]
            )
            // What follows may fail, and then the bucket goes again.
            context.note(name)
            if properties["NotificationConfiguration"] != nil { try putNotification(name, properties, context) }
            return madeBucket(name, context)
        },
        update: { (id, old, new, context) throws(ServiceError) in
            if old["NotificationConfiguration"] != new["NotificationConfiguration"] { try putNotification(id, new, context) }
            return nil
        },
        delete: { (id, _, context) throws(ServiceError) in
            try context.run("s3", "DeleteBucket", [("Bucket", .string(id))], unless: ["NoSuchBucket"])
        },
        find: { (properties, context) throws(ServiceError) in
            let name = properties["BucketName"]?.scalarText ?? context.physicalName
            return try bucketExists(name, context) ? name : nil
        },
        complete: { (id, properties, context) throws(ServiceError) in
            if properties["NotificationConfiguration"] != nil { try putNotification(id, properties, context) }
            return madeBucket(id, context)
        }
    )

    private static func bucketExists(_ name: String, _ context: ResourceContext) throws(ServiceError) -> Bool {
        do throws(ServiceError) {
            try context.run("s3", "HeadBucket", [("Bucket", .string(name))])
            return true
        } catch  where error.status == 404 {
            return false
        }
    }

    private static func madeBucket(_ name: String, _ context: ResourceContext) -> Made {
        let (region, suffix) = (context.place.region, context.place.region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com")
        return Made(
            id: name,
            attributes: .members([
                ("Arn", .string("arn:\(context.partition):s3:::\(name)")), ("DomainName", .string("\(name).s3.\(suffix)")),
                ("RegionalDomainName", .string("\(name).s3.\(region).\(suffix)")),
                ("DualStackDomainName", .string("\(name).s3.dualstack.\(region).\(suffix)")),
                ("WebsiteURL", .string("http://\(name).s3-website-\(region).\(suffix)")),
            ])
        )
    }

    static let bucketPolicy = ResourceType(
        name: "AWS::S3::BucketPolicy",
        service: "S3",
        required: ["Bucket", "PolicyDocument"],
        carried: ["Bucket", "PolicyDocument"],
        documents: ["PolicyDocument"],
        createOnly: ["Bucket"],
        create: { (properties, context) throws(ServiceError) in
            try putPolicy(properties, context)
            return Made(id: properties["Bucket"]?.scalarText ?? "")
        },
        update: { (_, _, new, context) throws(ServiceError) in
            try putPolicy(new, context)
            return nil
        },
        delete: { (id, _, context) throws(ServiceError) in
            try context.run("s3", "DeleteBucketPolicy", [("Bucket", .string(id))], unless: ["NoSuchBucket"])
        }
    )

    private static func putPolicy(_ properties: Document, _ context: ResourceContext) throws(ServiceError) {
        let policy = properties["PolicyDocument"].map { $0.textIfAny ?? String(decoding: JSON.write($0), as: UTF8.self) }
        try context.run("s3", "PutBucketPolicy", [("Bucket", properties["Bucket"]), ("Policy", policy.map { .string($0) })])
    }
}
