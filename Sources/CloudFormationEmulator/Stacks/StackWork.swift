import ServiceKit
import Wire

/// What is being done to a stack: kept until it is done, so that it goes on after a crash.
struct StackWork: Sendable {
    enum Kind: String, Sendable { case create = "CREATE", update = "UPDATE", delete = "DELETE" }

    var kind: Kind
    /// What the stack is to be: its template, and the members of its record that come with it.
    var template = ""
    var members: Document = .object(Document.Fields())
    var token: String?
    /// ROLLBACK, DELETE or DO_NOTHING.
    var onFailure = "ROLLBACK"
    /// Logical ids of resources that a deletion leaves.
    var retained: [String] = []
    /// What the stack was before.
    var formerStatus = ""
    /// The resources as an update found them.
    var before: [StackResource] = []

    init(_ kind: Kind, token: String?) {
        self.kind = kind
        self.token = token
    }

    /// - Throws: for a kind that is unknown: nothing is done to a stack then.
    init(_ document: Document, of stack: String) throws(UnreadableRow) {
        guard let kind = document["Kind"]?.textIfAny.flatMap({ Kind(rawValue: $0) }) else {
            throw UnreadableRow(table: "record", row: stack, reason: "the kind of work is unknown")
        }
        self.kind = kind
        template = document["Template"]?.textIfAny ?? ""
        members = document["Members"] ?? .object(Document.Fields())
        token = document["Token"]?.textIfAny
        onFailure = document["OnFailure"]?.textIfAny ?? "ROLLBACK"
        retained = document["Retained"]?.listIfAny.compactMap(\.textIfAny) ?? []
        formerStatus = document["FormerStatus"]?.textIfAny ?? ""
        before = document["Before"]?.listIfAny.map { StackResource($0) } ?? []
    }

    var document: Document {
        .members([
            ("Kind", .string(kind.rawValue)), ("Template", .string(template)), ("Members", members), ("Token", token.map { .string($0) }),
            ("OnFailure", .string(onFailure)), ("Retained", .list(retained.map { .string($0) })), ("Before", .list(before.map(\.document))),
            ("FormerStatus", .string(formerStatus)),
        ])
    }
}
