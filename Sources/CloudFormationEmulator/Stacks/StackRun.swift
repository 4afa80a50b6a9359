import ServiceKit
import Wire

/// One operation on one stack, step by step; each step is written down before the next begins.
///
/// Where it begins is read from the stack itself and not from what was done before, so an operation that was cut off is simply done again.
final class StackRun {
    let engine: StackEngine
    let call: Call
    var stack: Stack
    var work: StackWork
    var resources: [StackResource]

    /// Nil when there is nothing to do for the stack.
    init?(_ engine: StackEngine, _ id: String, _ call: Call) throws(ServiceError) {
        let found = try engine.read(call) { table -> (Stack, StackWork, [StackResource])? in
            guard let stack = try table.stack(id: id), let work = try table.work(of: id) else { return nil }
            return (stack, work, try table.resources(of: id))
        }
        guard let found else { return nil }
        self.engine = engine
        self.call = call
        (stack, work, resources) = found
    }

    var now: Timestamp { engine.time.now }

    func perform() throws(ServiceError) {
        switch (work.kind, stack.status) {
        case (.delete, _): try delete()
        case (.create, "ROLLBACK_IN_PROGRESS"): try rollBackCreation()
        case (.create, _): try create()
        case (.update, "UPDATE_ROLLBACK_IN_PROGRESS"), (.update, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"): try rollBackUpdate()
        case (.update, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"): try cleanUp()
        case (.update, _): try update()
        }
    }

    // MARK: Writing down

    /// Gives the stack another status, with its event.
    /// - Parameter isDone: that this ends the work.
    func enter(_ status: String, _ reason: String? = nil, isDone: Bool = false, _ more: (StackTable) throws -> Void = { _ in }) throws(ServiceError) {
        stack.status = status
        stack.reason = reason
        let (now, token) = (now, work.token)
        try engine.write(call) { [self] table in
            // Protection may have been given or taken meanwhile.
            let protection = "EnableTerminationProtection"
            if let current = try table.stack(id: stack.id) { stack.body.set(protection, current.body[protection]) }
            try table.save(stack)
            try table.add(
                StackTable.Event(logicalID: stack.name, physicalID: stack.id, type: Stack.type, status: status, reason: reason),
                to: stack,
                token: token,
                at: now
            )
            if isDone { try table.removeWork(of: stack.id) }
            try more(table)
        }
    }

    /// What the event of a resource says once it is there.
    static let initiated = "Resource creation Initiated"

    /// Gives a resource another status, with its event.
    func enter(_ status: String, _ index: Int, _ reason: String? = nil, shows properties: Bool = false) throws(ServiceError) {
        resources[index].status = status
        resources[index].reason = reason
        resources[index].updated = now
        let (stack, resource, now, token) = (stack, resources[index], now, work.token)
        // What its function was asked is done with once the resource is written down as made, or has come to an end.
        let isSettled = !status.hasSuffix("_IN_PROGRESS") || reason == Self.initiated
        let answered = isSettled && ResourceType.isCustom(resource.type) ? CustomRequest.place(stack.id, resource.logicalID) : nil
        try engine.write(call, answered: answered) { table in
            try table.save(resource, of: stack.id)
            try table.add(
                StackTable.Event(
                    logicalID: resource.logicalID,
                    physicalID: resource.physicalID,
                    type: resource.type,
                    status: status,
                    reason: reason,
                    properties: properties ? resource.properties : nil
                ),
                to: stack,
                token: token,
                at: now
            )
        }
    }

    func save(_ index: Int) throws(ServiceError) {
        let (id, resource) = (stack.id, resources[index])
        try engine.write(call) { try $0.save(resource, of: id) }
    }

    func remove(_ index: Int) throws(ServiceError) {
        let (id, resource) = (stack.id, resources[index])
        try engine.write(call) { try $0.remove(resource, of: id) }
        resources.remove(at: index)
    }

    /// Where a resource that is in the stack is among all.
    func index(of name: String) -> Int? { resources.firstIndex { $0.logicalID == name && !$0.isLeftover } }

    // MARK: What the stack is to be

    /// The evaluator of the template that the work brings, with the resources as they are.
    func evaluator(_ template: Template) throws(ServiceError) -> Evaluator {
        let values = ParameterValues(template.parameters, stored: work.members["Parameters"]?.listIfAny ?? [])
        var place = stack.place(account: call.account)
        place.notifications = work.members["NotificationARNs"]?.listIfAny.compactMap(\.textIfAny) ?? []
        var evaluator = try Evaluator(template, values, place)
        evaluator.reference = { [unowned self] name in
            index(of: name).flatMap { resources[$0].physicalID }.map { .string($0) }
        }
        evaluator.attribute = { [unowned self] name, attribute in
            index(of: name).flatMap { resources[$0].attributes.member(path: attribute) }
        }
        let (engine, call) = (engine, call)
        evaluator.exported = { (name) throws(ServiceError) in
            try engine.read(call) { try $0.export(name) }?["Value"]?.textIfAny
        }
        return evaluator
    }

    func context(_ resource: StackResource, _ note: @escaping @Sendable (String) -> Void = { _ in }) -> ResourceContext {
        ResourceContext(
            caller: engine.caller,
            engine: engine,
            call: call,
            time: engine.time,
            place: stack.place(account: call.account),
            logicalID: resource.logicalID,
            physicalName: resource.name,
            tags: (stack.status.contains("ROLLBACK") ? nil : work.members["Tags"]?.listIfAny) ?? stack.tags,
            mustEnd: { [engine] in engine.mustEnd },
            note: note
        )
    }

    /// `<stack>-<logical id>-<12 random characters>`, its parts cut to what the type takes.
    func physicalName(_ resource: Template.Resource, _ type: ResourceType) -> String {
        let limit = type.naming?.limit ?? 255
        let alphabet = type.naming?.isLowercase == true ? "abcdefghijklmnopqrstuvwxyz0123456789" : "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        let suffix = String((0..<12).map { _ in alphabet.randomElement() ?? "0" })
        let room = max(limit - 14, 2)
        let prefix = type.naming?.prefix ?? stack.name
        let logical = resource.name.prefix(max(room / 2, room - prefix.count))
        let name = "\(prefix.prefix(room - logical.count))-\(logical)-\(suffix)"
        return type.naming?.isLowercase == true ? name.lowercased() : name
    }
}

extension Document {
    /// A member by a path of names with dots; the whole path as one name comes first.
    func member(path: String) -> Document? {
        if let value = self[path] { return value }
        guard let dot = path.firstIndex(of: ".") else { return nil }
        return self[String(path[..<dot])]?.member(path: String(path[path.index(after: dot)...]))
    }
}
