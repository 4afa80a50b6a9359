import Wire

/// The resources of a deployment that have methods, by the segments of their paths.
struct RouteTree: Sendable {
    private struct Node: Sendable {
        var words: [String: Node] = [:]
        var parameter: [(name: String, node: Node)] = []
        /// `{name+}`: all that is left.
        var rest: (name: String, methods: [String: Endpoint])?
        var methods: [String: Endpoint] = [:]
    }

    struct Match {
        let endpoint: Endpoint
        /// What stood in the place of the path's variables, escapes read.
        let parameters: [(name: String, value: String)]
    }

    private var root = Node()

    mutating func add(_ endpoint: Endpoint, path: String, method: String) {
        Self.add(endpoint, path.split(separator: "/")[...], method, to: &root)
    }

    private static func add(_ endpoint: Endpoint, _ path: ArraySlice<Substring>, _ method: String, to node: inout Node) {
        guard let segment = path.first else {
            node.methods[method] = endpoint
            return
        }
        guard segment.hasPrefix("{"), segment.hasSuffix("}") else {
            return add(endpoint, path.dropFirst(), method, to: &node.words[String(segment), default: Node()])
        }
        let name = String(segment.dropFirst().dropLast())
        if name.hasSuffix("+") {
            var methods = node.rest?.methods ?? [:]
            methods[method] = endpoint
            node.rest = (String(name.dropLast()), methods)
            return
        }
        if node.parameter.isEmpty { node.parameter.append((name, Node())) }
        add(endpoint, path.dropFirst(), method, to: &node.parameter[0].node)
    }

    /// A word comes before a variable, and that before one that takes all; the method itself before ANY. Nil when there is no such resource, or it
    /// has no such method.
    /// - Parameter path: as sent. A slash at its end is passed over.
    func match(_ path: String, method: String) -> Match? {
        var segments: [String] = []
        for segment in path.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            segments.append(Percent.decode(segment) ?? String(segment))
        }
        if segments.last == "" { segments.removeLast() }
        guard let (methods, parameters) = Self.find(segments[...], root) else { return nil }
        return (methods[method] ?? methods["ANY"]).map { Match(endpoint: $0, parameters: parameters) }
    }

    private typealias Found = (methods: [String: Endpoint], parameters: [(name: String, value: String)])

    /// Each node is looked at once at most, for each is reached in one way.
    private static func find(_ segments: ArraySlice<String>, _ node: Node) -> Found? {
        guard let first = segments.first else { return node.methods.isEmpty ? nil : (node.methods, []) }
        if let next = node.words[first], let found = find(segments.dropFirst(), next) { return found }
        if !first.isEmpty, let (name, next) = node.parameter.first, let found = find(segments.dropFirst(), next) {
            return (found.methods, [(name, first)] + found.parameters)
        }
        guard let (name, methods) = node.rest, !methods.isEmpty else { return nil }
        return (methods, [(name, segments.joined(separator: "/"))])
    }
}
