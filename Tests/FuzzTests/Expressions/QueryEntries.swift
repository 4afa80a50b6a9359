import Shapes
import Wire

/// Forms of the query protocol, and patterns that parameters bring along.
enum QueryEntries {
    /// What a form has fits the shape, or the check says why not.
    static func form(_ bytes: [UInt8]) throws {
        guard let form = QueryForm(bytes) else { return }
        for operation in CloudFormation.inputs + IAM.inputs + STS.inputs where operation.name == form.action || form.action == nil {
            var violations: [Violation] = []
            _ = try? operation.input.check(form.document(operation.input), &violations, package: "p")
        }
    }

    /// The first line is the pattern, the rest what it is tried on.
    static func pattern(_ bytes: [UInt8]) throws {
        let parts = bytes.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
        let texts = parts.map { String(decoding: $0, as: UTF8.self) }
        guard let pattern = try? LinearPattern(texts[0]), texts.count == 2 else { return }
        let text = String(texts[1].prefix(200))
        try law(!pattern.matchesWhole(text) || pattern.matchesPart(text), "a whole is a part")
    }
}
