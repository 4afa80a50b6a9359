package import ServiceKit
package import Shapes
package import Wire

/// The kinds of resources that the database has rows of.
package enum ResourceKinds {
    package static let all: [any ResourceBody.Type] = [
        Personalize.DatasetGroup.self, Personalize.DatasetSchema.self, Personalize.Dataset.self, Personalize.DatasetUpdateSummary.self,
        Personalize.DatasetImportJob.self, Personalize.Solution.self, Personalize.SolutionUpdateSummary.self, Personalize.SolutionVersion.self,
        Personalize.Campaign.self, Personalize.CampaignUpdateSummary.self, Personalize.Filter.self, Personalize.EventTracker.self,
        Personalize.Recommender.self, Personalize.RecommenderUpdateSummary.self, Personalize.DatasetExportJob.self,
        Personalize.DataDeletionJob.self, Personalize.BatchInferenceJob.self, Personalize.BatchSegmentJob.self,
        Personalize.MetricAttribution.self, Personalize.MetricAttribute.self,
    ]
}

extension Personalize.DatasetGroup: ResourceBody {
    package static var kind: String { "dataset-group" }
}

extension Personalize.DatasetSchema: ResourceBody {
    package static var kind: String { "schema" }

    /// A schema is there or not: it has no status on the wire.
    package var status: String? {
        get { nil }
        set {}
    }
}

extension Personalize.Dataset: UpdatableBody {
    package static var kind: String { "dataset" }

    package var latestUpdate: Personalize.DatasetUpdateSummary? {
        get { latestDatasetUpdate }
        set { latestDatasetUpdate = newValue }
    }

    package mutating func take(_ update: Personalize.DatasetUpdateSummary) {
        schemaArn = update.schemaArn
    }

    /// Alone among what can be updated, a dataset shows the update in its own status.
    package static func complete(_ resource: inout Resource<Self>, _ table: ResourceTable) throws {
        resource.body.latestUpdate = try table.update(of: resource)?.body
        switch resource.body.updateStatus {
        case .createPending?: resource.body.status = "UPDATE PENDING"
        case .createInProgress?: resource.body.status = "UPDATE IN_PROGRESS"
        default: break
        }
    }
}

extension Personalize.DatasetUpdateSummary: ResourceBody {
    package static var kind: String { "dataset-update" }
}

extension Personalize.DatasetImportJob: ResourceBody {
    package static var kind: String { "dataset-import-job" }
}

extension Personalize.Solution: UpdatableBody {
    package static var kind: String { "solution" }

    package var latestUpdate: Personalize.SolutionUpdateSummary? {
        get { latestSolutionUpdate }
        set { latestSolutionUpdate = newValue }
    }

    package mutating func take(_ update: Personalize.SolutionUpdateSummary) {
        if let training = update.performAutoTraining { performAutoTraining = training }
        if let incremental = update.performIncrementalUpdate { performIncrementalUpdate = incremental }
        guard let config = update.solutionUpdateConfig else { return }
        var changed = solutionConfig ?? Personalize.SolutionConfig()
        if let training = config.autoTrainingConfig { changed.autoTrainingConfig = training }
        if let events = config.eventsConfig { changed.eventsConfig = events }
        solutionConfig = changed
    }
}

extension Personalize.SolutionUpdateSummary: ResourceBody {
    package static var kind: String { "solution-update" }
}

extension Personalize.SolutionVersion: ResourceBody {
    package static var kind: String { "solution-version" }
}

extension Personalize.Campaign: UpdatableBody {
    package static var kind: String { "campaign" }

    package var latestUpdate: Personalize.CampaignUpdateSummary? {
        get { latestCampaignUpdate }
        set { latestCampaignUpdate = newValue }
    }

    package mutating func take(_ update: Personalize.CampaignUpdateSummary) {
        solutionVersionArn = update.solutionVersionArn
        minProvisionedTPS = update.minProvisionedTPS
        campaignConfig = update.campaignConfig
    }
}

extension Personalize.CampaignUpdateSummary: ResourceBody {
    package static var kind: String { "campaign-update" }
}

extension Personalize.Filter: ResourceBody {
    package static var kind: String { "filter" }
}

extension Personalize.EventTracker: ResourceBody {
    package static var kind: String { "event-tracker" }
}

extension Personalize.Recommender: UpdatableBody {
    package static var kind: String { "recommender" }

    package var latestUpdate: Personalize.RecommenderUpdateSummary? {
        get { latestRecommenderUpdate }
        set { latestRecommenderUpdate = newValue }
    }

    package mutating func take(_ update: Personalize.RecommenderUpdateSummary) {
        recommenderConfig = update.recommenderConfig
    }
}

extension Personalize.RecommenderUpdateSummary: ResourceBody {
    package static var kind: String { "recommender-update" }
}

extension Personalize.DatasetExportJob: ResourceBody {
    package static var kind: String { "dataset-export-job" }
}

extension Personalize.DataDeletionJob: ResourceBody {
    package static var kind: String { "data-deletion-job" }

    /// This one kind of job has names of its own for the same states.
    package static func name(_ status: Lifecycle.Status) -> String {
        switch status {
        case .createPending: "PENDING"
        case .createInProgress: "IN_PROGRESS"
        case .active: "COMPLETED"
        case .createFailed: "FAILED"
        default: status.rawValue
        }
    }
}

extension Personalize.BatchInferenceJob: ResourceBody {
    package static var kind: String { "batch-inference-job" }
}

extension Personalize.BatchSegmentJob: ResourceBody {
    package static var kind: String { "batch-segment-job" }
}

extension Personalize.MetricAttribution: ResourceBody {
    package static var kind: String { "metric-attribution" }
}

/// A metric is kept as a resource of its own, under its attribution, so that it lists as the others do. It shows no status and no dates.
extension Personalize.MetricAttribute: ResourceBody {
    package static var kind: String { "metric" }

    package var status: String? {
        get { nil }
        set {}
    }

    package var creationDateTime: Timestamp? {
        get { nil }
        set {}
    }

    package var lastUpdatedDateTime: Timestamp? {
        get { nil }
        set {}
    }
}
