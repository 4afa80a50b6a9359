import Wire

/// Where a mapping takes its value from.
enum ParameterSource: Sendable, Equatable {
    enum Side { case request, response }

    enum Place: Equatable {
        case path, querystring, header, multiValueQuery, multiValueHeader, body

        var name: String {
            switch self {
            case .path: "path"
            case .querystring, .multiValueQuery: "querystring"
            case .header, .multiValueHeader: "header"
            case .body: "body"
            }
        }
    }

    case literal(String)
    case context(String)
    case stageVariable(String)
    /// Of the request; for the body a JSON path, empty for all of it.
    case method(Place, String)
    /// Of what the integration answered.
    case integrationHeader(String)
    case integrationBody(String)

    /// Nil when the text is no mapping.
    init?(_ text: String, side: Side) {
        if text.hasPrefix("'"), text.hasSuffix("'"), text.utf8.count >= 2 {
            self = .literal(String(text.dropFirst().dropLast()))
            return
        }
        for (prefix, make) in Self.prefixes(side) where text.hasPrefix(prefix) {
            let name = String(text.dropFirst(prefix.count))
            guard !name.isEmpty else { return nil }
            self = make(name)
            return
        }
        switch (text, side) {
        case ("method.request.body", .request): self = .method(.body, "")
        case ("integration.response.body", .response): self = .integrationBody("")
        default: return nil
        }
    }

    private static func prefixes(_ side: Side) -> [(String, (String) -> ParameterSource)] {
        let common: [(String, (String) -> ParameterSource)] = [
            ("context.", { .context($0) }), ("stageVariables.", { .stageVariable($0) }),
        ]
        switch side {
        case .request:
            return common + [
                ("method.request.path.", { .method(.path, $0) }), ("method.request.querystring.", { .method(.querystring, $0) }),
                ("method.request.header.", { .method(.header, $0) }),
                ("method.request.multivaluequerystring.", { .method(.multiValueQuery, $0) }),
                ("method.request.multivalueheader.", { .method(.multiValueHeader, $0) }), ("method.request.body.", { .method(.body, $0) }),
            ]
        case .response:
            return common + [
                ("integration.response.header.", { .integrationHeader($0) }),
                ("integration.response.multivalueheader.", { .integrationHeader($0) }), ("integration.response.body.", { .integrationBody($0) }),
            ]
        }
    }

    /// Nil where there is nothing.
    /// - Parameter answer: of the integration; nil before it was asked.
    func value(_ exchange: GatewayExchange, context: Document, stage: DeployedStage, answer: WireResponse? = nil) -> String? {
        switch self {
        case .literal(let text): return text
        case .context(let path): return Self.text(path.split(separator: ".").reduce(Optional(context)) { $0?[String($1)] })
        case .stageVariable(let name): return stage.variables[name]?.textIfAny
        case .method(.path, let name): return exchange.parameters.last { $0.name == name }?.value
        case .method(.querystring, let name): return exchange.query.last { $0.name == name }?.value
        case .method(.header, let name): return exchange.request.headers.all(name.lowercased()).last
        case .method(.multiValueQuery, let name):
            let values = exchange.query.filter { $0.name == name }.map(\.value)
            return values.isEmpty ? nil : values.joined(separator: ",")
        case .method(.multiValueHeader, let name):
            let values = exchange.request.headers.all(name.lowercased())
            return values.isEmpty ? nil : values.joined(separator: ",")
        case .method(.body, let path): return Self.find(path, in: exchange.request.body)
        case .integrationHeader(let name):
            let lowered = name.lowercased()
            return answer?.headers.last { $0.name == lowered }?.value
        case .integrationBody(let path):
            guard case .bytes(let bytes)? = answer?.body else { return nil }
            return Self.find(path, in: bytes)
        }
    }

    private static func text(_ value: Document?) -> String? {
        switch value {
        case nil, .null?: nil
        case .string(let text)?: text
        case let other?: JSON.text(other)
        }
    }

    /// A JSON path without its dollar sign.
    private static func find(_ path: String, in body: [UInt8]) -> String? {
        let text = String(decoding: body, as: UTF8.self)
        guard !path.isEmpty else { return text }
        guard let run = try? VelocityRun(VelocityInput(body: text)), let found = try? JSONPath("$." + path).find(in: run.json(), run),
            let document = try? found.document(&run.budget)
        else { return nil }
        return Self.text(document)
    }
}
