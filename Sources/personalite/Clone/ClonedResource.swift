import Wire

/// A resource of the source, as its Describe operation says it.
struct ClonedResource {
    let kind: ClonedKind
    let arn: String
    let described: Document
    /// What is sent to make it again, with the source's ARNs.
    var input: [(name: String, value: Document)]
    /// ARNs of what has to be there before.
    var parents: [String]
    /// What an import reads.
    var objects: [SourceObject] = []

    var made: Double { described["creationDateTime"]?.numberIfAny ?? 0 }
    var name: String { Names.resource(of: arn) }
    /// A recommender that was stopped is stopped again.
    var isStopped: Bool { described["status"]?.textIfAny == "INACTIVE" }
    var title: String { "\(kind.word.prefix(1).uppercased())\(kind.word.dropFirst()) \(title(of: arn))" }

    private func title(of arn: String) -> String {
        let words = Names.resource(of: arn).split(separator: "/").dropFirst()
        return kind == .tracker ? described["name"]?.textIfAny ?? "" : words.joined(separator: "/")
    }

    init(_ kind: ClonedKind, _ arn: String, _ described: Document, parents: [String]) {
        self.kind = kind
        self.arn = arn
        self.described = described
        self.parents = parents
        input = kind.members.compactMap { member in described[member].map { (member, $0) } }
    }

    mutating func set(_ member: String, _ value: Document?) {
        input.removeAll { $0.name == member }
        if let value { input.append((member, value)) }
    }

    subscript(member: String) -> Document? { input.first { $0.name == member }?.value }
}

extension Document {
    /// An object without one of its members.
    fileprivate func removing(_ member: String) -> Document {
        guard case .object(let fields) = self else { return self }
        return .object(Fields(fields.entries.filter { $0.name != member }.map { ($0.name, $0.value) }))
    }

    /// The same, and nothing when nothing is left.
    func without(_ member: String) -> Document? {
        let left = removing(member)
        return left.entriesIfAny.isEmpty ? nil : left
    }
}

/// Something that stays where it is, and why.
struct LeftBehind {
    var what: String
    var why: String
    /// Whether the copy lacks something that works at the source.
    var isLoss: Bool

    var document: Document { .members([("what", .string(what)), ("why", .string(why)), ("loss", .boolean(isLoss))]) }
}
