package import Shapes
import Wire

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

extension Personalize.Dataset: ResourceBody {
    package static var kind: String { "dataset" }
}

extension Personalize.DatasetImportJob: ResourceBody {
    package static var kind: String { "dataset-import-job" }
}

extension Personalize.Solution: ResourceBody {
    package static var kind: String { "solution" }
}

extension Personalize.SolutionVersion: ResourceBody {
    package static var kind: String { "solution-version" }
}

extension Personalize.Campaign: ResourceBody {
    package static var kind: String { "campaign" }
}

extension Personalize.EventTracker: ResourceBody {
    package static var kind: String { "event-tracker" }
}

extension Personalize.Recommender: ResourceBody {
    package static var kind: String { "recommender" }
}
