import ServiceKit
import Wire

/// Tags of roles and policies, in lists of `Key` and `Value`.
enum RecordTags {
    private static let maximum = 50

    static func check(_ tags: [Document]) throws(ServiceError) {
        let keys = tags.map { $0.required("Key").text.lowercased() }
        guard Set(keys).count == keys.count else {
            throw ServiceError("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
        }
        guard tags.count <= maximum else {
            throw ServiceError("LimitExceeded", "The number of tags has reached the maximum limit.", status: 409)
        }
    }

    static func adding(_ tags: [Document], to old: [Document]) throws(ServiceError) -> [Document] {
        try check(tags)
        let keys = Set(tags.map { $0.required("Key").text.lowercased() })
        let all = old.filter { !keys.contains($0["Key"]?.textIfAny?.lowercased() ?? "") } + tags
        try check(all)
        return all.sorted { $0.required("Key").text < $1.required("Key").text }
    }

    static func removing(_ keys: [Document], from old: [Document]) -> [Document] {
        let keys = Set(keys.map { $0.text.lowercased() })
        return old.filter { !keys.contains($0["Key"]?.textIfAny?.lowercased() ?? "") }
    }
}

extension IdentityService {
    static let tagWork: [String: Work] = [
        "TagRole": { (service, input, call) throws(ServiceError) in
            try service.changeRole(input, call) { try tag(&$0, input) }
            return nil
        },
        "UntagRole": { (service, input, call) throws(ServiceError) in
            try service.changeRole(input, call) { untag(&$0, input) }
            return nil
        },
        "ListRoleTags": { (service, input, call) throws(ServiceError) in try tags(service.role(input, call).body, input) },
        "TagPolicy": { (service, input, call) throws(ServiceError) in
            try service.changePolicy(input, call) { try tag(&$0, input) }
            return nil
        },
        "UntagPolicy": { (service, input, call) throws(ServiceError) in
            try service.changePolicy(input, call) { untag(&$0, input) }
            return nil
        },
        "ListPolicyTags": { (service, input, call) throws(ServiceError) in try tags(service.policy(input, call).body, input) },
    ]

    private static func tag(_ body: inout Document, _ input: Document) throws(ServiceError) {
        body.set("Tags", .list(try RecordTags.adding(input.required("Tags").items, to: body["Tags"]?.listIfAny ?? [])))
    }

    private static func untag(_ body: inout Document, _ input: Document) {
        body.set("Tags", .list(RecordTags.removing(input.required("TagKeys").items, from: body["Tags"]?.listIfAny ?? [])))
    }

    private static func tags(_ body: Document, _ input: Document) throws(ServiceError) -> Document {
        let tags = (body["Tags"]?.listIfAny ?? []).sorted { $0.required("Key").text < $1.required("Key").text }
        return try IdentityPage.document("Tags", tags, input, named: { $0.required("Key").text }) { $0 }
    }
}
