import Dispatch
import Logging
import Shapes
import Streams
import Synchronization
import Wire

/// Everything the server is made of, put together once.
final class Parts: Sendable {
    let time: ServerClock
    let authenticator: Authenticator
    let s3: S3Service
    let gateway: ReferenceGateway
    let events: ServiceTable
    let runtime: ServiceTable
    let kinesis: KinesisService
    let personalize: PersonalizeService
    let eventStore: EventStore
    let rows: StreamedRows
    private let shown = ShownLists()
    let faults: FaultInjector

    private let kinesisTable: ServiceTable
    private let personalizeTable: ServiceTable
    private let configuration: Configuration
    private let store: Store
    private let recordLog: RecordLog
    private let jobs = Jobs()
    private let serving = Serving()
    let consumer: ReferenceConsumer?
    private let log: Logger
    private let certificate: @Sendable () -> String?
    private let ready = Mutex(false)
    private let housekeeper: Housekeeper

    init(_ configuration: Configuration, time: any TimeSource, log: Logger, certificate: @escaping @Sendable () -> String?) throws {
        self.configuration = configuration
        self.certificate = certificate
        self.log = log
        authenticator = Authenticator(configuration, time: time)
        faults = FaultInjector(seed: configuration.seed, standing: FaultRule.standing(configuration.streamErrorProbability))
        store = try Store(directory: configuration.dataDirectory)
        let time = ServerClock(time, try store.read { try ServerClock.Setting(SettingTable($0)) })
        self.time = time
        recordLog = try Self.openLog(configuration, log)
        eventStore = EventStore(log: recordLog)
        rows = StreamedRows(log: recordLog)
        s3 = try S3Service(store: store, authenticator: authenticator, configuration: configuration, time: time, log: log)
        kinesis = KinesisService(
            store: store,
            recordLog: recordLog,
            configuration: configuration,
            time: time,
            log: log,
            segmentsOfOthers: { [eventStore, rows] in eventStore.segments.union(rows.segments) }
        )
        let models = ModelStore(directory: configuration.dataDirectory.map { $0 + "/models" })
        let datasets = DatasetStore(directory: configuration.dataDirectory.map { $0 + "/datasets" })
        let catalogue = Catalogue(serving: serving, datasets: datasets, rows: rows, events: eventStore)
        personalize = PersonalizeService(
            store: store,
            configuration: configuration,
            time: time,
            jobs: jobs,
            datasets: datasets,
            models: models,
            serving: serving,
            events: eventStore,
            rows: rows,
            catalogue: catalogue,
            objects: s3,
            log: log
        )
        housekeeper = Housekeeper(personalize)
        let eventsService = EventsService(serving: serving, events: eventStore, catalogue: catalogue, shown: shown, log: log)
        let runtimeService = RuntimeService(
            serving: serving,
            models: models,
            events: eventStore,
            catalogue: catalogue,
            shown: shown,
            seed: configuration.seed,
            log: log
        )
        kinesisTable = ServiceTable(
            kinesis,
            KinesisService.operations,
            name: "kinesis",
            dataPlane: ["PutRecord", "PutRecords", "GetRecords", "GetShardIterator"],
            direct: kinesis.directOperations,
            rates: kinesis.rates,
            violationCode: "ValidationException"
        )
        personalizeTable = ServiceTable(
            personalize,
            PersonalizeService.operations,
            name: "personalize",
            dataPlane: [],
            violationCode: "InvalidInputException"
        )
        let counted = RequestRates(configuration.quotas)
        let rates = { @Sendable (operation: String, input: Document, call: Call) throws(ServiceError) in
            try counted.check(operation, input, call)
        }
        events = ServiceTable(
            eventsService,
            EventsService.operations,
            name: "personalize-events",
            byPath: true,
            dataPlane: ["PutEvents", "PutItems", "PutUsers", "PutActions", "PutActionInteractions"],
            rates: rates,
            violationCode: "InvalidInputException"
        )
        runtime = ServiceTable(
            runtimeService,
            RuntimeService.operations,
            name: "personalize-runtime",
            byPath: true,
            dataPlane: ["GetRecommendations", "GetPersonalizedRanking", "GetActionRecommendations"],
            rates: rates,
            violationCode: "InvalidInputException"
        )
        let services = ReferenceServices(
            personalizeTable: personalizeTable,
            runtimeTable: runtime,
            eventsTable: events,
            kinesisTable: kinesisTable
        )
        gateway = ReferenceGateway(isEnabled: configuration.referenceApp, services: services, log: log)
        consumer =
            configuration.referenceApp
            ? ReferenceConsumer(
                kinesis: kinesis,
                services: services,
                objects: s3,
                store: store,
                configuration: configuration,
                time: time,
                log: log
            ) : nil
        try replay()
    }

    private static func openLog(_ configuration: Configuration, _ log: Logger) throws -> RecordLog {
        guard let directory = configuration.dataDirectory else { return RecordLog.inMemory() }
        let policy: RecordLog.SyncPolicy = configuration.sync == .always ? .always : .everySecond
        let (recordLog, recovery) = try RecordLog.open(directory: directory + "/log", policy: policy) { _, _, _ in }
        for damage in recovery.damages {
            log.warning("the record log was damaged", metadata: ["damage": "\(damage)"])
        }
        return recordLog
    }

    /// The operation that `X-Amz-Target` names.
    func operation(_ target: String) -> (table: ServiceTable, entry: ServiceTable.Entry)? {
        for (prefix, table) in [("Kinesis_20131202.", kinesisTable), ("AmazonPersonalize.", personalizeTable)] where target.hasPrefix(prefix) {
            return table[String(target.utf8.dropFirst(prefix.utf8.count)) ?? ""].map { (table, $0) }
        }
        return nil
    }

    var admin: Admin {
        Admin(
            version: configuration.version,
            isReady: { [self] in ready.withLock { $0 } },
            reset: { [self] () throws(ServiceError) in try reset() },
            update: { [self] () throws(ServiceError) in try personalize.updateItemPools(all: true, at: time.now) },
            clock: time,
            faults: FaultAdmin(injector: faults),
            setClock: { [self] (request) throws(ServiceError) in try setClock(request) },
            certificate: certificate
        )
    }

    /// Brings memory to where the disk stands. Done before the first request is taken.
    private func replay() throws {
        try kinesis.restore()
        let datasets = try personalize.restoreServing()
        _ = try recordLog.replay { [eventStore, rows, kinesis] kind, payload, position in
            switch kind {
            case EventStore.logKind: eventStore.replay(Array(payload), position, isKept: datasets.contains)
            case StreamedRows.logKind: rows.replay(Array(payload), position, isKept: datasets.contains)
            case KinesisService.logKind: kinesis.replay(payload, position)
            default: break
            }
        }
        personalize.prepareServing()
    }

    /// Starts again what an earlier run left undone.
    func resume() {
        personalize.resumeWork()
        housekeeper.start()
        consumer?.start()
        ready.withLock { $0 = true }
    }

    /// Everything is forgotten, as if the server had just been installed.
    private func reset() throws(ServiceError) {
        jobs.drain()
        consumer?.stop()
        defer { consumer?.start() }
        time.reset()
        faults.reset()
        try personalize.reset()
        try kinesis.reset()
        try s3.reset()
        eventStore.removeAll()
        rows.removeAll()
        shown.removeAll()
    }

    /// The server's time as it was asked for; it outlives the process as everything else does.
    private func setClock(_ request: ClockRequest) throws(ServiceError) {
        if request.isReset { time.reset() }
        time.change(advanceBySeconds: request.advance, rate: request.rate)
        try store.write { try time.setting.save(SettingTable($0)) }
        log.info("the clock was set", metadata: ["now": "\(time.now.seconds)", "rate": "\(time.setting.rate)"])
        housekeeper.look()
    }

    func close() {
        housekeeper.stop()
        jobs.stop()
        consumer?.stop()
        recordLog.close()
        store.close()
    }
}
