import SQLite
import Wire

/// A resource that goes on working while it is changed: the change is a resource of its own, with a lifecycle of its own, beside the one it
/// changes, and the newest stays there to be described once it is through.
package protocol UpdatableBody: ResourceBody {
    associatedtype Update: ResourceBody
    var latestUpdate: Update? { get set }
    /// Takes over what an update brings.
    mutating func take(_ update: Update)
}

extension UpdatableBody {
    package var updateStatus: Lifecycle.Status? { latestUpdate?.status.flatMap { Lifecycle.Status(rawValue: $0) } }

    package static func prepare(_ table: ResourceTable) throws {
        try table.completeUpdates(of: Self.self)
    }

    package static func complete(_ resource: inout Resource<Self>, _ table: ResourceTable) throws {
        resource.body.latestUpdate = try table.update(of: resource)?.body
    }
}

extension ResourceTable {
    /// No name of a resource has this character, so no other resource has such an ARN.
    private static func updateARN(_ arn: String) -> String { arn + "#update" }

    /// The update of a resource that was asked for last.
    package func update<Body: UpdatableBody>(of resource: Resource<Body>) throws -> Resource<Body.Update>? {
        try find(Self.updateARN(resource.arn), as: Body.Update.self)
    }

    /// Begins an update in the place of the last one; nothing of the resource changes before it is through.
    /// - Parameters:
    ///   - parent: the parent that the resource has afterwards.
    ///   - model: the model that it answers with afterwards.
    package func begin<Body: UpdatableBody>(
        _ update: Body.Update,
        of resource: Resource<Body>,
        parent: String?,
        model: ModelID?,
        lifecycle: Lifecycle
    ) throws -> Resource<Body.Update> {
        try removeUpdate(of: resource.arn)
        let begun = try insert(update, arn: Self.updateARN(resource.arn), parent: parent, lifecycle: lifecycle, model: model)
        if begun.lifecycle.status == .active { try complete(begun, of: Body.self) }
        return begun
    }

    /// Carries out every update of a kind whose time has come.
    func completeUpdates<Body: UpdatableBody>(of type: Body.Type) throws {
        let arns = try database.fetchAll(
            String.self,
            "SELECT arn FROM resource WHERE account = ? AND region = ? AND kind = ? AND due IS NOT NULL AND due <= ? ORDER BY id",
            [account, region, Body.Update.kind, now.milliseconds]
        )
        for arn in arns {
            guard let update = try find(arn, as: Body.Update.self) else { continue }
            try self.update(update)
            if update.lifecycle.status == .active { try complete(update, of: Body.self) }
        }
    }

    /// The resource becomes what its update says.
    package func complete<Body: UpdatableBody>(_ update: Resource<Body.Update>, of type: Body.Type) throws {
        guard var resource = try find(String(update.arn.dropLast("#update".count)), as: Body.self) else { return }
        resource.body.take(update.body)
        resource.parent = update.parent
        resource.model = update.model
        resource.lifecycle.changed = update.lifecycle.changed
        if resource.lifecycle.status == .createFailed { resource.lifecycle.status = .active }
        try self.update(resource)
    }

    func removeUpdate(of arn: String) throws {
        try database.execute("DELETE FROM resource WHERE account = ? AND region = ? AND arn = ?", [account, region, Self.updateARN(arn)])
    }
}
