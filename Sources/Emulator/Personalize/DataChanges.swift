import Recommend
import Shapes
import Wire

/// How filters, metadata and training come to know that a dataset has changed.
extension PersonalizeService {
    /// Makes everything ready that requests to deployments and filters will read, so that none of them waits for it.
    func prepareServing() {
        for group in serving.groups { catalogue.prepare(group: group) }
        for deployment in serving.deployments {
            if let model = models.model(deployment.model) { _ = catalogue.subjects(of: model, deployment.model, .items, group: deployment.group) }
        }
    }

    /// A dataset has other rows, another schema, or is gone.
    func changed(_ dataset: Resource<Personalize.Dataset>, _ call: Call) throws(ServiceError) {
        guard let kind = DatasetKind(dataset.body.datasetType ?? "") else { preconditionFailure("a stored dataset is of no known kind") }
        let group = try resources(call) { table -> Int64? in
            guard let group = try table.find(dataset.parent ?? "", as: Personalize.DatasetGroup.self) else { return nil }
            try replanFilters(group: group.id, table)
            return group.id
        }
        guard let group else { return }
        catalogue.refresh(kind, group: group)
        prepareServing()
    }

    /// What an import brought counts from now on, and not older rows that were streamed with the same ids.
    func imported(_ fresh: Table, into dataset: Int64, _ kind: DatasetKind, _ call: Call) throws(ServiceError) {
        guard let ids = kind.key.flatMap({ fresh.column($0) })?.dictionary else { return }
        try rows.overtake(rows.known((0..<Int32(ids.count)).lazy.map { ids[$0] }, dataset: dataset), dataset: dataset, call)
    }
}
