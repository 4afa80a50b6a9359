import ServiceKit
import Wire

/// The notification configuration of a bucket: who is told of what happens to its objects. A record of the bucket's account.
struct BucketNotification: Sendable {
    /// One configuration of a function.
    struct FunctionTarget: Sendable {
        var id: String
        /// An ARN, which may have a qualifier.
        var function: String
        /// `s3:ObjectCreated:*`
        var events: [String]
        /// Nil where the filter has no such rule.
        var prefix: String?
        var suffix: String?

        var hasFilter: Bool { prefix != nil || suffix != nil }
    }

    static let kind = "s3-notification"
    /// "Amazon S3 quotas and limits" (S3 user guide, 2026): event notification configurations of a bucket.
    private static let maximumTargets = 100
    private static let longestFilter = 1024
    private static let longestID = 255

    var functions: [FunctionTarget] = []
    /// Whether every event goes to the default event bus.
    var isOnBus = false

    var isEmpty: Bool { functions.isEmpty && !isOnBus }

    // MARK: As it is kept

    init(_ record: Record) {
        isOnBus = record.body["Bus"] == .boolean(true)
        functions = (record.body["Functions"]?.listIfAny ?? []).map { target in
            FunctionTarget(
                id: target["Id"]?.textIfAny ?? "",
                function: target["Function"]?.textIfAny ?? "",
                events: (target["Events"]?.listIfAny ?? []).compactMap(\.textIfAny),
                prefix: target["Prefix"]?.textIfAny,
                suffix: target["Suffix"]?.textIfAny
            )
        }
    }

    static func find(_ bucket: String, in table: RecordTable) throws -> BucketNotification? {
        try table.find(kind, bucket).map { BucketNotification($0) }
    }

    static func remove(of bucket: String, in table: RecordTable) throws { try table.remove(kind, bucket) }

    /// One without anything is none.
    func save(_ bucket: String, in table: RecordTable) throws {
        guard !isEmpty else { return try table.remove(Self.kind, bucket) }
        let targets = functions.map { target in
            Document.members([
                ("Id", .string(target.id)), ("Function", .string(target.function)), ("Events", .list(target.events.map { .string($0) })),
                ("Prefix", target.prefix.map { .string($0) }), ("Suffix", target.suffix.map { .string($0) }),
            ])
        }
        try table.put(Self.kind, bucket, .members([("Functions", .list(targets)), ("Bus", .boolean(isOnBus))]))
    }

    /// Those that are told of a change of a key.
    func targets(of change: ObjectChange, key: String) -> [FunctionTarget] {
        functions.filter { target in
            target.events.contains { Self.overlap($0, "s3:\(change.rawValue)") }
                && key.utf8.starts(with: (target.prefix ?? "").utf8) && key.utf8.reversed().starts(with: (target.suffix ?? "").utf8.reversed())
        }
    }

    // MARK: As it is sent

    /// - Throws: `MalformedXML`; `InvalidArgument` in the words of S3; `NotImplemented` for queues and topics.
    init(parsing body: [UInt8]) throws(ServiceError) {
        guard let document = try? XMLElement(parsing: body), document.name == "NotificationConfiguration" else { throw .malformedXML }
        for element in document.children {
            switch element.name {
            case "CloudFunctionConfiguration": functions.append(try Self.target(element))
            case "EventBridgeConfiguration": isOnBus = true
            case "QueueConfiguration", "TopicConfiguration":
                throw ServiceError(
                    "NotImplemented",
                    "\(element.name) of PutBucketNotificationConfiguration is not carried out by personalite.",
                    status: 501,
                    hint: "docs/fidelity-s3.md: buckets tell functions and the default event bus"
                )
            default: throw .malformedXML
            }
        }
        guard functions.count <= Self.maximumTargets else {
            throw .invalidRequest("The configuration has more than \(Self.maximumTargets) notifications.")
        }
        guard Set(functions.map(\.id)).count == functions.count else {
            throw .invalidRequest("Two notifications of the configuration have the same Id.")
        }
        try checkOverlaps()
    }

    private static func target(_ element: XMLElement) throws(ServiceError) -> FunctionTarget {
        try checkChildren(element, ["Id", "CloudFunction", "Event", "Filter"])
        if let filter = element["Filter"] {
            try checkChildren(filter, ["S3Key"])
            if let key = filter["S3Key"] { try checkChildren(key, ["FilterRule"]) }
        }
        guard let function = element["CloudFunction"]?.text, !function.isEmpty else { throw .malformedXML }
        let events = element.all("Event").map(\.text)
        guard !events.isEmpty else { throw .malformedXML }
        for event in events where !eventNames.contains(event) {
            throw .invalidArgument("A specified event is not supported for notifications.", "Event", event)
        }
        let id = element["Id"]?.text ?? ""
        guard id.utf8.count <= longestID else { throw .invalidArgument("The Id of a notification has at most \(longestID) bytes.", "Id", id) }
        guard let arn = ARN(function), arn.service == "lambda", arn.resource.hasPrefix("function:") else {
            throw .invalidArgument("The ARN is not well formed", "CloudFunction", function)
        }
        var target = FunctionTarget(id: id.isEmpty ? UUIDText.random() : id, function: function, events: events)
        for rule in element["Filter"]?["S3Key"]?.all("FilterRule") ?? [] {
            let (name, value) = (rule["Name"]?.text.lowercased() ?? "", rule["Value"]?.text ?? "")
            guard name == "prefix" || name == "suffix" else {
                throw .invalidArgument("filter rule name must be either prefix or suffix", rule["Name"]?.text ?? "", value)
            }
            guard (name == "prefix" ? target.prefix : target.suffix) == nil else {
                throw .invalidArgument("Cannot specify more than one \(name) rule in a filter.", "FilterRule.Name", name)
            }
            guard value.utf8.count <= longestFilter else {
                throw .invalidArgument("Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation", "FilterRule.Value", value)
            }
            if name == "prefix" { target.prefix = value } else { target.suffix = value }
        }
        return target
    }

    /// What is not understood must not widen what is told.
    private static func checkChildren(_ element: XMLElement, _ names: Set<String>) throws(ServiceError) {
        guard element.children.allSatisfy({ names.contains($0.name) }) else { throw .malformedXML }
    }

    /// Two configurations must not both be told of one change.
    private func checkOverlaps() throws(ServiceError) {
        for (index, one) in functions.enumerated() {
            for other in functions[(index + 1)...] {
                guard one.events.contains(where: { event in other.events.contains { Self.overlap(event, $0) } }) else { continue }
                if !one.hasFilter, !other.hasFilter {
                    throw ServiceError(
                        "InvalidArgument",
                        "Configurations overlap. Configurations on the same bucket cannot share a common event type."
                    )
                }
                let (prefixes, suffixes) = ([one.prefix ?? "", other.prefix ?? ""], [one.suffix ?? "", other.suffix ?? ""])
                let startAlike = prefixes[0].utf8.starts(with: prefixes[1].utf8) || prefixes[1].utf8.starts(with: prefixes[0].utf8)
                let ends = suffixes.map { Array($0.utf8.reversed()) }
                guard startAlike, ends[0].starts(with: ends[1]) || ends[1].starts(with: ends[0]) else { continue }
                throw ServiceError(
                    "InvalidArgument",
                    "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type."
                )
            }
        }
    }

    /// Whether there is a change that both names of events are of.
    private static func overlap(_ one: String, _ other: String) -> Bool {
        if one == other { return true }
        if one.hasSuffix(":*") { return other.hasPrefix(one.dropLast()) }
        return other.hasSuffix(":*") && one.hasPrefix(other.dropLast())
    }

    /// The names that S3 has (botocore 1.44.5, `Event`).
    private static let eventNames: Set<String> = Set(
        [
            "ReducedRedundancyLostObject", "ObjectCreated:*", "ObjectCreated:Put", "ObjectCreated:Post", "ObjectCreated:Copy",
            "ObjectCreated:CompleteMultipartUpload", "ObjectRemoved:*", "ObjectRemoved:Delete", "ObjectRemoved:DeleteMarkerCreated",
            "ObjectRestore:*", "ObjectRestore:Post", "ObjectRestore:Completed", "ObjectRestore:Delete", "Replication:*",
            "Replication:OperationFailedReplication", "Replication:OperationNotTracked", "Replication:OperationMissedThreshold",
            "Replication:OperationReplicatedAfterThreshold", "LifecycleTransition", "IntelligentTiering", "ObjectAcl:Put", "LifecycleExpiration:*",
            "LifecycleExpiration:Delete", "LifecycleExpiration:DeleteMarkerCreated", "ObjectTagging:*", "ObjectTagging:Put", "ObjectTagging:Delete",
            "ObjectAnnotation:*", "ObjectAnnotation:Put", "ObjectAnnotation:Delete", "ObjectRetention:Put",
        ].map { "s3:\($0)" }
    )

    /// As GetBucketNotificationConfiguration answers it.
    func write(_ writer: inout XMLWriter) {
        for target in functions {
            writer.element("CloudFunctionConfiguration") { writer in
                writer.leaf("Id", target.id)
                writer.leaf("CloudFunction", target.function)
                for event in target.events { writer.leaf("Event", event) }
                guard target.hasFilter else { return }
                writer.element("Filter") { writer in
                    writer.element("S3Key") { writer in
                        for (name, value) in [("Prefix", target.prefix), ("Suffix", target.suffix)] {
                            guard let value else { continue }
                            writer.element("FilterRule") { writer in
                                writer.leaf("Name", name)
                                writer.leaf("Value", value)
                            }
                        }
                    }
                }
            }
        }
        if isOnBus { writer.element("EventBridgeConfiguration") { _ in } }
    }
}
