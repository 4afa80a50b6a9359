import Wire

/// What the source's ARNs are at the target, where the account or the partition is another.
struct TargetNames {
    private let source: String
    private let target: String
    private let recipes: (from: String, to: String)

    /// - Parameters:
    ///   - group: the data set group's ARN at the source.
    ///   - account: the target's.
    init(group: String, account: String) {
        let parts = group.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let partition = parts.count > 4 ? parts[1] : "aws"
        source = parts.prefix(5).joined(separator: ":") + ":"
        target = parts.count > 4 ? "arn:aws:\(parts[2]):\(parts[3]):\(account):" : source
        recipes = ("arn:\(partition):personalize:::", "arn:aws:personalize:::")
    }

    var areTheSame: Bool { source == target }

    func of(_ arn: String) -> String {
        if arn.hasPrefix(source) { return target + arn.dropFirst(source.count) }
        if arn.hasPrefix(recipes.from) { return recipes.to + arn.dropFirst(recipes.from.count) }
        return arn
    }

    /// The same in all texts of a document.
    func of(_ document: Document) -> Document {
        switch document {
        case .string(let text): .string(of(text))
        case .list(let elements): .list(elements.map(of))
        case .object(let fields): .object(Document.Fields(fields.entries.map { ($0.name, of($0.value)) }))
        default: document
        }
    }
}

extension Document {
    /// Whether two say the same: the order of members and how a number is written do not matter, nor does a member that is null.
    func saysTheSame(as other: Document) -> Bool {
        switch (self, other) {
        case (.object(let own), .object(let others)):
            let names = Set(own.entries.map(\.name) + others.entries.map(\.name))
            return names.allSatisfy { name in
                switch (self[name], other[name]) {
                case (nil, nil): true
                case (let one?, let two?): one.saysTheSame(as: two)
                default: false
                }
            }
        case (.list(let own), .list(let others)): return own.count == others.count && zip(own, others).allSatisfy { $0.saysTheSame(as: $1) }
        default: return self == other || (numberIfAny != nil && numberIfAny == other.numberIfAny)
        }
    }
}
