import ServiceKit
import Wire

/// Templates as they were given, and what is in them.
extension CloudFormationService {
    func getTemplate(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let text: String?
        let stages: (name: String, value: Document?) = ("StagesAvailable", .list([.string("Original"), .string("Processed")]))
        if input["ChangeSetName"] != nil {
            text = try changeSetTemplate(input, call)
        } else {
            guard let name = input["StackName"]?.textIfAny else { throw .invalid("StackName is required") }
            let stack = try stack(name, call)
            text = try engine.read(call) { try $0.template(of: stack.id) }
        }
        if input["TemplateStage"]?.textIfAny == "Processed", let text, let template = try? Template(text), !template.transforms.isEmpty {
            return .members([("TemplateBody", .string(JSON.text(template.document))), stages])
        }
        // Byte for byte as it came: clients compare it with what they have.
        return .members([("TemplateBody", .string(text ?? "")), stages])
    }

    private func changeSetTemplate(_ input: Document, _ call: Call) throws(ServiceError) -> String? {
        let shown = try describeChangeSet(input, call)
        let id = shown["ChangeSetId"]?.textIfAny ?? ""
        return try engine.read(call) { try $0.changeSet(id: id) }?["Template"]?.textIfAny
    }

    /// The template that a request gives, or that of the stack it names.
    private func anyTemplate(_ input: Document, _ call: Call) throws(ServiceError) -> Template {
        if input["TemplateBody"] != nil || input["TemplateURL"] != nil { return try Template(try templateText(input, old: nil, call)) }
        guard let name = input["StackName"]?.textIfAny else { throw .invalid("Either Template URL or Template Body must be specified.") }
        let stack = try stack(name, call)
        return try Template(try engine.read(call) { try $0.template(of: stack.id) } ?? "")
    }

    private static func needs(_ template: Template) -> [(name: String, value: Document?)] {
        guard let capabilities = capabilities(template) else { return [("Capabilities", .list([]))] }
        let reason = "The following resource(s) require capabilities: [\(capabilities.types.joined(separator: ", "))]"
        return [("Capabilities", .list([.string(capabilities.needed)])), ("CapabilitiesReason", .string(reason))]
    }

    func getTemplateSummary(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let template = try anyTemplate(input, call)
        let parameters = template.parameters.map { parameter in
            Document.members([
                ("ParameterKey", .string(parameter.name)), ("DefaultValue", parameter.fallback.map { .string($0) }),
                ("ParameterType", .string(parameter.type)), ("NoEcho", .boolean(parameter.isSecret)),
                ("Description", parameter.description.map { .string($0) }),
                (
                    "ParameterConstraints",
                    .members([("AllowedValues", parameter.allowed.map { .list($0.map { .string($0) }) })])
                ),
            ])
        }
        return .members(
            [
                ("Parameters", .list(parameters)), ("Description", template.description.map { .string($0) }),
                ("ResourceTypes", .list(template.resources.map { .string($0.type) })),
                ("Version", template.document["AWSTemplateFormatVersion"].map { .string($0.scalarText ?? "") }),
                ("Metadata", template.document["Metadata"].map { .string(String(decoding: JSON.write($0), as: UTF8.self)) }),
                ("DeclaredTransforms", .list(template.transforms.map { .string($0) })), ("ResourceIdentifierSummaries", .list([])),
            ] + Self.needs(template)
        )
    }

    func validateTemplate(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let template = try Template(try templateText(input, old: nil, call))
        let unknown = ResourceTypes.unknown(template)
        guard unknown.isEmpty else { throw .format("Unrecognized resource types: [\(unknown.joined(separator: ", "))]") }
        let parameters = template.parameters.map { parameter in
            Document.members([
                ("ParameterKey", .string(parameter.name)), ("DefaultValue", parameter.fallback.map { .string($0) }),
                ("NoEcho", .boolean(parameter.isSecret)), ("Description", parameter.description.map { .string($0) }),
            ])
        }
        return .members(
            [
                ("Parameters", .list(parameters)), ("Description", template.description.map { .string($0) }),
                ("DeclaredTransforms", .list(template.transforms.map { .string($0) })),
            ] + Self.needs(template)
        )
    }
}
