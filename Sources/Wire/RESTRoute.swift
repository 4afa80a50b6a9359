/// How requests tell an operation of a REST service, and where the members of its input stand.
package struct RESTRoute: Sendable {
    package enum Place: Sendable {
        case uri, querystring, header
    }

    package let name: String
    package let method: String
    /// Of success.
    package let status: Int
    package let input: Shape
    /// The member that is the body as it stands; nil when the body is a document.
    package let payload: String?
    /// Of each member that stands outside the body: its name, where it stands, and what it is called there.
    package let places: [(member: String, place: Place, name: String)]
    /// The parts of the path; those in braces are members.
    let path: [Substring]
    /// What the query has to say besides, as `find=LayerVersion`: it tells operations of one path apart.
    let fixed: Substring?

    package init(
        _ name: String,
        _ method: String,
        _ path: String,
        status: Int = 200,
        input: Shape = Shape("NoInput", .structure([])),
        places: [(member: String, place: Place, name: String)] = [],
        payload: String? = nil
    ) {
        self.name = name
        self.method = method
        self.status = status
        self.input = input
        self.places = places
        self.payload = payload
        self.path = Self.parts(path.prefix { $0 != "?" })
        fixed = path.firstIndex(of: "?").map { path[path.index(after: $0)...] }
    }

    private static func parts(_ path: some StringProtocol) -> [Substring] {
        // What stands before the first slash is nothing; a slash at the end is passed over, as AWS does.
        var parts = Substring(path).split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        if parts.count > 1, parts.last == "" { parts.removeLast() }
        return Array(parts)
    }

    /// The values of the parts in braces, their escapes resolved; nil when the request is another operation's.
    func match(method: String, path: [Substring], query: String) -> [String: String]? {
        guard method == self.method, path.count == self.path.count else { return nil }
        if let fixed, !query.split(separator: "&").contains(fixed) { return nil }
        var values: [String: String] = [:]
        for (pattern, part) in zip(self.path, path) {
            if pattern.hasPrefix("{"), pattern.hasSuffix("}") {
                guard !part.isEmpty, let value = Percent.decode(part) else { return nil }
                values[String(pattern.dropFirst().dropLast())] = value
            } else if pattern != part {
                return nil
            }
        }
        return values
    }

    /// A route that a request is for, with what its path says.
    package struct Match: Sendable {
        package let route: RESTRoute
        let labels: [String: String]

        /// The input as a document: the members of the body, and those that stand elsewhere. What the request does not say is not there.
        /// - Parameter body: the document in the body; nil when the body is no document.
        package func document(_ request: WireRequest, body: Document?) -> Document {
            var fields = Document.Fields()
            let outside = Set(route.places.map(\.member))
            for field in body?.entriesIfAny ?? [] where !outside.contains(field.name) { fields.append(field.name, field.value) }
            let query = Percent.pairs(query: request.query) ?? []
            for (member, place, name) in route.places {
                let shape = route.member(member)
                switch place {
                case .uri: if let value = labels[name] { fields.append(member, RESTRoute.value(value, shape)) }
                case .header: if let value = request.headers[name.lowercased()] { fields.append(member, RESTRoute.value(value, shape)) }
                case .querystring:
                    let values = query.filter { $0.name == name }.map(\.value)
                    if case .list(let item)? = shape?.kind, !values.isEmpty {
                        fields.append(member, .list(values.map { RESTRoute.value($0, item) }))
                    } else if let value = values.first {
                        fields.append(member, RESTRoute.value(value, shape))
                    }
                }
            }
            return .object(fields)
        }
    }

    private func member(_ name: String) -> Shape? {
        guard case .structure(let members) = input.kind else { return nil }
        return members.first { $0.name == name }?.shape
    }

    /// A text from outside the body as the value that its member wants; what is none stays text, for the check to refuse.
    private static func value(_ text: String, _ shape: Shape?) -> Document { shape?.adapting(.string(text)) ?? .string(text) }
}

/// The operations of a REST service by method and path.
package struct RESTRouter: Sendable {
    private let routes: [RESTRoute]
    private let others: [RESTRoute]

    /// - Parameter others: what the service has beside, to be refused by name: name, method and path.
    package init(_ routes: [RESTRoute], others: [(String, String, String)]) {
        self.routes = routes
        self.others = others.map { RESTRoute($0.0, $0.1, $0.2) }
    }

    package enum Found: Sendable {
        case operation(RESTRoute.Match)
        /// One that is not carried out.
        case other(String)
        case nothing
    }

    package func find(method: String, path: String, query: String = "") -> Found {
        let parts = RESTRoute.split(path)
        for other in others where other.fixed != nil && other.match(method: method, path: parts, query: query) != nil { return .other(other.name) }
        for route in routes {
            if let labels = route.match(method: method, path: parts, query: query) {
                return .operation(RESTRoute.Match(route: route, labels: labels))
            }
        }
        for other in others where other.match(method: method, path: parts, query: query) != nil { return .other(other.name) }
        return .nothing
    }
}

extension RESTRoute {
    static func split(_ path: String) -> [Substring] { parts(path) }
}
