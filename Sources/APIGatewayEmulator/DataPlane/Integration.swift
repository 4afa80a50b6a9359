import Wire

/// An integration as it is served: its templates read once.
struct Integration: Sendable {
    struct Response: Sendable {
        let status: Int
        /// Nil for the one that is taken when no other is.
        let pattern: LinearPattern?
        let templates: [(type: String, template: VelocityTemplate)]
        /// What begins with `method.response.header.` gives a header.
        let headers: [(name: String, source: ParameterSource)]
        let contentHandling: String?
    }

    let type: String
    let uri: String
    let httpMethod: String
    let timeout: Int
    let passthrough: String
    let contentHandling: String?
    let templates: [(type: String, template: VelocityTemplate)]
    /// `integration.request.PLACE.NAME`.
    let parameters: [(place: String, name: String, source: ParameterSource)]
    let responses: [Response]

    init(_ document: Document) {
        type = document["type"]?.textIfAny ?? ""
        uri = document["uri"]?.textIfAny ?? ""
        httpMethod = document["httpMethod"]?.textIfAny ?? ""
        timeout = Int(min(max(document["timeoutInMillis"]?.numberIfAny ?? 29000, 50), 29000))
        passthrough = document["passthroughBehavior"]?.textIfAny ?? "WHEN_NO_MATCH"
        contentHandling = document["contentHandling"]?.textIfAny
        templates = Self.templates(document["requestTemplates"])
        parameters = (document["requestParameters"]?.entriesIfAny ?? []).compactMap { field in
            let parts = field.name.split(separator: ".", maxSplits: 3)
            guard parts.count == 4, let source = ParameterSource(field.value.textIfAny ?? "", side: .request) else { return nil }
            return (String(parts[2]), String(parts[3]), source)
        }
        responses = (document["integrationResponses"]?.entriesIfAny ?? []).compactMap { Self.response($0.value) }
    }

    private static func templates(_ document: Document?) -> [(type: String, template: VelocityTemplate)] {
        (document?.entriesIfAny ?? []).compactMap { field in
            (try? VelocityTemplate(field.value.textIfAny ?? "")).map { (field.name.lowercased(), $0) }
        }
    }

    private static func response(_ document: Document) -> Response? {
        guard let status = document["statusCode"]?.textIfAny.flatMap({ Int($0) }) else { return nil }
        var pattern: LinearPattern?
        if let text = document["selectionPattern"]?.textIfAny, !text.isEmpty {
            guard let read = try? LinearPattern(text) else { return nil }
            pattern = read
        }
        return Response(
            status: status,
            pattern: pattern,
            templates: templates(document["responseTemplates"]),
            headers: (document["responseParameters"]?.entriesIfAny ?? []).compactMap { field in
                guard field.name.hasPrefix("method.response.header."), let source = ParameterSource(field.value.textIfAny ?? "", side: .response)
                else { return nil }
                return (String(field.name.dropFirst("method.response.header.".count)).lowercased(), source)
            },
            contentHandling: document["contentHandling"]?.textIfAny
        )
    }

    /// The first whose pattern matches all of a text, else the one without a pattern.
    func response(for text: String) -> Response? {
        // Patterns take time by the length of the text; what matters of an error message stands at its beginning.
        let text = String(decoding: text.utf8.prefix(8192), as: UTF8.self)
        return responses.first { $0.pattern?.matchesWhole(text) == true } ?? responses.first { $0.pattern == nil }
    }
}
