import ServiceKit
import Wire

/// Tags of delivery streams.
enum DeliveryTags {
    private static let maximum = 50

    static func check(_ tags: [Document]) throws(ServiceError) {
        let keys = tags.map { $0.required("Key").text }
        guard Set(keys).count == keys.count else { throw .invalidArgument("Tag keys must be unique.") }
        guard keys.count <= maximum else { throw ServiceError("LimitExceededException", "A delivery stream has \(maximum) tags at most.") }
    }
}

extension FirehoseService {
    func tagDeliveryStream(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let tags = input.required("Tags").items
        try DeliveryTags.check(tags)
        try change(input.required("DeliveryStreamName").text, call) { (stream) throws(ServiceError) in
            let keys = Set(tags.map { $0.required("Key").text })
            stream.tags = stream.tags.filter { !keys.contains($0["Key"]?.textIfAny ?? "") } + tags
            guard stream.tags.count <= 50 else { throw ServiceError("LimitExceededException", "A delivery stream has 50 tags at most.") }
        }
        return .object(Document.Fields())
    }

    func untagDeliveryStream(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let keys = Set(input.required("TagKeys").items.map(\.text))
        try change(input.required("DeliveryStreamName").text, call) { stream in
            stream.tags.removeAll { keys.contains($0["Key"]?.textIfAny ?? "") }
        }
        return .object(Document.Fields())
    }

    func listTagsForDeliveryStream(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let stream = try stream(input.required("DeliveryStreamName").text, call).stream
        let tags = stream.tags.sorted { ($0["Key"]?.textIfAny ?? "") < ($1["Key"]?.textIfAny ?? "") }
        let after = input["ExclusiveStartTagKey"]?.text
        let open = tags.filter { tag in after.map { (tag["Key"]?.textIfAny ?? "") > $0 } ?? true }
        let limit = input["Limit"]?.int ?? 50
        return .members([("Tags", .list(Array(open.prefix(limit)))), ("HasMoreTags", .boolean(open.count > limit))])
    }
}
