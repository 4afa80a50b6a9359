import ServiceKit
import Wire

/// Tags of parameters, the only resource of the service that is here.
enum ParameterTags {
    private static let maximum = 50

    static func check(_ tags: [Document]) throws(ServiceError) {
        let keys = tags.map { $0.required("Key").text }
        guard Set(keys).count == keys.count else { throw .validation("Tag keys must be unique.") }
        guard keys.count <= maximum else {
            throw ServiceError("TooManyTagsError", "Number of tags exceeded: \(keys.count) > \(maximum).")
        }
    }
}

extension ParameterService {
    private func change(_ input: Document, _ call: Call, _ change: (inout Parameter) throws -> Void) throws(ServiceError) -> Document {
        let name = try Self.resource(input)
        try write(call) { table in
            guard var parameter = try Parameter.find(name, in: table) else { throw Self.invalidResource(name) }
            try change(&parameter)
            try parameter.save(in: table)
        }
        return .object(Document.Fields())
    }

    private static func resource(_ input: Document) throws(ServiceError) -> String {
        let type = input.required("ResourceType").text
        guard type == "Parameter" else {
            throw ServiceError("InvalidResourceType", "The resource type is not valid. Only Parameter is carried out here, not \(type).")
        }
        return input.required("ResourceId").text
    }

    private static func invalidResource(_ name: String) -> ServiceError {
        ServiceError("InvalidResourceId", "The resource ID \"\(name)\" is not valid. Verify that you entered the correct ID and try again.")
    }

    func addTags(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let tags = input.required("Tags").items
        try ParameterTags.check(tags)
        return try change(input, call) { parameter in
            let keys = Set(tags.map { $0.required("Key").text })
            parameter.tags = parameter.tags.filter { !keys.contains($0["Key"]?.textIfAny ?? "") } + tags
            try ParameterTags.check(parameter.tags)
        }
    }

    func removeTags(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let keys = Set(input.required("TagKeys").items.map(\.text))
        return try change(input, call) { $0.tags.removeAll { keys.contains($0["Key"]?.textIfAny ?? "") } }
    }

    func listTags(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = try Self.resource(input)
        guard let parameter = try read(call, { try Parameter.find(name, in: $0) }) else { throw Self.invalidResource(name) }
        return .members([("TagList", .list(parameter.tags))])
    }
}
