import Logging
import ServiceKit
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
    /// The ids of the models that some resource answers with or is to be trained as, when that was looked at last.
    let neededModels = Mutex<Set<ModelID>>([])
    let log: Logger
    let resources: ResourceTransactions
    let served: ServedData
    let campaignUpdates: CampaignUpdates
    let work: PersonalizeWork
    let queue: WorkQueue
    let summaries: DatasetSummaries
    let curves: TrainingCurves

    init(
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
        engine: RecommendationEngine,
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
        self.log = log
        resources = ResourceTransactions(store: store, time: time)
        served = ServedData(serving: serving, attributeIndex: attributeIndex, models: models, resources: resources, log: log)
        campaignUpdates = CampaignUpdates(serving: serving, jobDelay: configuration.jobDelay, log: log)
        let context = WorkContext(resources: resources, files: JobFiles(objects: objects, time: time), jobs: jobs, log: log)
        queue = WorkQueue(context, served: served)
        let trainer = ModelTrainer(
            context: context,
            datasets: datasets,
            events: events,
            attributeIndex: attributeIndex,
            models: models,
            seed: configuration.seed
        )
        summaries = DatasetSummaries(datasets: datasets, events: events, rows: rows)
        curves = trainer.curves
        work = PersonalizeWork(
            datasetImport: DatasetImportWork(
                context: context,
                datasets: datasets,
                rows: rows,
                served: served,
                attributions: AttributionReports(context: context, attributeIndex: attributeIndex)
            ),
            export: DatasetExportWork(context: context, datasets: datasets, events: events, rows: rows),
            deletion: DeletionWork(context: context, datasets: datasets, events: events, rows: rows, models: models, served: served),
            training: TrainingWork(context: context, trainer: trainer, models: models, campaigns: campaignUpdates),
            recommender: RecommenderWork(context: context, trainer: trainer, models: models, serving: serving),
            recommenderUpdate: RecommenderUpdateWork(context: context, trainer: trainer, models: models, serving: serving),
            recommenderRetraining: RecommenderRetraining(context: context, trainer: trainer, models: models),
            batchInference: BatchInferenceWork(context: context, engine: engine),
            batchSegment: BatchSegmentWork(context: context, engine: engine)
        )
    }
}

/// Every kind of real work that a resource waits for.
struct PersonalizeWork: Sendable {
    let datasetImport: DatasetImportWork
    let export: DatasetExportWork
    let deletion: DeletionWork
    let training: TrainingWork
    let recommender: RecommenderWork
    let recommenderUpdate: RecommenderUpdateWork
    let recommenderRetraining: RecommenderRetraining
    let batchInference: BatchInferenceWork
    let batchSegment: BatchSegmentWork
}
