import ServiceKit
import Wire

extension ResourceType {
    private static let otherDestinations: Set<String> = [
        "RedshiftDestinationConfiguration", "ElasticsearchDestinationConfiguration", "AmazonopensearchserviceDestinationConfiguration",
        "AmazonOpenSearchServerlessDestinationConfiguration", "SplunkDestinationConfiguration", "HttpEndpointDestinationConfiguration",
        "SnowflakeDestinationConfiguration", "IcebergDestinationConfiguration", "MSKSourceConfiguration", "DatabaseSourceConfiguration",
    ]
    private static let deliveryProperties = [
        "DeliveryStreamType", "KinesisStreamSourceConfiguration", "DirectPutSourceConfiguration", "DeliveryStreamEncryptionConfigurationInput",
        "S3DestinationConfiguration", "ExtendedS3DestinationConfiguration",
    ]

    static let deliveryStream = ResourceType(
        name: "AWS::KinesisFirehose::DeliveryStream",
        service: "Firehose",
        carried: Set(deliveryProperties).union(["DeliveryStreamName", "Tags"]),
        lists: ["Tags"],
        maps: Set(deliveryProperties).subtracting(["DeliveryStreamType"]),
        refused: otherDestinations,
        createOnly: ["DeliveryStreamName", "DeliveryStreamType", "KinesisStreamSourceConfiguration", "DirectPutSourceConfiguration"],
        attributes: ["Arn"],
        naming: Naming(property: "DeliveryStreamName", limit: 64),
        create: { (properties, context) throws(ServiceError) in
            let name = properties["DeliveryStreamName"]?.scalarText ?? context.physicalName
            let tags = context.tags(properties)
            var input: [(name: String, value: Document?)] = [("DeliveryStreamName", .string(name)), ("Tags", tags.isEmpty ? nil : .list(tags))]
            for property in deliveryProperties { input.append((property, properties[property])) }
            try context.run("firehose", "CreateDeliveryStream", input)
            context.note(name)
            try awaitDelivery(name, context)
            return madeDelivery(name, context)
        },
        update: { (id, old, new, context) throws(ServiceError) in
            try awaitDelivery(id, context)
            try setDestination(id, old, new, context)
            try setDeliveryEncryption(id, old, new, context)
            try setDeliveryTags(id, old, new, context)
            return nil
        },
        delete: { (id, _, context) throws(ServiceError) in
            let name: (name: String, value: Document?) = ("DeliveryStreamName", .string(id))
            try context.run("firehose", "DeleteDeliveryStream", [name], unless: ["ResourceNotFoundException"])
            try context.wait { () throws(ServiceError) in try delivery(id, context) == nil }
        },
        find: { (properties, context) throws(ServiceError) in
            let name = properties["DeliveryStreamName"]?.scalarText ?? context.physicalName
            return try delivery(name, context) == nil ? nil : name
        },
        complete: { (id, _, context) throws(ServiceError) in
            try awaitDelivery(id, context)
            return madeDelivery(id, context)
        }
    )

    private static func madeDelivery(_ name: String, _ context: ResourceContext) -> Made {
        let arn = "arn:\(context.partition):firehose:\(context.place.region):\(context.place.account):deliverystream/\(name)"
        return Made(id: name, attributes: .members([("Arn", .string(arn))]))
    }

    /// Nil when there is no such delivery stream.
    private static func delivery(_ name: String, _ context: ResourceContext) throws(ServiceError) -> Document? {
        do throws(ServiceError) {
            return try context.run("firehose", "DescribeDeliveryStream", [("DeliveryStreamName", .string(name))])["DeliveryStreamDescription"]
        } catch  where error.code == "ResourceNotFoundException" {
            return nil
        }
    }

    private static func awaitDelivery(_ name: String, _ context: ResourceContext) throws(ServiceError) {
        try context.wait { () throws(ServiceError) in
            guard let found = try delivery(name, context) else { throw .handler("Delivery stream \(name) is gone", "NotFound") }
            return found["DeliveryStreamStatus"]?.textIfAny == "ACTIVE"
        }
    }

    /// The whole destination is told again: what a template does not name any more has its default.
    private static func setDestination(_ name: String, _ old: Document, _ new: Document, _ context: ResourceContext) throws(ServiceError) {
        for (property, member) in [
            ("ExtendedS3DestinationConfiguration", "ExtendedS3DestinationUpdate"), ("S3DestinationConfiguration", "S3DestinationUpdate"),
        ] {
            guard var wanted = new[property], wanted != old[property] else { continue }
            let current = try delivery(name, context) ?? .null
            if let backup = wanted["S3BackupConfiguration"] {
                wanted.set("S3BackupUpdate", backup)
                wanted.set("S3BackupConfiguration", nil)
            }
            let defaults: [(String, Document)] = [
                ("Prefix", .string("")), ("ErrorOutputPrefix", .string("")), ("CompressionFormat", .string("UNCOMPRESSED")),
                ("BufferingHints", .members([("SizeInMBs", .integer(5)), ("IntervalInSeconds", .integer(300))])),
                ("CloudWatchLoggingOptions", .members([("Enabled", .boolean(false))])),
                ("EncryptionConfiguration", .members([("NoEncryptionConfig", .string("NoEncryption"))])),
            ]
            let extended: [(String, Document)] = [
                ("ProcessingConfiguration", .members([("Enabled", .boolean(false))])), ("S3BackupMode", .string("Disabled")),
                ("FileExtension", .string("")), ("CustomTimeZone", .string("")),
            ]
            for (name, value) in defaults + (member == "S3DestinationUpdate" ? [] : extended) where wanted[name] == nil { wanted.set(name, value) }
            try context.run(
                "firehose",
                "UpdateDestination",
                [
                    ("DeliveryStreamName", .string(name)), ("CurrentDeliveryStreamVersionId", current["VersionId"]),
                    ("DestinationId", current["Destinations"]?.listIfAny.first?["DestinationId"]), (member, wanted),
                ]
            )
        }
    }

    private static func setDeliveryEncryption(_ name: String, _ old: Document, _ new: Document, _ context: ResourceContext) throws(ServiceError) {
        let property = "DeliveryStreamEncryptionConfigurationInput"
        guard new[property] != old[property] else { return }
        let stream: (name: String, value: Document?) = ("DeliveryStreamName", .string(name))
        if let wanted = new[property] {
            try context.run("firehose", "StartDeliveryStreamEncryption", [stream, (property, wanted)])
        } else {
            try context.run("firehose", "StopDeliveryStreamEncryption", [stream])
        }
    }

    private static func setDeliveryTags(_ name: String, _ old: Document, _ new: Document, _ context: ResourceContext) throws(ServiceError) {
        let stream: (name: String, value: Document?) = ("DeliveryStreamName", .string(name))
        let kept = Set((new["Tags"]?.listIfAny ?? []).compactMap { $0["Key"]?.scalarText })
        let gone = (old["Tags"]?.listIfAny ?? []).compactMap { $0["Key"]?.scalarText }.filter { !kept.contains($0) }
        if !gone.isEmpty { try context.run("firehose", "UntagDeliveryStream", [stream, ("TagKeys", .list(gone.map { .string($0) }))]) }
        let tags = context.tags(new)
        if !tags.isEmpty { try context.run("firehose", "TagDeliveryStream", [stream, ("Tags", .list(tags))]) }
    }
}
