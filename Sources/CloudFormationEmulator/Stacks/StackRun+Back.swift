import ServiceKit
import Synchronization
import Wire

/// Deleting and rolling back.
extension StackRun {
    // MARK: Rolling back

    func rollBackCreation() throws(ServiceError) {
        var failed: [String] = []
        while let index = resources.indices.last(where: { !failed.contains(resources[$0].logicalID) }) {
            // Under Retain a resource survives the rollback of its own creation too.
            let isKept = resources[index].deletionPolicy == "Retain" && resources[index].physicalID != nil
            if try !delete(index, isKept: isKept) { failed.append(resources[index].logicalID) }
        }
        guard failed.isEmpty else {
            return try enter("ROLLBACK_FAILED", "The following resource(s) failed to delete: [\(failed.joined(separator: ", "))]. ", isDone: true)
        }
        guard work.onFailure == "DELETE" else { return try enter("ROLLBACK_COMPLETE", isDone: true) }
        try enter("DELETE_IN_PROGRESS", "Delete stack after failed creation")
        try endDeletion()
    }

    /// Back to what the update found: what it made goes, what it changed is changed back, what it would have deleted stays.
    func rollBackUpdate() throws(ServiceError) {
        let before = Dictionary(work.before.map { ($0.order, $0) }, uniquingKeysWith: { first, _ in first })
        var failed: [String] = []
        for old in work.before {
            guard let index = resources.firstIndex(where: { $0.order == old.order }) else { continue }
            let current = resources[index]
            if current.attempted != nil || current.properties != old.properties, let type = ResourceTypes.named(current.type) {
                if current.status != "UPDATE_IN_PROGRESS" { try enter("UPDATE_IN_PROGRESS", index) }
                do throws(ServiceError) {
                    let from = current.attempted ?? current.properties
                    let answered = Mutex<String?>(nil)
                    let context = context(old) { id in answered.withLock { $0 = id } }
                    let attributes = try type.update(current.physicalID ?? "", from, old.properties, context)
                    resources[index] = old
                    if let attributes { resources[index].attributes = attributes }
                    if ResourceType.isCustom(current.type), let id = answered.withLock({ $0 }), id != current.physicalID {
                        // Its function has made a new one, and the one that it was asked about goes with what the update made.
                        resources[index].physicalID = id
                        var left = current
                        (left.order, left.attempted, left.isLeftover) = ((resources.map(\.order).max() ?? 0) + 1, nil, true)
                        resources.append(left)
                        try save(resources.count - 1)
                    }
                    try enter("UPDATE_COMPLETE", index)
                } catch {
                    guard !error.isInterruption else { throw error }
                    try enter("UPDATE_FAILED", index, error.reason(of: type.service, UUIDText.random()))
                    failed.append(old.logicalID)
                }
            } else {
                resources[index] = old
                try save(index)
            }
        }
        guard failed.isEmpty else {
            let reason = "The following resource(s) failed to update: [\(failed.joined(separator: ", "))]. "
            return try enter("UPDATE_ROLLBACK_FAILED", reason, isDone: true)
        }
        if stack.status != "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS" { try enter("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS") }
        while let index = resources.indices.last(where: { before[resources[$0].order] == nil }) {
            if try !delete(index, isKept: resources[index].deletionPolicy == "Retain") { try remove(index) }
        }
        try enter("UPDATE_ROLLBACK_COMPLETE", isDone: true)
    }

    /// After an update: what was replaced, or has left the template, goes. What cannot be deleted is left, as CloudFormation leaves it.
    func cleanUp() throws(ServiceError) {
        while let index = resources.indices.last(where: { resources[$0].isLeftover }) {
            let resource = resources[index]
            let isReplaced = self.index(of: resource.logicalID) != nil
            let policy = isReplaced ? resource.updateReplacePolicy : resource.deletionPolicy
            if try !delete(index, isKept: policy.hasPrefix("Retain")) { try remove(index) }
        }
        try enter("UPDATE_COMPLETE", isDone: true)
    }

    // MARK: Deleting

    func delete() throws(ServiceError) {
        let id = stack.id
        let inUse = try engine.read(call) { table -> String? in
            for export in try table.exports() where export["ExportingStackId"]?.textIfAny == id {
                let name = export["Name"]?.textIfAny ?? ""
                let importers = try table.importers(of: name)
                if !importers.isEmpty { return "Delete canceled. Cannot delete export \(name) as it is in use by \(Self.list(importers))." }
            }
            return nil
        }
        if let inUse { return try enter(work.formerStatus, inUse, isDone: true) }
        let needs = try self.needs()
        var (failed, blocked): ([String], Set<String>) = ([], [])
        var left = resources.map(\.order).sorted()
        while let order = Self.next(&left, resources, needs) {
            guard let index = resources.firstIndex(where: { $0.order == order }) else { continue }
            let resource = resources[index]
            if blocked.contains(resource.logicalID) {
                blocked.formUnion(needs[resource.logicalID] ?? [])
                continue
            }
            let isKept = work.retained.contains(resource.logicalID) || resource.deletionPolicy.hasPrefix("Retain")
            if try !delete(index, isKept: isKept) {
                failed.append(resource.logicalID)
                blocked.formUnion(needs[resource.logicalID] ?? [])
            }
        }
        guard failed.isEmpty else {
            return try enter("DELETE_FAILED", "The following resource(s) failed to delete: [\(failed.joined(separator: ", "))]. ", isDone: true)
        }
        try endDeletion()
    }

    /// Takes out the newest on which nothing stands that is left: an update may have made what older resources stand on.
    static func next(_ left: inout [Int], _ resources: [StackResource], _ needs: [String: Set<String>]) -> Int? {
        let names = Dictionary(resources.map { ($0.order, $0.logicalID) }, uniquingKeysWith: { first, _ in first })
        let needed = left.reduce(into: Set<String>()) { all, order in all.formUnion(needs[names[order] ?? ""] ?? []) }
        guard let place = left.lastIndex(where: { !needed.contains(names[$0] ?? "") }) ?? left.indices.last else { return nil }
        return left.remove(at: place)
    }

    /// `a, b and c`.
    static func list(_ names: [String]) -> String {
        let sorted = Set(names).sorted()
        guard sorted.count > 1, let last = sorted.last else { return sorted.first ?? "" }
        return "\(sorted.dropLast().joined(separator: ", ")) and \(last)"
    }

    private func endDeletion() throws(ServiceError) {
        stack.date("DeletionTime", now)
        let stack = stack
        try enter("DELETE_COMPLETE", isDone: true) { table in
            try table.setExports([], of: stack)
            try table.setImports([], of: stack)
            try table.removeChangeSets(of: stack)
        }
    }

    /// What each resource of the stack's template names.
    private func needs() throws(ServiceError) -> [String: Set<String>] {
        let id = stack.id
        guard let text = try engine.read(call, { try $0.template(of: id) }), let template = try? Template(text) else { return [:] }
        let pairs = template.resources.map { ($0.name, TemplateReferences.names(in: $0.properties).union($0.dependsOn)) }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    /// Deletes a resource, or lets it go.
    /// - Returns: whether it is out of the stack; if not, its event says why.
    func delete(_ index: Int, isKept: Bool) throws(ServiceError) -> Bool {
        guard !engine.mustEnd else { throw .interrupted }
        let resource = resources[index]
        guard let id = resource.physicalID else {
            // It was never made.
            try remove(index)
            return true
        }
        if isKept {
            try enter("DELETE_SKIPPED", index)
            try remove(index)
            return true
        }
        if resource.status != "DELETE_IN_PROGRESS" { try enter("DELETE_IN_PROGRESS", index) }
        guard let type = ResourceTypes.named(resource.type) else {
            try enter("DELETE_FAILED", index, "The type \(resource.type) is not here.")
            return false
        }
        do throws(ServiceError) {
            try type.delete(id, resource.properties, context(resource))
        } catch {
            guard !error.isInterruption else { throw error }
            try enter("DELETE_FAILED", index, error.reason(of: type.service, UUIDText.random()))
            return false
        }
        try enter("DELETE_COMPLETE", index)
        try remove(index)
        return true
    }
}
