import ServiceKit
import Wire

extension Evaluator {
    /// The outputs that are there, as DescribeStacks answers them.
    func outputs() throws(ServiceError) -> [Document] {
        var evaluator = self
        evaluator.section = "Outputs"
        var outputs: [Document] = []
        var (exports, twice): (Set<String>, [String]) = ([], [])
        for output in template.outputs where isThere(output.condition) {
            let export = try output.exportName.map { name throws(ServiceError) in try evaluator.text(name, in: "Export") }
            if let export {
                guard Self.isExportName(export) else { throw Template.Output.malformed(output.name) }
                if !exports.insert(export).inserted { twice.append(export) }
            }
            outputs.append(
                .members([
                    ("OutputKey", .string(output.name)), ("OutputValue", .string(try evaluator.outputText(output.value))),
                    ("Description", output.description.map { .string($0) }), ("ExportName", export.map { .string($0) }),
                ])
            )
        }
        guard twice.isEmpty else {
            throw .format(
                "The Outputs section contains duplicate Export names: [\(twice.joined(separator: ", "))]. Specify a unique name for each export."
            )
        }
        return outputs
    }

    private func outputText(_ value: Document) throws(ServiceError) -> String {
        let output = try self.value(value)
        if let text = output?.scalarText { return text }
        var ending = "."
        if case .list? = output { ending = " and not a List." }
        throw .format("The Value field of every Outputs member must evaluate to a String\(ending)")
    }

    private static func isExportName(_ name: String) -> Bool {
        !name.isEmpty && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ":" || $0 == "-") }
    }

    /// Evaluates everything once, with the placeholder for what is not there yet, so that what can be refused is refused before anything is made.
    func rehearse() throws(ServiceError) {
        for resource in template.resources where isThere(resource.condition) { _ = try value(resource.properties) }
        _ = try outputs()
    }
}
