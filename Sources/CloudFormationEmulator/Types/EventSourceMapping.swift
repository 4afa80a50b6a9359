import ServiceKit
import Wire

extension ResourceType {
    private static let mappingSettings = [
        "BatchSize", "MaximumBatchingWindowInSeconds", "ParallelizationFactor", "MaximumRetryAttempts", "MaximumRecordAgeInSeconds",
        "BisectBatchOnFunctionError", "FunctionResponseTypes", "DestinationConfig", "TumblingWindowInSeconds", "Enabled", "FilterCriteria",
        "FunctionName",
    ]

    static let eventSourceMapping = ResourceType(
        name: "AWS::Lambda::EventSourceMapping",
        service: "Lambda",
        required: ["FunctionName"],
        carried: Set(mappingSettings + ["EventSourceArn", "StartingPosition", "StartingPositionTimestamp"]),
        lists: ["FunctionResponseTypes"],
        maps: ["DestinationConfig", "FilterCriteria"],
        recorded: ["Tags"],
        refused: [
            "KmsKeyArn", "MetricsConfig", "LoggingConfig", "ScalingConfig", "Topics", "Queues", "SourceAccessConfigurations",
            "SelfManagedEventSource", "AmazonManagedKafkaEventSourceConfig", "SelfManagedKafkaEventSourceConfig", "DocumentDBEventSourceConfig",
            "ProvisionedPollerConfig",
        ],
        createOnly: ["EventSourceArn", "StartingPosition", "StartingPositionTimestamp"],
        attributes: ["Id", "EventSourceMappingArn"],
        create: { (properties, context) throws(ServiceError) in
            let places = ["EventSourceArn", "StartingPosition"].map { ($0, properties[$0]) } as [(name: String, value: Document?)]
            // A template has seconds, as text or as a number.
            let time = properties["StartingPositionTimestamp"]?.scalarText.flatMap { Double($0) }.map { Document.double($0) }
            let input = mappingInput(properties) + places + [("StartingPositionTimestamp", time)]
            return madeMapping(try context.run("lambda", "CreateEventSourceMapping", input))
        },
        update: { (id, old, new, context) throws(ServiceError) in
            var input = mappingInput(new)
            // What the template no longer has goes back to what it is by itself.
            for (name, value) in mappingDefaults where old[name] != nil && new[name] == nil { input.append((name, value)) }
            return madeMapping(try context.run("lambda", "UpdateEventSourceMapping", [("UUID", .string(id))] + input)).attributes
        },
        delete: { (id, _, context) throws(ServiceError) in
            try context.run("lambda", "DeleteEventSourceMapping", [("UUID", .string(id))], unless: ["ResourceNotFoundException"])
        },
        find: { (properties, context) throws(ServiceError) in
            let input = ["FunctionName", "EventSourceArn"].map { ($0, properties[$0]) } as [(name: String, value: Document?)]
            return try context.run("lambda", "ListEventSourceMappings", input)["EventSourceMappings"]?.listIfAny.first?["UUID"]?.textIfAny
        },
        complete: { (id, _, context) throws(ServiceError) in
            madeMapping(try context.run("lambda", "GetEventSourceMapping", [("UUID", .string(id))]))
        }
    )

    private static let mappingDefaults: [String: Document] = [
        "BatchSize": .integer(100), "MaximumBatchingWindowInSeconds": .integer(0), "ParallelizationFactor": .integer(1),
        "MaximumRetryAttempts": .integer(-1), "MaximumRecordAgeInSeconds": .integer(-1), "BisectBatchOnFunctionError": .boolean(false),
        "FunctionResponseTypes": .list([]), "DestinationConfig": .members([("OnFailure", .object(Document.Fields()))]), "Enabled": .boolean(true),
        "FilterCriteria": .members([("Filters", .list([]))]),
    ]

    private static func mappingInput(_ properties: Document) -> [(name: String, value: Document?)] {
        mappingSettings.map { ($0, properties[$0]) }
    }

    private static func madeMapping(_ mapping: Document) -> Made {
        Made(
            id: mapping["UUID"]?.textIfAny ?? "",
            attributes: .members([("Id", mapping["UUID"]), ("EventSourceMappingArn", mapping["EventSourceMappingArn"])])
        )
    }
}
