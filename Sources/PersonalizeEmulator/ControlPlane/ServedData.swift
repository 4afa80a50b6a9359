import Logging
import Recommend
import ServiceKit
import Shapes
import Wire

/// How filters, metadata and deployments come to know that a dataset has changed.
struct ServedData: Sendable {
    let serving: Serving
    let attributeIndex: AttributeIndex
    let models: ModelStore
    let resources: ResourceTransactions
    let log: Logger

    /// Makes everything ready that requests to deployments and filters will read, so that none of them waits for it.
    func prepare() {
        for group in serving.groups { attributeIndex.prepare(group: group) }
        attributeIndex.refreshOutdated()
        let deployments = serving.deployments
        for deployment in deployments {
            do throws(ServiceError) {
                guard let model = try models.model(deployment.model) else { continue }
                _ = try attributeIndex.subjects(of: model, deployment.model, .items, group: deployment.group)
            } catch {
                // Told by the store that could not read; who asks the deployment is told as well.
                log.debug("a deployment is not ready", metadata: ["of": "\(deployment.arn)", "cause": "\(JobFailure.reason(error))"])
            }
        }
        letGo(keeping: deployments)
    }

    /// Lets memory go of models that nothing serves from and that the disk has.
    func letGo() {
        letGo(keeping: serving.deployments)
    }

    private func letGo(keeping deployments: [Deployment]) {
        let ids = Set(deployments.map(\.model))
        models.trim(keeping: ids)
        attributeIndex.forgetNumberings(except: ids)
    }

    /// A dataset has other rows: filters, metadata and requests find them once this returns.
    func changed(_ dataset: Resource<Personalize.Dataset>, _ call: Call) throws(ServiceError) {
        try resources(call) { try changed(dataset, $0) }
        prepare()
    }

    /// A dataset has other rows, another schema, or is gone, once the transaction is committed.
    func changed(_ dataset: Resource<Personalize.Dataset>, _ table: ResourceTable) throws {
        let kind = try dataset.kind
        guard let group = try table.find(dataset.parent ?? "", as: Personalize.DatasetGroup.self) else { return }
        changed(kind, group: group.id, table)
    }

    /// Filters follow the commit, and what requests read is made anew by the next `prepare`: files are read there, not while other
    /// transactions wait.
    func changed(_ kind: DatasetKind, group: DatasetGroupID, _ table: ResourceTable) {
        table.afterCommit { [self] committed in
            serving.replanFilters(group: group, committed)
            attributeIndex.outdate(kind, group: group)
        }
    }
}
