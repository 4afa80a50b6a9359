import ServiceKit
import Wire

extension ServiceError {
    static func invalid(_ message: String) -> ServiceError { ServiceError("ValidationError", message) }
    static func format(_ message: String) -> ServiceError { invalid("Template format error: \(message)") }
    static func template(_ message: String) -> ServiceError { invalid("Template error: \(message)") }
}

/// A template as it was read and found well-formed; nothing in it is evaluated yet.
struct Template: Sendable {
    struct Resource: Sendable {
        var name: String
        var type: String
        var properties: Document
        var dependsOn: [String]
        var condition: String?
        /// What becomes of it when it leaves the stack, and when it is replaced.
        var deletionPolicy: String
        var updateReplacePolicy: String
        var metadata: Document?
    }

    struct Output: Sendable {
        var name: String
        var value: Document
        var description: String?
        var exportName: Document?
        var condition: String?

        static func malformed(_ name: String) -> ServiceError {
            .format(
                """
                Output \(name) is malformed. The Name field of every Export member must be specified and consist only of alphanumeric \
                characters, colons, or hyphens.
                """
            )
        }
    }

    let document: Document
    let description: String?
    let parameters: [ParameterDeclaration]
    let conditions: [Document.Fields.Field]
    let resources: [Resource]
    let outputs: [Output]
    /// Names of transforms, for the summary.
    let transforms: [String]

    var mappings: Document { document["Mappings"] ?? .object(Document.Fields()) }
    var rules: [Document.Fields.Field] { document["Rules"]?.entriesIfAny ?? [] }

    func resource(_ name: String) -> Resource? { resources.first { $0.name == name } }

    private static let sections: Set<String> = [
        "AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Rules", "Mappings", "Conditions", "Transform", "Globals", "Resources",
        "Outputs",
    ]

    /// - Throws: CloudFormation's `ValidationError`, in its words.
    init(_ text: String) throws(ServiceError) {
        let given = try Self.read(text)
        guard case .object(let fields) = given else { throw .format("unsupported structure.") }
        let unknown = fields.entries.map(\.name).filter { !Self.sections.contains($0) }
        guard unknown.isEmpty else { throw .invalid("Invalid template property or properties [\(unknown.joined(separator: ", "))]") }
        if let version = given["AWSTemplateFormatVersion"], version.scalarText != "2010-09-09" {
            throw .format("\(version.scalarText ?? "unsupported value") is not a supported value for AWSTemplateFormatVersion.")
        }
        try Self.checkSections(given)
        transforms = try Self.transforms(given)
        let document = transforms.isEmpty ? given : try SAMTransform.expand(given)
        if !transforms.isEmpty { try Self.checkSections(document) }
        guard let resources = document["Resources"], !resources.entriesIfAny.isEmpty else {
            throw .format("At least one Resources member must be defined.")
        }
        self.document = document
        description = document["Description"]?.scalarText
        if let description, description.utf8.count > 1024 { throw .format("'Description' length is greater than 1024.") }
        parameters = try (document["Parameters"]?.entriesIfAny ?? []).map { field throws(ServiceError) in try ParameterDeclaration(field) }
        conditions = document["Conditions"]?.entriesIfAny ?? []
        self.resources = try resources.entriesIfAny.map { field throws(ServiceError) in try Self.resource(field) }
        outputs = try (document["Outputs"]?.entriesIfAny ?? []).map { field throws(ServiceError) in try Self.output(field) }
        try Self.checkMappings(document["Mappings"])
        try TemplateReferences.check(self)
    }

    /// Quotas of a template ("Understand CloudFormation quotas", CloudFormation user guide, 2026).
    private static let maximumCounts = [("Parameters", 200), ("Mappings", 200), ("Resources", 500), ("Outputs", 200)]

    private static func checkSections(_ document: Document) throws(ServiceError) {
        for section in ["Parameters", "Mappings", "Conditions", "Rules", "Resources", "Outputs"] {
            guard let value = document[section] else { continue }
            try checkNulls(value, "/\(section)")
            guard case .object = value else { throw .format("unsupported structure.") }
        }
        for (section, maximum) in maximumCounts {
            let count = document[section]?.entriesIfAny.count ?? 0
            guard count <= maximum else {
                throw .format("Number of \(section.lowercased()), \(count), is greater than maximum allowed, \(maximum)")
            }
        }
    }

    /// What has no value is nowhere in a template but in its metadata.
    private static func checkNulls(_ value: Document, _ path: String) throws(ServiceError) {
        switch value {
        case .null: throw .invalid("[\(path)] 'null' values are not allowed in templates")
        case .list(let items): for (index, item) in items.enumerated() { try checkNulls(item, "\(path)/\(index)") }
        case .object(let fields): for field in fields.entries where field.name != "Metadata" { try checkNulls(field.value, "\(path)/\(field.name)") }
        default: break
        }
    }

    private static func condition(_ value: Document?) throws(ServiceError) -> String? {
        guard let value else { return nil }
        guard let name = value.textIfAny else { throw .format("Every Condition member must be a string.") }
        return name
    }

    private static func read(_ text: String) throws(ServiceError) -> Document {
        let bytes = Array(text.utf8)
        if bytes.first(where: { !" \t\r\n".utf8.contains($0) }) == UInt8(ascii: "{") {
            do throws(JSON.Failure) { return try JSON.parse(bytes) } catch {
                let before = bytes.prefix(error.offset)
                let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
                let line = before.count(where: { $0 == 0x0A }) + 1
                throw .format("JSON not well-formed. (line \(line), column \(before.count - start + 1))")
            }
        }
        do throws(YAMLFault) { return try YAMLReader.parse(bytes) } catch {
            throw ServiceError(
                "ValidationError",
                "Template format error: YAML not well-formed. (line \(error.line), column \(error.column))",
                hint: error.reason
            )
        }
    }

    static func checkName(_ name: String, _ kind: String) throws(ServiceError) {
        guard !name.isEmpty, name.utf8.count <= 255, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }) else {
            throw .format("\(kind) name \(name) is non alphanumeric.")
        }
    }

    private static func resource(_ field: Document.Fields.Field) throws(ServiceError) -> Resource {
        let name = field.name
        try checkName(name, "Resource")
        guard case .object(let fields) = field.value else { throw .format("Any Resources member must be an object.") }
        for attribute in fields.entries.map(\.name) where !attributes.contains(attribute) {
            if attribute == "CreationPolicy" || attribute == "UpdatePolicy" {
                throw .invalid("[/Resources/\(name)/\(attribute)] is not carried out by personalite.")
            }
            throw .invalid("Invalid template resource property '\(attribute)'")
        }
        guard let type = field.value["Type"]?.textIfAny else {
            throw .format("[/Resources/\(name)] Every Resources object must contain a Type member.")
        }
        let properties = field.value["Properties"] ?? .object(Document.Fields())
        guard case .object = properties else { throw .format("[/Resources/\(name)/Properties] Properties must be an object.") }
        let named = field.value["DependsOn"].map { $0.textIfAny == nil ? $0.listIfAny : [$0] } ?? []
        let dependsOn = named.compactMap(\.textIfAny)
        guard dependsOn.count == named.count, field.value["DependsOn"] == nil || !named.isEmpty || field.value["DependsOn"] == .list([]) else {
            throw .format("Every DependsOn value must be a string.")
        }
        let deletion = try policy(field.value["DeletionPolicy"], name, "DeletionPolicy")
        return Resource(
            name: name,
            type: type,
            properties: properties,
            dependsOn: dependsOn,
            condition: try condition(field.value["Condition"]),
            deletionPolicy: deletion,
            updateReplacePolicy: try policy(field.value["UpdateReplacePolicy"], name, "UpdateReplacePolicy"),
            metadata: field.value["Metadata"]
        )
    }

    private static let attributes: Set<String> = [
        "Type", "Properties", "DependsOn", "Condition", "DeletionPolicy", "UpdateReplacePolicy", "Metadata", "Description",
    ]

    private static func policy(_ value: Document?, _ name: String, _ attribute: String) throws(ServiceError) -> String {
        guard let value else { return "Delete" }
        guard let text = value.textIfAny, ["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"].contains(text) else {
            throw .format("Unrecognized \(attribute) \(value.scalarText ?? "value") for resource \(name)")
        }
        guard text != "Snapshot" else { throw .format("Resource type of \(name) does not support \(attribute) Snapshot") }
        return text
    }

    private static func output(_ field: Document.Fields.Field) throws(ServiceError) -> Output {
        try checkName(field.name, "Output")
        guard case .object(let fields) = field.value else { throw .format("Any Outputs member must be an object.") }
        guard let value = fields["Value"] else { throw .format("Every Outputs member must contain a Value object") }
        return Output(
            name: field.name,
            value: value,
            description: field.value["Description"]?.scalarText,
            exportName: try exportName(field),
            condition: try condition(field.value["Condition"])
        )
    }

    private static func exportName(_ output: Document.Fields.Field) throws(ServiceError) -> Document? {
        guard let export = output.value["Export"] else { return nil }
        guard let name = export["Name"], export.entriesIfAny.count == 1 else { throw Output.malformed(output.name) }
        return name
    }

    private static func checkMappings(_ mappings: Document?) throws(ServiceError) {
        for map in mappings?.entriesIfAny ?? [] {
            guard case .object = map.value else { throw .format("Every Mappings member \(map.name) must be a map") }
            for key in map.value.entriesIfAny {
                for attribute in key.value.entriesIfAny where attribute.value.scalarText == nil {
                    guard case .list(let items) = attribute.value, items.allSatisfy({ $0.scalarText != nil }) else {
                        throw .format("Every Mappings attribute must be a String or a List.")
                    }
                }
            }
        }
    }

    /// The names of a template's transforms.
    private static func transforms(_ document: Document) throws(ServiceError) -> [String] {
        guard let transform = document["Transform"] else {
            guard document["Globals"] == nil else { throw .invalid("Invalid template property or properties [Globals]") }
            return []
        }
        let names = transform.textIfAny.map { [$0] } ?? transform.listIfAny.map { $0.textIfAny ?? $0["Name"]?.textIfAny ?? "" }
        for name in names where name != SAMTransform.name { throw .invalid("Transform \(name) is not carried out by personalite.") }
        return names
    }
}
