import ServiceKit
import Wire

extension ResourceType {
    static let stream = ResourceType(
        name: "AWS::Kinesis::Stream",
        service: "Kinesis",
        carried: [
            "Name", "ShardCount", "RetentionPeriodHours", "StreamEncryption", "StreamModeDetails", "DesiredShardLevelMetrics", "MaxRecordSizeInKiB",
            "RecordDistributionStrategy", "WarmThroughputMiBps", "Tags",
        ],
        lists: ["DesiredShardLevelMetrics", "Tags"],
        maps: ["StreamEncryption", "StreamModeDetails"],
        createOnly: ["Name"],
        attributes: ["Arn"],
        naming: Naming(property: "Name", limit: 128),
        create: { (properties, context) throws(ServiceError) in
            let name = properties["Name"]?.scalarText ?? context.physicalName
            let isOnDemand = properties["StreamModeDetails"]?["StreamMode"]?.scalarText == "ON_DEMAND"
            let tags = context.tags(properties)
            try context.run(
                "kinesis",
                "CreateStream",
                [
                    ("StreamName", .string(name)), ("ShardCount", properties["ShardCount"] ?? (isOnDemand ? nil : .integer(1))),
                    ("StreamModeDetails", properties["StreamModeDetails"]), ("MaxRecordSizeInKiB", properties["MaxRecordSizeInKiB"]),
                    ("RecordDistributionStrategy", properties["RecordDistributionStrategy"]),
                    ("WarmThroughputMiBps", properties["WarmThroughputMiBps"]), ("Tags", tags.isEmpty ? nil : tagMap(tags)),
                ]
            )
            context.note(name)
            try awaitStream(name, context)
            try setStream(name, from: .object(Document.Fields()), to: properties, context)
            return madeStream(name, context)
        },
        update: { (id, old, new, context) throws(ServiceError) in
            // A change that was cut off may still be going on.
            try awaitStream(id, context)
            try setStream(id, from: old, to: new, context)
            return nil
        },
        delete: { (id, _, context) throws(ServiceError) in
            if try streamStatus(id, context)?["StreamStatus"]?.textIfAny != "DELETING" {
                try context.run(
                    "kinesis",
                    "DeleteStream",
                    [("StreamName", .string(id)), ("EnforceConsumerDeletion", .boolean(true))],
                    unless: ["ResourceNotFoundException"]
                )
            }
            try context.wait { () throws(ServiceError) in try streamStatus(id, context) == nil }
        },
        find: { (properties, context) throws(ServiceError) in
            let name = properties["Name"]?.scalarText ?? context.physicalName
            return try streamStatus(name, context) == nil ? nil : name
        },
        complete: { (id, properties, context) throws(ServiceError) in
            try awaitStream(id, context)
            try setStream(id, from: .object(Document.Fields()), to: properties, context)
            return madeStream(id, context)
        }
    )

    private static func madeStream(_ name: String, _ context: ResourceContext) -> Made {
        let arn = "arn:\(context.partition):kinesis:\(context.place.region):\(context.place.account):stream/\(name)"
        return Made(id: name, attributes: .members([("Arn", .string(arn))]))
    }

    static func tagMap(_ tags: [Document]) -> Document {
        .object(Document.Fields(tags.map { ($0["Key"]?.scalarText ?? "", .string($0["Value"]?.scalarText ?? "")) }))
    }

    /// Nil when there is no such stream.
    private static func streamStatus(_ name: String, _ context: ResourceContext) throws(ServiceError) -> Document? {
        do throws(ServiceError) {
            return try context.run("kinesis", "DescribeStreamSummary", [("StreamName", .string(name))])["StreamDescriptionSummary"]
        } catch  where error.code == "ResourceNotFoundException" {
            return nil
        }
    }

    private static func awaitStream(_ name: String, _ context: ResourceContext) throws(ServiceError) {
        try context.wait { () throws(ServiceError) in
            guard let status = try streamStatus(name, context) else { throw .handler("Stream \(name) is gone", "NotFound") }
            return status["StreamStatus"]?.textIfAny == "ACTIVE"
        }
    }

    /// Brings what can be changed from one set of properties to another.
    private static func setStream(_ name: String, from old: Document, to new: Document, _ context: ResourceContext) throws(ServiceError) {
        let stream: (name: String, value: Document?) = ("StreamName", .string(name))
        let arn = madeStream(name, context).attributes["Arn"]
        let isNew = old.entriesIfAny.isEmpty
        func change(_ operation: String, _ input: [(name: String, value: Document?)]) throws(ServiceError) {
            try context.run("kinesis", operation, input)
            try awaitStream(name, context)
        }
        // The stream itself is asked, and not what the stack knows of it: what was cut off half-way, or failed, is done or taken back from where it is.
        let now = try streamStatus(name, context) ?? .null
        func differs(_ property: String, _ current: Document?) -> Bool {
            new[property].map { $0.scalarText != current?.scalarText } ?? false
        }
        if let mode = new["StreamModeDetails"], mode["StreamMode"] != now["StreamModeDetails"]?["StreamMode"] {
            try change("UpdateStreamMode", [("StreamARN", arn), ("StreamModeDetails", mode)])
        }
        if !isNew, differs("ShardCount", now["OpenShardCount"]) {
            try change("UpdateShardCount", [stream, ("TargetShardCount", new["ShardCount"]), ("ScalingType", .string("UNIFORM_SCALING"))])
        }
        let hours = new["RetentionPeriodHours"] ?? .integer(24)
        if hours.scalarText != now["RetentionPeriodHours"]?.scalarText {
            let isLess = hours.scalarText.flatMap { Double($0) }.map { $0 < now["RetentionPeriodHours"]?.numberIfAny ?? 0 } ?? false
            try change(isLess ? "DecreaseStreamRetentionPeriod" : "IncreaseStreamRetentionPeriod", [stream, ("RetentionPeriodHours", hours)])
        }
        try setEncryption(stream, new["StreamEncryption"], now, change)
        try setMetrics(stream, old, new, change)
        if !isNew {
            if differs("MaxRecordSizeInKiB", now["MaxRecordSizeInKiB"]) {
                try change("UpdateMaxRecordSize", [("StreamARN", arn), ("MaxRecordSizeInKiB", new["MaxRecordSizeInKiB"])])
            }
            if differs("WarmThroughputMiBps", now["WarmThroughput"]?["TargetMiBps"]) {
                try change("UpdateStreamWarmThroughput", [("StreamARN", arn), ("WarmThroughputMiBps", new["WarmThroughputMiBps"])])
            }
            if differs("RecordDistributionStrategy", now["RecordDistributionStrategy"]) {
                let strategy = new["RecordDistributionStrategy"]
                try change("UpdateStreamRecordDistributionStrategy", [("StreamARN", arn), ("RecordDistributionStrategy", strategy)])
            }
            try setStreamTags(stream, old, new, context)
        }
    }

    private static func setEncryption(
        _ stream: (name: String, value: Document?),
        _ wanted: Document?,
        _ now: Document,
        _ change: (String, [(name: String, value: Document?)]) throws(ServiceError) -> Void
    ) throws(ServiceError) {
        if let wanted {
            guard wanted["EncryptionType"] != now["EncryptionType"] || wanted["KeyId"] != now["KeyId"] else { return }
            try change("StartStreamEncryption", [stream, ("EncryptionType", wanted["EncryptionType"]), ("KeyId", wanted["KeyId"])])
        } else if now["EncryptionType"]?.textIfAny == "KMS" {
            try change("StopStreamEncryption", [stream, ("EncryptionType", now["EncryptionType"]), ("KeyId", now["KeyId"])])
        }
    }

    private static func setMetrics(
        _ stream: (name: String, value: Document?),
        _ old: Document,
        _ new: Document,
        _ change: (String, [(name: String, value: Document?)]) throws(ServiceError) -> Void
    ) throws(ServiceError) {
        let (before, after) = (old["DesiredShardLevelMetrics"]?.listIfAny ?? [], new["DesiredShardLevelMetrics"]?.listIfAny ?? [])
        let (gone, more) = (before.filter { !after.contains($0) }, after.filter { !before.contains($0) })
        if !gone.isEmpty { try change("DisableEnhancedMonitoring", [stream, ("ShardLevelMetrics", .list(gone))]) }
        if !more.isEmpty { try change("EnableEnhancedMonitoring", [stream, ("ShardLevelMetrics", .list(more))]) }
    }

    private static func setStreamTags(
        _ stream: (name: String, value: Document?),
        _ old: Document,
        _ new: Document,
        _ context: ResourceContext
    ) throws(ServiceError) {
        let kept = Set((new["Tags"]?.listIfAny ?? []).compactMap { $0["Key"]?.scalarText })
        let gone = (old["Tags"]?.listIfAny ?? []).compactMap { $0["Key"]?.scalarText }.filter { !kept.contains($0) }
        if !gone.isEmpty { try context.run("kinesis", "RemoveTagsFromStream", [stream, ("TagKeys", .list(gone.map { .string($0) }))]) }
        let tags = context.tags(new)
        if !tags.isEmpty { try context.run("kinesis", "AddTagsToStream", [stream, ("Tags", tagMap(tags))]) }
    }
}
