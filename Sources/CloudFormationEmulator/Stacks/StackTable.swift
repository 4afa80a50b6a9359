import ServiceKit
import Wire

/// The records of stacks, of one account and region inside one transaction.
struct StackTable {
    static let workKind = "stack-work"
    private let records: RecordTable

    init(_ records: RecordTable) { self.records = records }

    // MARK: Stacks

    func stack(id: String) throws -> Stack? { try records.find("stack", id).map { Stack($0.body) } }

    /// The stack of that name that is not deleted.
    func stack(name: String) throws -> Stack? {
        try records.list("stack", parent: name).map { Stack($0.body) }.first { !$0.isDeleted }
    }

    /// By name, or by id, by which deleted ones are found too.
    func stack(_ nameOrID: String) throws -> Stack? {
        try nameOrID.hasPrefix("arn:") ? stack(id: nameOrID) : stack(name: nameOrID)
    }

    /// All, the youngest first.
    func stacks() throws -> [Stack] {
        try records.list("stack").sorted { $0.id > $1.id }.map { Stack($0.body) }
    }

    func save(_ stack: Stack) throws { try records.put("stack", stack.id, parent: stack.name, stack.body) }

    func template(of id: String) throws -> String? { try records.find("stack-template", id)?.body["Text"]?.textIfAny }

    func saveTemplate(_ text: String, of id: String) throws {
        try records.put("stack-template", id, .members([("Text", .string(text))]))
    }

    // MARK: Resources

    /// In the order in which they were made.
    func resources(of id: String) throws -> [StackResource] {
        try records.list("stack-resource", parent: id).map { StackResource($0.body) }.sorted { $0.order < $1.order }
    }

    private func key(_ resource: StackResource, _ id: String) -> String { "\(id)/\(resource.logicalID)#\(resource.order)" }

    func save(_ resource: StackResource, of id: String) throws {
        try records.put("stack-resource", key(resource, id), parent: id, resource.document)
    }

    func remove(_ resource: StackResource, of id: String) throws { try records.remove("stack-resource", key(resource, id)) }

    // MARK: Events

    struct Event {
        var logicalID: String
        var physicalID: String?
        var type: String
        var status: String
        var reason: String?
        var properties: Document?
    }

    func add(_ event: Event, to stack: Stack, token: String?, at now: Timestamp) throws {
        let isStack = event.type == Stack.type
        let id = isStack ? UUIDText.random() : "\(event.logicalID)-\(event.status)-\(UUIDText.random())"
        try records.put(
            "stack-event",
            id,
            parent: stack.id,
            .members([
                ("StackId", .string(stack.id)), ("EventId", .string(id)), ("StackName", .string(stack.name)),
                ("LogicalResourceId", .string(event.logicalID)), ("PhysicalResourceId", .string(event.physicalID ?? "")),
                ("ResourceType", .string(event.type)), ("Timestamp", .string(ISO8601.milliseconds(now))),
                ("ResourceStatus", .string(event.status)), ("ResourceStatusReason", event.reason.map { .string($0) }),
                ("ResourceProperties", event.properties.map { .string(String(decoding: JSON.write($0), as: UTF8.self)) }),
                ("ClientRequestToken", token.map { .string($0) }),
            ])
        )
    }

    /// The youngest first, each with the number that the next page begins behind.
    func events(of id: String, before: Int64, limit: Int) throws -> [(number: Int64, body: Document)] {
        try records.newest("stack-event", parent: id, before: before, limit: limit).map { ($0.id, $0.body) }
    }

    // MARK: Change sets

    func changeSet(id: String) throws -> Document? { try records.find("change-set", id)?.body }

    func changeSets(of stack: Stack) throws -> [Document] { try records.list("change-set", parent: stack.id).map(\.body) }

    func saveChangeSet(_ body: Document, of stack: Stack) throws {
        try records.put("change-set", body["ChangeSetId"]?.textIfAny ?? "", parent: stack.id, body)
    }

    func removeChangeSet(_ body: Document) throws { try records.remove("change-set", body["ChangeSetId"]?.textIfAny ?? "") }

    func removeChangeSets(of stack: Stack) throws { try records.removeAll("change-set", parent: stack.id) }

    // MARK: Exports

    func exports() throws -> [Document] { try records.list("stack-export").map(\.body) }
    func export(_ name: String) throws -> Document? { try records.find("stack-export", name)?.body }

    /// The names of the stacks that import a value.
    func importers(of export: String) throws -> [String] {
        try records.list("stack-import").map(\.body).filter { $0["Export"]?.textIfAny == export }.compactMap { $0["StackName"]?.textIfAny }
    }

    func setExports(_ exports: [(name: String, value: String)], of stack: Stack) throws {
        try records.removeAll("stack-export", parent: stack.id)
        for export in exports {
            let body: Document = .members([
                ("ExportingStackId", .string(stack.id)), ("Name", .string(export.name)), ("Value", .string(export.value)),
            ])
            try records.put("stack-export", export.name, parent: stack.id, body)
        }
    }

    func setImports(_ names: Set<String>, of stack: Stack) throws {
        try records.removeAll("stack-import", parent: stack.id)
        for name in names {
            let body: Document = .members([("Export", .string(name)), ("StackName", .string(stack.name))])
            try records.put("stack-import", "\(stack.id)/\(name)", parent: stack.id, body)
        }
    }

    // MARK: Work

    func work(of id: String) throws -> StackWork? { try records.find(Self.workKind, id).map { try StackWork($0.body, of: id) } }
    func save(_ work: StackWork, of id: String) throws { try records.put(Self.workKind, id, work.document) }
    func removeWork(of id: String) throws { try records.remove(Self.workKind, id) }
}

extension Stack {
    /// What the stack itself is in its events.
    static let type = "AWS::CloudFormation::Stack"
}
