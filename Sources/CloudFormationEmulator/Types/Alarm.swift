import ServiceKit
import Wire

extension ResourceType {
    private static let alarmProperties = [
        "ActionsEnabled", "AlarmActions", "AlarmDescription", "ComparisonOperator", "DatapointsToAlarm", "Dimensions",
        "EvaluateLowSampleCountPercentile", "EvaluationPeriods", "ExtendedStatistic", "InsufficientDataActions", "MetricName", "Namespace",
        "OKActions",
        "Period", "Statistic", "Threshold", "TreatMissingData", "Unit",
    ]

    static let alarm = ResourceType(
        name: "AWS::CloudWatch::Alarm",
        service: "CloudWatch",
        required: ["ComparisonOperator", "EvaluationPeriods"],
        carried: Set(alarmProperties).union(["AlarmName", "Tags"]),
        lists: ["AlarmActions", "Dimensions", "InsufficientDataActions", "OKActions", "Tags"],
        refused: ["Metrics", "ThresholdMetricId"],
        createOnly: ["AlarmName"],
        attributes: ["Arn"],
        naming: Naming(property: "AlarmName", limit: 255),
        create: { (properties, context) throws(ServiceError) in
            let name = properties["AlarmName"]?.scalarText ?? context.physicalName
            try putAlarm(name, properties, context)
            context.note(name)
            return madeAlarm(name, context)
        },
        update: { (id, old, new, context) throws(ServiceError) in
            try putAlarm(id, new, context)
            let arn: (name: String, value: Document?) = ("ResourceARN", madeAlarm(id, context).attributes["Arn"])
            let kept = Set((new["Tags"]?.listIfAny ?? []).compactMap { $0["Key"]?.scalarText })
            let gone = (old["Tags"]?.listIfAny ?? []).compactMap { $0["Key"]?.scalarText }.filter { !kept.contains($0) }
            if !gone.isEmpty { try context.run("monitoring", "UntagResource", [arn, ("TagKeys", .list(gone.map { .string($0) }))]) }
            let tags = context.tags(new)
            if !tags.isEmpty { try context.run("monitoring", "TagResource", [arn, ("Tags", .list(tags))]) }
            return nil
        },
        delete: { (id, _, context) throws(ServiceError) in
            try context.run("monitoring", "DeleteAlarms", [("AlarmNames", .list([.string(id)]))])
        },
        find: { (properties, context) throws(ServiceError) in
            let name = properties["AlarmName"]?.scalarText ?? context.physicalName
            let found = try context.run("monitoring", "DescribeAlarms", [("AlarmNames", .list([.string(name)]))])
            return found["MetricAlarms"]?.listIfAny.isEmpty == false ? name : nil
        },
        complete: { (id, properties, context) throws(ServiceError) in
            try putAlarm(id, properties, context)
            return madeAlarm(id, context)
        }
    )

    private static func madeAlarm(_ name: String, _ context: ResourceContext) -> Made {
        let arn = "arn:\(context.partition):cloudwatch:\(context.place.region):\(context.place.account):alarm:\(name)"
        return Made(id: name, attributes: .members([("Arn", .string(arn))]))
    }

    private static func putAlarm(_ name: String, _ properties: Document, _ context: ResourceContext) throws(ServiceError) {
        let tags = context.tags(properties)
        var input: [(name: String, value: Document?)] = [("AlarmName", .string(name)), ("Tags", tags.isEmpty ? nil : .list(tags))]
        for property in alarmProperties { input.append((property, properties[property])) }
        try context.run("monitoring", "PutMetricAlarm", input)
    }
}
