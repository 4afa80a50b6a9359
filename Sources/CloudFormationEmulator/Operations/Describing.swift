import ServiceKit
import Wire

/// Stacks, resources, events and exports as they are.
extension CloudFormationService {
    func describeStacks(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        if let name = input["StackName"]?.textIfAny { return .members([("Stacks", .list([try stack(name, call).described]))]) }
        let stacks = try engine.read(call) { try $0.stacks() }.filter { !$0.isDeleted }
        let (page, token) = try StackPage.bounds(input, stacks.count)
        return .members([("Stacks", .list(stacks[page].map(\.described))), ("NextToken", token)])
    }

    func listStacks(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let wanted = Set(input["StackStatusFilter"]?.listIfAny.compactMap(\.textIfAny) ?? [])
        let stacks = try engine.read(call) { try $0.stacks() }.filter { wanted.isEmpty || wanted.contains($0.status) }
        let (page, token) = try StackPage.bounds(input, stacks.count)
        let names = ["StackId", "StackName", "CreationTime", "LastUpdatedTime", "DeletionTime", "StackStatus", "StackStatusReason"]
        let summaries = stacks[page].map { stack -> Document in
            var summary: Document = .members(names.map { ($0, stack.body[$0]) })
            summary.set("TemplateDescription", stack.body["Description"])
            summary.set("DriftInformation", .members([("StackDriftStatus", .string("NOT_CHECKED"))]))
            return summary
        }
        return .members([("StackSummaries", .list(summaries)), ("NextToken", token)])
    }

    func describeStackEvents(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let stack = try stack(input.required("StackName").text, call, orSay: Self.unknownStack)
        var before = Int64.max
        if let token = input["NextToken"]?.textIfAny {
            guard let number = Int64(token) else { throw .invalid("NextToken is invalid.") }
            before = number
        }
        let size = 100
        let events = try engine.read(call) { try $0.events(of: stack.id, before: before, limit: size + 1) }
        let token: Document? = events.count > size ? .string(String(events[size - 1].number)) : nil
        return .members([("StackEvents", .list(events.prefix(size).map(\.body))), ("NextToken", token)])
    }

    // MARK: Resources

    private func resources(_ stack: Stack, _ call: Call) throws(ServiceError) -> [StackResource] {
        try engine.read(call) { try $0.resources(of: stack.id) }.filter { !$0.isLeftover }
    }

    /// - Parameter time: what the answer calls the time of the last change.
    private static func document(_ resource: StackResource, _ time: String, of stack: Stack? = nil) -> Document {
        .members([
            ("StackName", stack.map { .string($0.name) }), ("StackId", stack.map { .string($0.id) }),
            ("LogicalResourceId", .string(resource.logicalID)), ("PhysicalResourceId", resource.physicalID.map { .string($0) }),
            ("ResourceType", .string(resource.type)), (time, .string(ISO8601.milliseconds(resource.updated))),
            ("ResourceStatus", .string(resource.status)), ("ResourceStatusReason", resource.reason.map { .string($0) }),
            ("DriftInformation", .members([("StackResourceDriftStatus", .string("NOT_CHECKED"))])),
        ])
    }

    func describeStackResource(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let (name, logical) = (input.required("StackName").text, input.required("LogicalResourceId").text)
        let stack = try stack(name, call, orSay: "Stack '%' does not exist")
        guard let resource = try resources(stack, call).first(where: { $0.logicalID == logical }) else {
            throw .invalid("Resource \(logical) does not exist for stack \(stack.name)")
        }
        var detail = Self.document(resource, "LastUpdatedTimestamp", of: stack)
        detail.set("Metadata", resource.metadata.map { .string(String(decoding: JSON.write($0), as: UTF8.self)) })
        return .members([("StackResourceDetail", detail)])
    }

    func describeStackResources(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        var found: Stack?
        if let name = input["StackName"]?.textIfAny {
            found = try stack(name, call)
        } else if let physical = input["PhysicalResourceId"]?.textIfAny {
            found = try engine.read(call) { table in
                try table.stacks().first { stack in try !stack.isDeleted && table.resources(of: stack.id).contains { $0.physicalID == physical } }
            }
            if found == nil { throw .invalid("Stack for \(physical) does not exist") }
        }
        guard let stack = found else { throw .invalid("Either the stack name or the physical resource ID must be specified.") }
        let wanted = input["LogicalResourceId"]?.textIfAny
        let resources = try resources(stack, call).filter { wanted == nil || $0.logicalID == wanted }
        if let wanted, resources.isEmpty { throw .invalid("Resource \(wanted) does not exist for stack \(stack.name)") }
        return .members([("StackResources", .list(resources.map { Self.document($0, "Timestamp", of: stack) }))])
    }

    func listStackResources(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let stack = try stack(input.required("StackName").text, call)
        let resources = try resources(stack, call)
        let (page, token) = try StackPage.bounds(input, resources.count)
        return .members([
            ("StackResourceSummaries", .list(resources[page].map { Self.document($0, "LastUpdatedTimestamp") })), ("NextToken", token),
        ])
    }

    // MARK: Exports

    func listExports(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let exports = try engine.read(call) { try $0.exports() }
        let (page, token) = try StackPage.bounds(input, exports.count)
        return .members([("Exports", .list(Array(exports[page]))), ("NextToken", token)])
    }

    func listImports(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = input.required("ExportName").text
        let importers = try engine.read(call) { table -> [String]? in try table.export(name) == nil ? nil : table.importers(of: name) }
        guard let importers else { throw .invalid("Export '\(name)' does not exist.") }
        guard !importers.isEmpty else { throw .invalid("Export '\(name)' is not imported by any stack.") }
        let (page, token) = try StackPage.bounds(input, importers.count)
        return .members([("Imports", .list(importers[page].map { .string($0) })), ("NextToken", token)])
    }
}
