import Logging
import Recommend
import ServiceKit
import Synchronization
import Wire

/// When the item pools of deployed models were looked at last, by the model's id.
final class ItemPools: Sendable {
    /// Seconds of the server's clock between two updates.
    static let interval = 7200.0

    private let looked = Mutex<[ModelID: Timestamp]>([:])

    /// Whether a model's turn has come; if so, its next turn is counted from now. A model that is new has its first after an interval.
    func isDue(_ model: ModelID, at now: Timestamp) -> Bool {
        looked.withLock { looked in
            guard let last = looked[model] else {
                looked[model] = now
                return false
            }
            guard last.advanced(bySeconds: Self.interval) <= now else { return false }
            looked[model] = now
            return true
        }
    }

    func note(_ model: ModelID, at now: Timestamp) {
        looked.withLock { $0[model] = now }
    }
}

/// The periodic update: deployed models of recipes that explore take in the items that came since training, without learning anew.
extension PersonalizeService {
    /// Updates the deployments whose turn has come, or all of them.
    /// - Returns: the ARNs of those that got new items.
    @discardableResult
    func updateItemPools(all: Bool, at now: Timestamp) throws(ServiceError) -> [String] {
        var updated: [String] = []
        for deployment in serving.deployments.sorted(by: { $0.arn < $1.arn }) {
            guard deployment.takesNewItems else { continue }
            if all { itemPools.note(deployment.model, at: now) } else if !itemPools.isDue(deployment.model, at: now) { continue }
            do throws(ServiceError) {
                if try updateItemPool(of: deployment) { updated.append(deployment.arn) }
            } catch {
                // What is wrong with one deployment must not keep the others from their items.
                if all { throw error }
                log.error("an item pool was not updated", metadata: ["of": "\(deployment.arn)", "cause": "\(JobFailure.reason(error))"])
            }
        }
        if !updated.isEmpty { served.prepare() }
        return updated
    }

    /// Whether there were new items for a deployment's model.
    private func updateItemPool(of deployment: Deployment) throws(ServiceError) -> Bool {
        guard let model = try models.model(deployment.model), model.recipe.refreshesItems else { return false }
        let fresh = try refreshed(model, deployment.group)
        guard fresh.items.count > model.items.count else { return false }
        try models.put(fresh, as: deployment.model)
        log.info("item pool updated", metadata: ["of": "\(deployment.arn)", "new items": "\(fresh.items.count - model.items.count)"])
        return true
    }

    private func refreshed(_ model: TrainedModel, _ group: DatasetGroupID) throws(ServiceError) -> TrainedModel {
        var items: Table?
        if let collector = serving.collector(.items, group: group) {
            items = try attributeIndex.table(collector.id, .items, collector.schema.columns)
        }
        let streamed = try serving.collector(.interactions, group: group).map { (collector) throws(ServiceError) in
            SessionJoin.joined(try events.all(dataset: collector.id, after: Int64(model.streamedEvents)), collector.schema.columns)
        }
        return model.refreshed(with: items, streamed: streamed ?? [])
    }
}
