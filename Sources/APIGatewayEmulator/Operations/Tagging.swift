import ServiceKit
import Wire

/// Tags of APIs, stages, keys and usage plans.
extension APIGatewayService {
    static let tagging: [String: Work] = [
        "TagResource": { (service, input, call) throws(ServiceError) in
            try APIGatewayService.checkTags(input)
            try service.changeTags(input, call) { tags in
                for field in input.required("tags").entriesIfAny { tags.set(field.name, field.value) }
            }
            return nil
        },
        "UntagResource": { (service, input, call) throws(ServiceError) in
            guard input.required("tagKeys").items.count <= 50 else { throw .badRequest("A resource has 50 tags at most") }
            try service.changeTags(input, call) { tags in
                for key in input.required("tagKeys").items { tags.set(key.text, nil) }
            }
            return nil
        },
        "GetTags": { (service, input, call) throws(ServiceError) in
            try service.read(call) { table in
                let (kind, name) = try APIGatewayService.tagged(input)
                guard let record = try table.find(kind, name) else { throw ServiceError.notFound("Invalid resource ARN specified") }
                return .members([("tags", record.body["tags"] ?? .object(Document.Fields()))])
            }
        },
    ]

    /// `arn:aws:apigateway:REGION::/restapis/ID`, `…/stages/NAME`, `/apikeys/ID`, `/usageplans/ID`.
    private static func tagged(_ input: Document) throws(ServiceError) -> (kind: String, name: String) {
        let text = input.required("resourceArn").text
        let parts = (ARN(text)?.resource ?? "").split(separator: "/").map(String.init)
        switch parts.count {
        case 2 where parts[0] == "restapis": return (Kind.api, parts[1])
        case 2 where parts[0] == "apikeys": return (Kind.key, parts[1])
        case 2 where parts[0] == "usageplans": return (Kind.plan, parts[1])
        case 4 where parts[0] == "restapis" && parts[2] == "stages": return (Kind.stage, "\(parts[1])/\(parts[3])")
        default: throw .badRequest("Invalid ARN specified in the request: \(text)")
        }
    }

    static func checkTags(_ input: Document) throws(ServiceError) {
        guard (input["tags"]?.entriesIfAny.count ?? 0) <= 50 else { throw .badRequest("A resource has 50 tags at most") }
    }

    private func changeTags(_ input: Document, _ call: Call, _ change: (inout Document) -> Void) throws(ServiceError) {
        try write(call) { table, _ in
            let (kind, name) = try APIGatewayService.tagged(input)
            guard let record = try table.find(kind, name) else { throw ServiceError.notFound("Invalid resource ARN specified") }
            var tags = record.body["tags"] ?? .object(Document.Fields())
            change(&tags)
            guard tags.entriesIfAny.count <= 50 else { throw ServiceError.badRequest("A resource has 50 tags at most") }
            try table.put(kind, name, parent: record.parent, record.body.setting([("tags", tags)]))
        }
    }
}
