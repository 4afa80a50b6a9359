import ServiceKit
import Wire

/// A role or a managed policy as it is kept: a document of the members of the API's own structure and some more.
protocol IdentityRecord {
    static var kind: String { get }
    var body: Document { get set }
    var name: String { get }
    init(_ body: Document)
}

extension IdentityRecord {
    /// Names differ by more than case, so records go by their lower-case spelling: what is found may be spelt otherwise.
    static func find(spelt name: String, in table: RecordTable) throws -> Self? {
        try table.find(kind, name.lowercased()).map { Self($0.body) }
    }

    /// All of the account, by name.
    static func all(in table: RecordTable) throws -> [Self] {
        try table.list(kind).map { Self($0.body) }
    }

    func save(in table: RecordTable) throws { try table.put(Self.kind, name.lowercased(), body) }

    func remove(from table: RecordTable) throws { try table.remove(Self.kind, name.lowercased()) }

    /// A member that is a text; empty when it is not there.
    func text(_ member: String) -> String { body[member]?.textIfAny ?? "" }
}
