import CloudFormationEmulator
import Wire

/// Templates of CloudFormation.
enum TemplateEntries {
    /// What is read is a document that JSON can say, and that JSON reads again as the same.
    static func yaml(_ bytes: [UInt8]) throws {
        guard let document = try? YAMLReader.parse(bytes) else { return }
        let text = JSON.write(document)
        guard let again = try? JSON.parse(text) else { throw BrokenLaw("what YAML read is no JSON") }
        try law(JSON.write(again) == text, "JSON reads what YAML read as something else")
    }
}
