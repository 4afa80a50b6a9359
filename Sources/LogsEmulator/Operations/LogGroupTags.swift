import ServiceKit
import Wire

/// Tags of groups, by their ARN and, as it was before, by their name.
extension LogsService {
    /// Keys that begin with `aws:` are AWS's own.
    static func check(_ tags: Document) throws(ServiceError) {
        for tag in tags.entriesIfAny where tag.name.lowercased().hasPrefix("aws:") {
            throw .invalidParameter("Tag keys that begin with aws: are reserved: \(tag.name)")
        }
    }

    private static func add(_ tags: Document, to group: inout LogGroup, tooMany: String) throws(ServiceError) {
        try check(tags)
        var all = group.tags
        for tag in tags.entriesIfAny { all.set(tag.name, tag.value) }
        guard all.entriesIfAny.count <= LogGroup.maximumTags else {
            throw ServiceError(tooMany, "The number of tags of \(group.name) would be more than \(LogGroup.maximumTags).")
        }
        group.body.set("tags", all)
    }

    private static func remove(_ keys: Document, from group: inout LogGroup) {
        var all = group.tags
        for key in keys.items { all.set(key.text, nil) }
        group.body.set("tags", all)
    }

    /// The resource's group as an input that names it.
    private static func named(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let arn = input.required("resourceArn").text
        guard arn.hasPrefix("arn:") else { throw .invalidParameter("The ARN \(arn) is not the ARN of a log group.") }
        return .members([("logGroupName", .string(try LogGroup.name(ofARN: arn, call)))])
    }

    func tagResource(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let tags = input.required("tags")
        return try change(Self.named(input, call), call) { try Self.add(tags, to: &$0, tooMany: "TooManyTagsException") }
    }

    func untagResource(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let keys = input.required("tagKeys")
        return try change(Self.named(input, call), call) { Self.remove(keys, from: &$0) }
    }

    func listTagsForResource(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let named = try Self.named(input, call)
        return .members([("tags", try read(call) { records, _ in try Self.group(named, in: records, call).tags })])
    }

    func tagLogGroup(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let tags = input.required("tags")
        return try change(input, call) { try Self.add(tags, to: &$0, tooMany: "InvalidParameterException") }
    }

    func untagLogGroup(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let keys = input.required("tags")
        return try change(input, call) { Self.remove(keys, from: &$0) }
    }

    func listTagsLogGroup(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        .members([("tags", try read(call) { records, _ in try Self.group(input, in: records, call).tags })])
    }
}
