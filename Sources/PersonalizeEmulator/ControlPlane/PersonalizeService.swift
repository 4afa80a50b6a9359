package import Logging
package import ServiceKit
import Shapes
import Synchronization
import Wire

/// The control plane of Amazon Personalize: resources, their lifecycles, and the work that some of them start.
package final class PersonalizeService: PersonalizeOperations {
    let store: Store
    let configuration: ServerConfiguration
    let time: any TimeSource
    let jobs: Jobs
    let datasets: DatasetStore
    let models: ModelStore
    let serving: Serving
    let events: EventStore
    let rows: StreamedRows
    let attributeIndex: AttributeIndex
    let itemPools = ItemPools()
    /// Work whose end is still to be written.
    let unended = Mutex<[UnendedWork]>([])
    /// The ids of the models that some resource answers with or is to be trained as, when that was looked at last.
    let neededModels = Mutex<Set<Int64>>([])
    let objects: any ObjectSource & ObjectSink
    let log: Logger
    /// What answers runtime requests answers batch jobs too.
    let scorer: RuntimeService

    package init(
        store: Store,
        configuration: ServerConfiguration,
        time: any TimeSource,
        jobs: Jobs,
        datasets: DatasetStore,
        models: ModelStore,
        serving: Serving,
        events: EventStore,
        rows: StreamedRows,
        attributeIndex: AttributeIndex,
        objects: any ObjectSource & ObjectSink,
        log: Logger
    ) {
        self.store = store
        self.configuration = configuration
        self.time = time
        self.jobs = jobs
        self.datasets = datasets
        self.models = models
        self.serving = serving
        self.events = events
        self.rows = rows
        self.attributeIndex = attributeIndex
        self.objects = objects
        self.log = log
        scorer = RuntimeService(
            serving: serving,
            models: models,
            events: events,
            attributeIndex: attributeIndex,
            // Nothing shown in a batch is an impression.
            shown: RecentRecommendations(),
            seed: configuration.seed,
            log: log
        )
    }

    /// One transaction over the resources of the caller's account and region; what it registers with `afterCommit` follows it.
    func resources<Value>(_ call: Call, _ body: (ResourceTable) throws -> Value) throws(ServiceError) -> Value {
        try store.write { try body(ResourceTable($0, call)) }
    }
}
