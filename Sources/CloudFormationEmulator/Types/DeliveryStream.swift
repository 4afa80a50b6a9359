import ServiceKit
import Wire

extension ResourceType {
    private static let otherDestinations: Set<String> = [
        "RedshiftDestinationConfiguration", "ElasticsearchDestinationConfiguration", "AmazonopensearchserviceDestinationConfiguration",
        "AmazonOpenSearchServerlessDestinationConfiguration", "SplunkDestinationConfiguration", "SnowflakeDestinationConfiguration",
        "IcebergDestinationConfiguration", "MSKSourceConfiguration", "DatabaseSourceConfiguration",
    ]
    private static let deliveryProperties = [
        "DeliveryStreamType", "KinesisStreamSourceConfiguration", "DirectPutSourceConfiguration", "DeliveryStreamEncryptionConfigurationInput",
        "S3DestinationConfiguration", "ExtendedS3DestinationConfiguration", "HttpEndpointDestinationConfiguration",
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
            ("HttpEndpointDestinationConfiguration", "HttpEndpointDestinationUpdate"),
        ] {
            guard let given = new[property], given != old[property] else { continue }
            let current = try delivery(name, context) ?? .null
            let wanted =
                member == "HttpEndpointDestinationUpdate" ? endpointUpdate(given) : bucketUpdate(given, isExtended: member != "S3DestinationUpdate")
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

    private static let buffering: (String, Document) = (
        "BufferingHints", .members([("SizeInMBs", .integer(5)), ("IntervalInSeconds", .integer(300))])
    )
    private static let logging: (String, Document) = ("CloudWatchLoggingOptions", .members([("Enabled", .boolean(false))]))
    private static let processing: (String, Document) = ("ProcessingConfiguration", .members([("Enabled", .boolean(false))]))
    private static let bucketDefaults: [(String, Document)] = [
        ("Prefix", .string("")), ("ErrorOutputPrefix", .string("")), ("CompressionFormat", .string("UNCOMPRESSED")), buffering, logging,
        ("EncryptionConfiguration", .members([("NoEncryptionConfig", .string("NoEncryption"))])),
    ]
    private static let extendedDefaults: [(String, Document)] = [
        processing, ("S3BackupMode", .string("Disabled")), ("FileExtension", .string("")), ("CustomTimeZone", .string("")),
    ]
    private static let endpointDefaults: [(String, Document)] = [
        buffering, logging, processing, ("RetryOptions", .members([("DurationInSeconds", .integer(300))])),
        ("S3BackupMode", .string("FailedDataOnly")),
        ("RequestConfiguration", .members([("ContentEncoding", .string("NONE")), ("CommonAttributes", .list([]))])),
        ("SecretsManagerConfiguration", .members([("Enabled", .boolean(false))])),
    ]

    /// - Parameter defaults: of what is not given.
    private static func completed(_ given: Document, _ defaults: [(String, Document)]) -> Document {
        var all = given
        for (name, value) in defaults where all[name] == nil { all.set(name, value) }
        return all
    }

    private static func bucketUpdate(_ given: Document, isExtended: Bool) -> Document {
        var wanted = completed(given, bucketDefaults + (isExtended ? extendedDefaults : []))
        if let backup = given["S3BackupConfiguration"] {
            wanted.set("S3BackupUpdate", backup)
            wanted.set("S3BackupConfiguration", nil)
        }
        return wanted
    }

    private static func endpointUpdate(_ given: Document) -> Document {
        var wanted = completed(given, endpointDefaults)
        wanted.set("S3Update", given["S3Configuration"].map { completed($0, bucketDefaults) })
        wanted.set("S3Configuration", nil)
        return wanted
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
