import ServiceKit
import Wire

extension ResourceType {
    static let streamConsumer = ResourceType(
        name: "AWS::Kinesis::StreamConsumer",
        service: "Kinesis",
        required: ["ConsumerName", "StreamARN"],
        carried: ["ConsumerName", "StreamARN", "Tags"],
        lists: ["Tags"],
        createOnly: ["ConsumerName", "StreamARN", "Tags"],
        attributes: ["ConsumerARN", "ConsumerName", "ConsumerStatus", "StreamARN", "ConsumerCreationTimestamp"],
        create: { (properties, context) throws(ServiceError) in
            let tags = context.tags(properties)
            let answer = try context.run(
                "kinesis",
                "RegisterStreamConsumer",
                [
                    ("StreamARN", properties["StreamARN"]), ("ConsumerName", properties["ConsumerName"]),
                    ("Tags", tags.isEmpty ? nil : tagMap(tags)),
                ]
            )
            context.note(answer["Consumer"]?["ConsumerARN"]?.textIfAny ?? "")
            return try awaitConsumer(answer["Consumer"]?["ConsumerARN"] ?? .null, context)
        },
        update: { (_, _, _, _) throws(ServiceError) in nil },
        delete: { (id, _, context) throws(ServiceError) in
            if try consumerStatus(id, context) != "DELETING" {
                try context.run("kinesis", "DeregisterStreamConsumer", [("ConsumerARN", .string(id))], unless: ["ResourceNotFoundException"])
            }
            try context.wait { () throws(ServiceError) in try consumerStatus(id, context) == nil }
        },
        find: { (properties, context) throws(ServiceError) in
            do throws(ServiceError) {
                let answer = try context.run(
                    "kinesis",
                    "DescribeStreamConsumer",
                    [("StreamARN", properties["StreamARN"]), ("ConsumerName", properties["ConsumerName"])]
                )
                return answer["ConsumerDescription"]?["ConsumerARN"]?.textIfAny
            } catch  where error.code == "ResourceNotFoundException" {
                return nil
            }
        },
        complete: { (id, _, context) throws(ServiceError) in try awaitConsumer(.string(id), context) }
    )

    /// Nil when there is no such consumer.
    private static func consumerStatus(_ arn: String, _ context: ResourceContext) throws(ServiceError) -> String? {
        do throws(ServiceError) {
            let answer = try context.run("kinesis", "DescribeStreamConsumer", [("ConsumerARN", .string(arn))])
            return answer["ConsumerDescription"]?["ConsumerStatus"]?.textIfAny
        } catch  where error.code == "ResourceNotFoundException" {
            return nil
        }
    }

    private static func awaitConsumer(_ arn: Document, _ context: ResourceContext) throws(ServiceError) -> Made {
        var last: Document = .null
        try context.wait { () throws(ServiceError) in
            last = try context.run("kinesis", "DescribeStreamConsumer", [("ConsumerARN", arn)])["ConsumerDescription"] ?? .null
            return last["ConsumerStatus"]?.textIfAny == "ACTIVE"
        }
        var created: Document?
        if case .timestamp(let time)? = last["ConsumerCreationTimestamp"] { created = .string(String(time.seconds)) }
        return Made(
            id: arn.textIfAny ?? "",
            attributes: .members([
                ("ConsumerARN", arn), ("ConsumerName", last["ConsumerName"]), ("ConsumerStatus", last["ConsumerStatus"]),
                ("StreamARN", last["StreamARN"]), ("ConsumerCreationTimestamp", created),
            ])
        )
    }

    static let streamPolicy = ResourceType(
        name: "AWS::Kinesis::ResourcePolicy",
        service: "Kinesis",
        required: ["ResourceArn", "ResourcePolicy"],
        carried: ["ResourceArn", "ResourcePolicy"],
        documents: ["ResourcePolicy"],
        createOnly: ["ResourceArn"],
        create: { (properties, context) throws(ServiceError) in
            try putStreamPolicy(properties, context)
            return Made(id: properties["ResourceArn"]?.scalarText ?? "")
        },
        update: { (_, _, new, context) throws(ServiceError) in
            try putStreamPolicy(new, context)
            return nil
        },
        delete: { (id, _, context) throws(ServiceError) in
            try context.run("kinesis", "DeleteResourcePolicy", [("ResourceARN", .string(id))], unless: ["ResourceNotFoundException"])
        }
    )

    private static func putStreamPolicy(_ properties: Document, _ context: ResourceContext) throws(ServiceError) {
        try context.run("kinesis", "PutResourcePolicy", [("ResourceARN", properties["ResourceArn"]), ("Policy", properties["ResourcePolicy"])])
    }
}
