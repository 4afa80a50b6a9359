/// The form that AWS's query protocol sends: an `Action`, and names whose dots are a path into the input, such as `Tags.member.1.Key`.
package struct QueryForm: Sendable {
    private struct Node: Sendable {
        var value: String?
        var children: [String: Node] = [:]
    }

    /// A form with more parameters, or longer paths, is read by no operation.
    private static let maximumParameters = 20_000
    private static let maximumDepth = 16

    private var root = Node()

    /// Nil when an escape is malformed, the text is no UTF-8, or there is more of it than any operation takes.
    package init?(_ body: [UInt8]) {
        guard let text = String(validating: body, as: UTF8.self) else { return nil }
        self.init(text)
    }

    /// What a request sends: its query when it is a GET, and else its body.
    package init?(_ request: WireRequest) {
        if request.method == "GET" { self.init(request.query) } else { self.init(request.body) }
    }

    package init?(_ text: String) {
        guard text.utf8.count(where: { $0 == UInt8(ascii: "&") }) < Self.maximumParameters, let pairs = Percent.pairs(query: text) else { return nil }
        for (name, value) in pairs {
            let path = name.split(separator: ".", omittingEmptySubsequences: false)
            guard path.count <= Self.maximumDepth else { return nil }
            Self.insert(value, at: path[...], into: &root)
        }
    }

    private static func insert(_ value: String, at path: ArraySlice<Substring>, into node: inout Node) {
        guard let first = path.first else {
            node.value = value
            return
        }
        insert(value, at: path.dropFirst(), into: &node.children[String(first), default: Node()])
    }

    /// A parameter that is no structure; nil when it is not there.
    package subscript(name: String) -> String? { root.children[name]?.value }

    package var action: String? { self["Action"] }

    /// What the form has of a structure. Parameters that are not modelled are passed over, as AWS does; a text that is no number or boolean where
    /// one is meant stays a text, for the check of types to refuse.
    package func document(_ shape: Shape) -> Document {
        Self.document(root, shape) ?? .object(Document.Fields())
    }

    private static func document(_ node: Node, _ shape: Shape) -> Document? {
        switch shape.kind {
        case .structure(let members):
            guard !node.children.isEmpty else { return nil }
            let fields = members.compactMap { member in
                node.children[member.name].flatMap { document($0, member.shape) }.map { (member.name, $0) }
            }
            return .object(Document.Fields(fields))
        case .list(let member):
            // `Tags=` is how an empty list is sent.
            guard let items = node.children["member"] else { return nil }
            return .list(numbered(items).compactMap { document($0, member) })
        case .map(let key, let value):
            guard let entries = node.children["entry"] else { return nil }
            let fields = numbered(entries).compactMap { entry -> (String, Document)? in
                guard let name = entry.children["key"].flatMap({ document($0, key) })?.textIfAny,
                    let value = entry.children["value"].flatMap({ document($0, value) })
                else { return nil }
                return (name, value)
            }
            return .object(Document.Fields(fields))
        case .boolean: return node.value.map { $0 == "true" ? .boolean(true) : $0 == "false" ? .boolean(false) : .string($0) }
        case .integer, .long: return node.value.map { text in Int64(text).map { .integer($0) } ?? .string(text) }
        case .double: return node.value.map { text in Double(text).map { .double($0) } ?? .string(text) }
        case .timestamp: return node.value.map { text in ISO8601Text.timestamp(text).map { .timestamp($0) } ?? .string(text) }
        case .string, .blob: return node.value.map { .string($0) }
        }
    }

    private static func numbered(_ node: Node) -> [Node] {
        node.children.compactMap { name, child in Int(name).map { ($0, child) } }.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
