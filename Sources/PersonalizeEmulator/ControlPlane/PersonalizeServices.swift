package import Logging
package import ServiceKit
import Shapes
package import Streams
package import Wire

/// The three services of Amazon Personalize, and what they share: put together once, and told together to restore, to reset and to end.
package final class PersonalizeServices: Sendable {
    let service: PersonalizeService
    let events: EventsService
    let runtime: RuntimeService
    let eventStore: EventStore
    /// Rows of items, users and actions that were streamed.
    let rows: StreamedRows
    let jobs = Jobs()
    private let shown = RecentRecommendations()
    let figures = PersonalizeFigures()
    private let maintenance: MaintenanceScheduler
    private let time: any TimeSource

    /// The control plane, by names.
    package let controlTable: ServiceTable
    /// PutEvents and its kin, by paths.
    package let eventsTable: ServiceTable
    /// What asks for recommendations, by paths.
    package let runtimeTable: ServiceTable

    package init(
        store: Store,
        recordLog: RecordLog,
        configuration: ServerConfiguration,
        time: any TimeSource,
        objects: any ObjectSource & ObjectSink,
        log: Logger
    ) {
        self.time = time
        let serving = Serving()
        let models = ModelStore(directory: configuration.dataDirectory.map { $0 + "/models" }, log: log)
        let datasets = DatasetStore(directory: configuration.dataDirectory.map { $0 + "/datasets" }, log: log)
        let losses = EventLosses(memory: configuration.eventMemory, time: time, log: log)
        eventStore = EventStore(log: recordLog, memory: configuration.eventMemory, lost: losses.note)
        rows = StreamedRows(log: recordLog)
        let attributeIndex = AttributeIndex(serving: serving, datasets: datasets, rows: rows, events: eventStore)
        let engine = RecommendationEngine(serving: serving, models: models, events: eventStore, attributeIndex: attributeIndex)
        service = PersonalizeService(
            store: store,
            configuration: configuration,
            time: time,
            jobs: jobs,
            datasets: datasets,
            models: models,
            serving: serving,
            events: eventStore,
            rows: rows,
            attributeIndex: attributeIndex,
            engine: engine,
            objects: objects,
            log: log
        )
        maintenance = MaintenanceScheduler(service)
        events = EventsService(
            serving: serving,
            events: eventStore,
            attributeIndex: attributeIndex,
            shown: shown,
            figures: figures,
            log: log
        )
        runtime = RuntimeService(engine: engine, shown: shown, seed: configuration.seed, figures: figures)
        controlTable = ServiceTable(
            service,
            PersonalizeService.operations,
            .personalize,
            dataPlane: []
        )
        let counted = RequestRates(configuration.quotas)
        let rates = { @Sendable (operation: String, input: Document, call: Call) throws(ServiceError) in
            try counted.check(operation, input, call)
        }
        eventsTable = ServiceTable(
            events,
            EventsService.operations,
            .personalizeEvents,
            dataPlane: ["PutEvents", "PutItems", "PutUsers", "PutActions", "PutActionInteractions"],
            rates: rates,
            prepare: ReceiptTime(log: log).filled
        )
        runtimeTable = ServiceTable(
            runtime,
            RuntimeService.operations,
            .personalizeRuntime,
            dataPlane: ["GetRecommendations", "GetPersonalizedRanking", "GetActionRecommendations"],
            rates: rates
        )
    }

    // MARK: Start and end

    /// Brings memory to where the store stands; what was streamed follows segment by segment, and `prepare` ends it.
    /// - Returns: the ids of the datasets that exist.
    package func restore() throws(ServiceError) -> Set<DatasetID> {
        try service.restoreServing()
    }

    /// Takes what a segment of the record log has of these services in again; entries of datasets that are gone are passed over.
    /// - Parameter datasets: the ids of the datasets that exist.
    package func restore(_ summary: SegmentSummary, datasets: Set<DatasetID>) throws(LogError) {
        func isKept(_ dataset: DatasetID) -> Bool {
            if datasets.contains(dataset) { return true }
            if service.store.skipIDs(upTo: dataset.rawValue, of: .resource) {
                service.log.warning(
                    "the record log has rows of a dataset that the database does not know: it is older than they are",
                    metadata: ["id": "\(dataset)"]
                )
            }
            return false
        }
        try eventStore.restore(summary, isKept: isKept)
        try rows.restore(summary, isKept: isKept)
    }

    /// How the record log sums up the entries of these services for the next start.
    package static let logSummaries = [EventSummary.kind, StreamedRows.logSummary]

    /// Makes ready what the first requests will read.
    package func prepare() {
        service.served.prepare()
    }

    /// Starts again what an earlier run left undone, and looks from now on for what time makes due.
    package func start() {
        service.resumeWork()
        maintenance.start()
    }

    package func close() {
        maintenance.stop()
        jobs.stop()
    }

    // MARK: While it runs

    /// The segments of the record log that hold something which is still needed.
    package var segments: Set<UInt64> {
        eventStore.segments.union(rows.segments)
    }

    /// Begins at once what a change of the clock has made due.
    package func lookForDueWork() {
        maintenance.look()
    }

    /// Takes new items into every deployed model now.
    /// - Returns: the ARNs of the deployments that got some.
    package func updateItemPools() throws(ServiceError) -> [String] {
        try service.updateItemPools(all: true, at: time.now)
    }

    /// How far the work in hand is; nil while there is none.
    package var progress: WorkProgress? { jobs.progress }

    /// What `/_personalite/explain` and its neighbours answer.
    /// - Parameter subject: `explain`, `users`, `items` or `filter`.
    package func explain(_ subject: some StringProtocol, _ request: ExplainRequest, _ call: Call) throws(ServiceError) -> Document {
        switch subject {
        case "users": try runtime.users(request, call)
        case "items": try runtime.describeItems(request, call)
        case "filter": try runtime.tryFilter(request, call)
        default: try runtime.explain(request, call)
        }
    }

    /// What `/_personalite/dataset` and its neighbours answer.
    /// - Parameter subject: `dataset`, `rejected` or `training`.
    package func look(_ subject: some StringProtocol, _ request: LookRequest, _ call: Call) throws(ServiceError) -> Document {
        switch subject {
        case "dataset": try service.look(dataset: request, call)
        case "rejected": try service.look(rejected: request, call)
        default: try service.look(training: request, call)
        }
    }

    /// What memory alone has, for a copy of the store: tables and models into the folders of a data directory, what was streamed into its log.
    package func copyMemory(to directory: String, _ log: RecordLog) throws {
        try service.datasets.copy(to: "\(directory)/datasets")
        try service.models.copy(to: "\(directory)/models")
        try eventStore.copy(to: log)
        try rows.copy(to: log)
    }

    /// Waits until every job that was asked for is done.
    package func drain() {
        jobs.drain()
    }

    /// Removes every resource of every account inside the transaction of a reset; `forget` follows once that is committed.
    package func clear(_ transaction: Transaction) throws {
        try service.clear(transaction)
    }

    /// Memory and files forget everything of every account.
    package func forget() {
        service.forget()
        eventStore.removeAll()
        rows.removeAll()
        shown.removeAll()
        figures.removeAll()
    }
}
