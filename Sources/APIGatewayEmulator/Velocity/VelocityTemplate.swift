package import Wire

/// What a template is told of a request, or of an answer.
package struct VelocityInput: Sendable {
    /// `$input.body`; empty is `{}`.
    package var body: String
    package var path: [(name: String, value: String)] = []
    package var query: [(name: String, value: String)] = []
    package var headers: [(name: String, value: String)] = []
    package var context: Document = .object(Document.Fields())
    package var stageVariables: Document = .object(Document.Fields())

    package init(body: String) {
        self.body = body
    }
}

/// What a template gave.
package struct VelocityOutput: Sendable {
    package var text: String
    /// `$context` as the template left it: `requestOverride` and `responseOverride` are set there.
    package var context: Document
}

/// A mapping template.
package struct VelocityTemplate: Sendable {
    /// In bytes (quota "Mapping template size", API Gateway developer guide).
    package static let maximumBytes = 300 * 1024

    private let nodes: [VelocityNode]

    /// - Throws: how the template is wrong, or what of it is not carried out.
    package init(_ text: String) throws(VelocityFault) {
        guard text.utf8.count <= Self.maximumBytes else { throw VelocityFault("A template has more than \(Self.maximumBytes) bytes") }
        var parser = VelocityParser(Array(text.utf8))
        nodes = try parser.whole()
    }

    /// - Throws: that it takes too long or gives too much, or that the body is no JSON although the template asks what is in it.
    package func render(_ input: VelocityInput) throws(VelocityFault) -> VelocityOutput {
        let run = try VelocityRun(input)
        try run.render(nodes)
        return VelocityOutput(text: run.output, context: try run.context.document(&run.budget))
    }
}
