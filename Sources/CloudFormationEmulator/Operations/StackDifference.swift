import ServiceKit
import Wire

/// What a submission would change in a stack.
struct StackDifference {
    /// As DescribeChangeSet lists them.
    var changes: [Document] = []
    /// Whether anything at all would be another, outputs, tags and what surrounds resources included.
    var isAny = false

    /// Stands for what nobody knows before it is made.
    static let unknown = Document.string("{{changeSet:KNOWN_AFTER_APPLY}}")

    init(_ submission: Submission, stack: Stack, resources: [StackResource], _ exported: @escaping (String) throws(ServiceError) -> String?)
        throws(ServiceError)
    {
        var evaluator = try Evaluator(submission.template, submission.parameters, stack.place(account: ARN(stack.id)?.account ?? ""))
        evaluator.placeholder = Self.unknown
        evaluator.exported = exported
        let old = Dictionary(resources.filter { !$0.isLeftover }.map { ($0.logicalID, $0) }, uniquingKeysWith: { _, last in last })
        // What is made anew has no id yet.
        var fresh: Set<String> = []
        let wanted = submission.template.resources.filter { evaluator.isThere($0.condition) }
        for resource in try TemplateReferences.order(wanted) {
            evaluator.reference = { [fresh] name in fresh.contains(name) ? nil : old[name]?.physicalID.map { .string($0) } }
            evaluator.attribute = { [fresh] name, attribute in fresh.contains(name) ? nil : old[name]?.attributes.member(path: attribute) }
            guard let existing = old[resource.name] else {
                fresh.insert(resource.name)
                add("Add", resource.name, resource.type, nil, nil, [])
                continue
            }
            let properties = try evaluator.value(resource.properties) ?? .object(Document.Fields())
            let type = ResourceTypes.named(resource.type)
            let isReplaced = existing.type != resource.type || type?.isReplaced(existing.properties, properties) == true
            if isReplaced { fresh.insert(resource.name) }
            var scope: [String] = []
            if existing.type != resource.type || existing.properties != properties { scope.append("Properties") }
            if existing.metadata != resource.metadata { scope.append("Metadata") }
            if existing.deletionPolicy != resource.deletionPolicy { scope.append("DeletionPolicy") }
            if existing.updateReplacePolicy != resource.updateReplacePolicy { scope.append("UpdateReplacePolicy") }
            if !scope.isEmpty { add("Modify", resource.name, resource.type, existing.physicalID, isReplaced, scope) }
        }
        let names = Set(wanted.map(\.name))
        for resource in resources where !names.contains(resource.logicalID) && !resource.isLeftover {
            add("Remove", resource.logicalID, resource.type, resource.physicalID, nil, [])
        }
        let tags = submission.members["Tags"]?.listIfAny ?? []
        isAny = !changes.isEmpty || tags != stack.tags || stack.status == "REVIEW_IN_PROGRESS"
        if !isAny { isAny = try evaluator.outputs() != stack.outputs }
    }

    private mutating func add(_ action: String, _ name: String, _ type: String, _ id: String?, _ isReplaced: Bool?, _ scope: [String]) {
        let details = scope.map { attribute in
            Document.members([
                ("Target", .members([("Attribute", .string(attribute)), ("RequiresRecreation", .string(isReplaced == true ? "Always" : "Never"))])),
                ("Evaluation", .string("Static")), ("ChangeSource", .string("DirectModification")),
            ])
        }
        changes.append(
            .members([
                ("Type", .string("Resource")),
                (
                    "ResourceChange",
                    .members([
                        ("Action", .string(action)), ("LogicalResourceId", .string(name)), ("PhysicalResourceId", id.map { .string($0) }),
                        ("ResourceType", .string(type)), ("Replacement", isReplaced.map { .string($0 ? "True" : "False") }),
                        ("Scope", .list(scope.map { .string($0) })), ("Details", .list(details)),
                    ])
                ),
            ])
        )
    }
}
