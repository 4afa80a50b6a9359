import ServiceKit
import Synchronization
import Wire

/// Making and changing: forward through the template, each resource after all that it names.
extension StackRun {
    func create() throws(ServiceError) {
        do throws(ServiceError) {
            try bringForward()
            try finish("CREATE_COMPLETE")
        } catch {
            guard !error.isInterruption else { throw error }
            let failed = resources.filter { $0.status == "CREATE_FAILED" }.map(\.logicalID)
            let reason =
                failed.isEmpty ? error.message ?? error.code : "The following resource(s) failed to create: [\(failed.joined(separator: ", "))]. "
            guard work.onFailure != "DO_NOTHING" else { return try enter("CREATE_FAILED", reason, isDone: true) }
            try enter("ROLLBACK_IN_PROGRESS", reason + (failed.isEmpty ? "" : "Rollback requested by user."))
            try rollBackCreation()
        }
    }

    func update() throws(ServiceError) {
        do throws(ServiceError) {
            try bringForward()
            try finish("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        } catch {
            guard !error.isInterruption else { throw error }
            let made = resources.filter { $0.status == "CREATE_FAILED" }.map(\.logicalID)
            let changed = resources.filter { $0.status == "UPDATE_FAILED" }.map(\.logicalID)
            var reason = made.isEmpty ? "" : "The following resource(s) failed to create: [\(made.joined(separator: ", "))]. "
            if !changed.isEmpty { reason += "The following resource(s) failed to update: [\(changed.joined(separator: ", "))]. " }
            if reason.isEmpty { reason = error.message ?? error.code }
            guard work.onFailure != "DO_NOTHING" else {
                try keepReplaced()
                return try enter("UPDATE_FAILED", reason, isDone: true)
            }
            try enter("UPDATE_ROLLBACK_IN_PROGRESS", reason)
            return try rollBackUpdate()
        }
        try cleanUp()
    }

    /// Where nothing is rolled back, what was to be replaced stays if nothing has taken its place.
    private func keepReplaced() throws(ServiceError) {
        for order in resources.filter(\.isLeftover).map(\.order) {
            guard let old = resources.first(where: { $0.order == order }) else { continue }
            if let failed = index(of: old.logicalID) {
                guard resources[failed].status == "CREATE_FAILED", try delete(failed, isKept: false) else { continue }
            }
            guard let index = resources.firstIndex(where: { $0.order == order }) else { continue }
            resources[index].isLeftover = false
            try save(index)
        }
    }

    /// Makes every resource what the template says. What is as it should be is passed over.
    private func bringForward() throws(ServiceError) {
        let template = try Template(work.template)
        let evaluator = try evaluator(template)
        let wanted = template.resources.filter { evaluator.isThere($0.condition) }
        for resource in try TemplateReferences.order(wanted) {
            guard !engine.mustEnd else { throw .interrupted }
            guard let type = ResourceTypes.named(resource.type) else { throw .format("Unrecognized resource types: [\(resource.type)]") }
            let properties = try evaluator.value(resource.properties) ?? .object(Document.Fields())
            guard properties.depth <= Document.deepestStored else {
                throw .invalid("Properties of \(resource.name) are nested deeper than \(Document.deepestStored) levels (personalite's limit).")
            }
            if let index = index(of: resource.name), Self.unmade.contains(resources[index].status), try !delete(index, isKept: false) {
                throw .invalid("What an earlier operation left of \(resource.name) could not be deleted.")
            }
            if let index = index(of: resource.name), resources[index].physicalID != nil {
                try change(index, resource, type, properties)
            } else {
                try make(resource, type, properties)
            }
        }
        let names = Set(wanted.map(\.name))
        for index in resources.indices where !names.contains(resources[index].logicalID) && !resources[index].isLeftover {
            resources[index].isLeftover = true
            try save(index)
        }
        try setOutputs(evaluator)
    }

    // MARK: One resource

    /// Of what an earlier operation failed to make, and left because it was to roll nothing back: it is made anew.
    private static let unmade: Set<String> = ["CREATE_FAILED", "DELETE_IN_PROGRESS", "DELETE_FAILED"]

    /// - Parameter isReplacement: that it takes the place of one of the same name.
    private func make(
        _ resource: Template.Resource,
        _ type: ResourceType,
        _ properties: Document,
        isReplacement: Bool = false
    ) throws(ServiceError) {
        let verb = isReplacement ? "UPDATE" : "CREATE"
        var isResumed = false
        let place: Int
        if let index = index(of: resource.name) {
            // It was begun before the server went down.
            (place, isResumed) = (index, true)
            resources[index].properties = properties
        } else {
            let order = (resources.map(\.order).max() ?? 0) + 1
            let name = physicalName(resource, type)
            resources.append(StackResource(resource, name: name, properties: properties, order: order, at: now))
            place = resources.count - 1
            // Asked before the first step is written down: whoever goes on after a crash must not take another's for the stack's own.
            if let find = type.find, type.naming.map({ properties[$0.property] != nil }) ?? true {
                resources[place].isForeign = (try? find(properties, context(resources[place]))) != nil
            }
            let reason = isReplacement ? "Requested update requires the creation of a new physical resource; hence creating one." : nil
            try enter("\(verb)_IN_PROGRESS", place, reason)
        }
        let noted = Mutex<String?>(nil)
        let context = context(resources[place]) { id in noted.withLock { $0 = id } }
        do throws(ServiceError) {
            try type.check(properties, logicalID: resource.name)
            let made: ResourceType.Made
            if isResumed, !resources[place].isForeign, let id = try type.find?(properties, context), let complete = type.complete {
                noted.withLock { $0 = id }
                made = try complete(id, properties, context)
            } else {
                made = try type.create(properties, context)
            }
            resources[place].physicalID = made.id
            resources[place].attributes = made.attributes
        } catch {
            guard !error.isInterruption else { throw error }
            // What was made before the failure goes with the rollback.
            resources[place].physicalID = noted.withLock { $0 }
            try enter("CREATE_FAILED", place, error.reason(of: type.service, UUIDText.random()))
            throw error
        }
        try enter("\(verb)_IN_PROGRESS", place, Self.initiated, shows: true)
        try enter("\(verb)_COMPLETE", place, recordedNote(type, properties), shows: true)
    }

    private func recordedNote(_ type: ResourceType, _ properties: Document) -> String? {
        if type.isRecord { return "personalite keeps \(type.name) as a record: nothing stands behind it" }
        let names = properties.entriesIfAny.map(\.name).filter { type.recorded.contains($0) }
        return names.isEmpty ? nil : "personalite records without effect: \(names.joined(separator: ", "))"
    }

    private func change(_ place: Int, _ resource: Template.Resource, _ type: ResourceType, _ properties: Document) throws(ServiceError) {
        let old = resources[place]
        resources[place].deletionPolicy = resource.deletionPolicy
        resources[place].updateReplacePolicy = resource.updateReplacePolicy
        resources[place].metadata = resource.metadata
        let isOtherType = old.type != resource.type
        if old.attempted == nil, old.status.hasSuffix("_IN_PROGRESS") {
            // It was made, and the server went down before that was said.
            try enter(old.status.dropLast("IN_PROGRESS".count) + "COMPLETE", place, recordedNote(type, old.properties), shows: true)
        }
        guard isOtherType || old.properties != properties || old.attempted != nil else { return try save(place) }
        if isOtherType || type.isReplaced(old.properties, properties) {
            do throws(ServiceError) {
                if !isOtherType { try type.checkReplacement(old.properties, properties) }
            } catch {
                try enter("UPDATE_FAILED", place, error.message)
                throw error
            }
            resources[place].isLeftover = true
            try save(place)
            return try make(resource, type, properties, isReplacement: true)
        }
        // Written down before it is done, so that a rollback finds that it may have been; and once, however often it is gone on with.
        let isBegun = old.status == "UPDATE_IN_PROGRESS" && old.attempted == properties
        resources[place].attempted = properties
        if isBegun { try save(place) } else { try enter("UPDATE_IN_PROGRESS", place) }
        do throws(ServiceError) {
            try type.check(properties, logicalID: resource.name)
            let from = old.properties == properties ? old.attempted ?? old.properties : old.properties
            let answered = Mutex<String?>(nil)
            let attributes = try type.update(old.physicalID ?? "", from, properties, context(old) { id in answered.withLock { $0 = id } })
            if ResourceType.isCustom(resource.type), let id = answered.withLock({ $0 }), id != old.physicalID {
                return try replace(place, by: id, attributes, properties)
            }
            if let attributes { resources[place].attributes = attributes }
        } catch {
            guard !error.isInterruption else { throw error }
            try enter("UPDATE_FAILED", place, error.reason(of: type.service, UUIDText.random()))
            throw error
        }
        (resources[place].properties, resources[place].attempted) = (properties, nil)
        try enter("UPDATE_COMPLETE", place, shows: true)
    }

    /// A custom resource whose function answered a change with another id: that is a new one, and the old one goes when the update is through.
    private func replace(_ place: Int, by id: String, _ attributes: Document?, _ properties: Document) throws(ServiceError) {
        var made = resources[place]
        made.order = (resources.map(\.order).max() ?? 0) + 1
        (made.physicalID, made.properties, made.attempted) = (id, properties, nil)
        made.attributes = attributes ?? made.attributes
        resources[place].attempted = nil
        resources[place].isLeftover = true
        resources.append(made)
        try save(place)
        try enter("UPDATE_COMPLETE", resources.count - 1, shows: true)
    }

    // MARK: Outputs

    private func setOutputs(_ evaluator: Evaluator) throws(ServiceError) {
        let outputs = try evaluator.outputs()
        work.members.set("Outputs", .list(outputs))
    }

    private func checkExports(_ outputs: [Document], _ table: StackTable) throws {
        let new = outputs.compactMap { output in output["ExportName"]?.textIfAny.map { ($0, output["OutputValue"]?.textIfAny ?? "") } }
        for (name, _) in new {
            if let other = try table.export(name), other["ExportingStackId"]?.textIfAny != stack.id {
                let owner = ARN(other["ExportingStackId"]?.textIfAny ?? "")?.resource.split(separator: "/").dropFirst().first ?? ""
                throw ServiceError.invalid("Export with name \(name) is already exported by stack \(owner). Rollback requested by user.")
            }
        }
        for old in try table.exports() where old["ExportingStackId"]?.textIfAny == stack.id {
            let name = old["Name"]?.textIfAny ?? ""
            let kept = new.first { $0.0 == name }
            let importers = try table.importers(of: name)
            guard kept?.1 != old["Value"]?.textIfAny, !importers.isEmpty else { continue }
            let verb = kept == nil ? "deleted" : "updated"
            throw ServiceError.invalid("Export \(name) cannot be \(verb) as it is in use by \(Self.list(importers))")
        }
    }

    /// The stack is what the work wanted, unless its exports meet another's.
    private func finish(_ status: String) throws(ServiceError) {
        let former = stack
        do throws(ServiceError) { try becomeWanted(status) } catch {
            stack = former
            throw error
        }
    }

    private func becomeWanted(_ status: String) throws(ServiceError) {
        for field in work.members.entriesIfAny { stack.body.set(field.name, field.value) }
        if work.kind == .update { stack.date("LastUpdatedTime", now) }
        let exports = stack.outputs.compactMap { output -> (name: String, value: String)? in
            output["ExportName"]?.textIfAny.map { ($0, output["OutputValue"]?.textIfAny ?? "") }
        }
        let (stack, text, imports) = (stack, work.template, try importedNames())
        try enter(status, isDone: work.kind == .create) { table in
            try checkExports(stack.outputs, table)
            try table.saveTemplate(text, of: stack.id)
            try table.setExports(exports, of: stack)
            try table.setImports(imports, of: stack)
        }
    }

    /// The names of exports that the template imports, where they can be told.
    private func importedNames() throws(ServiceError) -> Set<String> {
        let template = try Template(work.template)
        let evaluator = try evaluator(template)
        var names: Set<String> = []
        func collect(_ value: Document) {
            switch value {
            case .list(let items): for item in items { collect(item) }
            case .object(let fields):
                for field in fields.entries {
                    if field.name == "Fn::ImportValue", let name = try? evaluator.value(field.value)?.scalarText { names.insert(name) }
                    collect(field.value)
                }
            default: break
            }
        }
        for resource in template.resources where evaluator.isThere(resource.condition) { collect(resource.properties) }
        for output in template.outputs where evaluator.isThere(output.condition) { collect(output.value) }
        return names
    }
}

extension ResourceType {
    /// A resource that its template names cannot be replaced by one of the same name.
    func checkReplacement(_ old: Document, _ new: Document) throws(ServiceError) {
        let property = naming?.property ?? (carried.contains("Name") ? "Name" : carried.contains("ConsumerName") ? "ConsumerName" : nil)
        guard let property, let name = new[property]?.scalarText, name == old[property]?.scalarText else { return }
        throw .invalid(
            """
            CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename \(name) and update the stack again.
            """
        )
    }
}
