import APIGatewayEmulator
import CloudFormationEmulator
import CloudWatchEmulator
import Dispatch
import EventBridgeEmulator
import FirehoseEmulator
import IdentityEmulator
import KinesisEmulator
import LambdaEmulator
import Logging
import LogsEmulator
import OutgoingHTTP
import ParameterEmulator
import PersonalizeEmulator
import S3Emulator
import ServiceKit
import Streams
import Synchronization
import Wire

/// Everything the server is made of, put together once.
final class ServerComponents: Sendable {
    let time: ServerClock
    let authenticator: Authenticator
    let s3: S3Service
    let kinesis: KinesisService
    let personalize: PersonalizeServices
    let faults: FaultInjector
    let requests = RequestLog()

    /// By the services' names in signatures.
    private let tables: @Sendable (String) -> ServiceTable?
    /// The services of the query protocol.
    let queryServices: [QueryService]
    private let sessions: SessionTokens
    /// How services ask each other.
    let caller: InProcessCaller
    let cloudFormation: CloudFormationService
    let firehose: FirehoseService
    private let cloudWatch: CloudWatchService
    private let eventBridge: EventBridgeService
    let monitoringTable: LazyTable
    let lambda: LambdaService
    let lambdaTable: LazyTable
    let logs: LogsService
    let address = ServerAddress()
    let apiGateway: APIGatewayService
    let apiGatewayTable: LazyTable
    private let configuration: ServerConfiguration
    let store: Store
    let recordLog: RecordLog
    let log: Logger
    private let certificate: @Sendable () -> String?
    private let startup: @Sendable () -> StartupScripts
    private let settings: @Sendable () -> [ShownSetting]
    private let snapshots: SnapshotSettings?
    private let ready = Mutex(false)
    /// Nil without a data directory.
    let watch: DirectoryWatch?

    init(
        _ configuration: ServerConfiguration,
        time: any TimeSource,
        log: Logger,
        certificate: @escaping @Sendable () -> String?,
        startup: @escaping @Sendable () -> StartupScripts,
        settings: @escaping @Sendable () -> [ShownSetting],
        snapshots: SnapshotSettings?
    ) throws {
        self.configuration = configuration
        self.snapshots = snapshots
        self.certificate = certificate
        self.startup = startup
        self.settings = settings
        self.log = log
        faults = FaultInjector(seed: configuration.seed, standing: FaultRule.standing(configuration.streamErrorProbability))
        store = try Store(directory: configuration.dataDirectory, sync: configuration.sync, log: log)
        if let directory = store.directory { FilePlacing.remove("\(directory)/\(Self.aside)") }
        let machine = time
        let time = ServerClock(machine, try store.read { try ServerClock.Setting(SettingTable($0)) })
        self.time = time
        sessions = try SessionTokens(store: store, time: time)
        authenticator = Authenticator(configuration, time: machine, sessions: sessions)
        let identity = IdentityService(store: store, sessions: sessions)
        let parameters = ParameterService(store: store)
        let parameterTable = LazyTable { parameters.table }
        let stsTable = LazyTable { identity.stsTable }
        let iamTable = LazyTable { identity.iamTable }
        let recordLog = try Self.openLog(configuration, store, log)
        self.recordLog = recordLog
        s3 = try S3Service(store: store, authenticator: authenticator, configuration: configuration, time: time, log: log)
        personalize = PersonalizeServices(
            store: store,
            recordLog: recordLog,
            configuration: configuration,
            time: time,
            objects: s3,
            log: log
        )
        let deliveries = DeliveryRegistry()
        kinesis = KinesisService(
            store: store,
            recordLog: recordLog,
            configuration: configuration,
            time: time,
            machine: machine,
            buckets: s3,
            log: log,
            segmentsOfOthers: { [personalize] in personalize.segments.union(deliveries.segments) }
        )
        let kinesisTable = kinesis.table
        let logs = LogsService(store: store, time: time, log: log)
        self.logs = logs
        let logsTable = LazyTable { logs.table }
        let lambda = LambdaService(
            store: store,
            objects: s3,
            sessions: sessions,
            address: address,
            time: time,
            runs: configuration.runsFunctions,
            output: FunctionOutput(logs: logs.functionLog, log: log),
            faults: { [faults] in faults.verdict("lambda", $0, $1)?.error },
            log: log
        )
        self.lambda = lambda
        let lambdaTable = LazyTable { lambda.table }
        self.lambdaTable = lambdaTable
        let http = configuration.runsFunctions ? HTTPClient() : nil
        let apiGateway = APIGatewayService(
            store: store,
            authenticator: authenticator,
            functions: lambda,
            http: http,
            accessLog: logs.functionLog
        )
        self.apiGateway = apiGateway
        let apiGatewayTable = LazyTable { apiGateway.table }
        self.apiGatewayTable = apiGatewayTable
        let others: @Sendable (String) -> ServiceTable? = { [personalize] service in
            switch service {
            case "kinesis": kinesisTable
            case "personalize": personalize.controlTable
            case "lambda": lambdaTable.value
            case "apigateway": apiGatewayTable.value
            case "logs": logsTable.value
            case "ssm": parameterTable.value
            case "iam": iamTable.value
            case "sts": stsTable.value
            default: nil
            }
        }
        let firehose = FirehoseService(
            registry: deliveries,
            store: store,
            recordLog: recordLog,
            caller: InProcessCaller(tables: others, s3: s3, faults: faults),
            objects: s3,
            functions: lambda,
            http: http,
            configuration: configuration,
            time: time,
            log: log,
            logObserver: { [kinesis] in kinesis.sweepIfDue($0) }
        )
        self.firehose = firehose
        let firehoseTable = LazyTable { firehose.table }
        let eventCaller = InProcessCaller(tables: { $0 == "firehose" ? firehoseTable.value : others($0) }, s3: s3, faults: faults)
        let eventBridge = EventBridgeService(store: store, caller: eventCaller, functions: lambda, logs: logs.functionLog, time: time, log: log)
        self.eventBridge = eventBridge
        let eventsTable = LazyTable { eventBridge.table }
        let cloudWatch = CloudWatchService(store: store, sources: [kinesis, firehose, lambda, personalize, eventBridge], time: time)
        self.cloudWatch = cloudWatch
        let monitoringTable = LazyTable { cloudWatch.table }
        self.monitoringTable = monitoringTable
        tables = { service in
            switch service {
            case "events": eventsTable.value
            case "firehose": firehoseTable.value
            case "monitoring": monitoringTable.value
            default: others(service)
            }
        }
        caller = InProcessCaller(tables: tables, s3: s3, faults: faults)
        lambda.connect(caller: caller, watcher: kinesis, log: log)
        s3.connect(functions: lambda, events: eventBridge, caller: caller)
        let cloudFormation = CloudFormationService(
            store: store,
            caller: caller,
            functions: lambda,
            address: address,
            time: time,
            log: log
        )
        self.cloudFormation = cloudFormation
        queryServices = [
            QueryService(
                name: "cloudformation",
                version: "2010-05-15",
                namespace: CloudFormationService.namespace,
                table: LazyTable { cloudFormation.table }
            ),
            QueryService(name: "monitoring", version: "2010-08-01", namespace: CloudWatchService.namespace, table: monitoringTable),
            QueryService(name: "sts", version: "2011-06-15", namespace: IdentityService.stsNamespace, table: stsTable),
            QueryService(name: "iam", version: "2010-05-08", namespace: IdentityService.iamNamespace, table: iamTable),
        ]
        watch = configuration.dataDirectory.map { directory in
            DirectoryWatch(directory, log: log) {
                recordLog.syncedBytes.map { DirectoryWatch.Segment(name: "log/\(RecordLog.fileName(of: $0.segment))", bytes: $0.bytes) }
            }
        }
        do {
            try replay()
        } catch {
            // The directory is nobody's again, though services that know each other may outlive this.
            recordLog.close()
            store.close()
            throw error
        }
    }

    /// What is kept of each segment of the log for the next start.
    static let logSummaries = [KinesisService.logSummary, FirehoseService.logSummary] + PersonalizeServices.logSummaries

    private static func openLog(_ configuration: ServerConfiguration, _ store: Store, _ log: Logger) throws -> RecordLog {
        guard let directory = configuration.dataDirectory else { return RecordLog.inMemory() }
        let known = try store.read { try LogIdentity.known(SettingTable($0)) }
        let (recordLog, recovery): (RecordLog, LogRecovery)
        do throws(LogError) {
            (recordLog, recovery) = try RecordLog.open(
                directory: directory + "/log",
                policy: configuration.sync == .always ? .always : .everySecond,
                summaries: logSummaries,
                identity: known
            )
        } catch {
            if case .mismatch(_, let mismatch) = error { throw LogIdentity.failure(mismatch, directory) }
            throw error
        }
        if known != recordLog.identity { try store.write { try LogIdentity.keep(recordLog.identity, SettingTable($0.database)) } }
        report(recovery, log)
        recordLog.observeDamage { log.warning("an entry of the record log is lost", metadata: ["cause": "\($0)"]) }
        return recordLog
    }

    private static func report(_ recovery: LogRecovery, _ log: Logger) {
        for damage in recovery.damages {
            log.warning("the record log was damaged", metadata: ["damage": "\(damage)"])
        }
    }

    /// The operation that `X-Amz-Target` names.
    func operation(_ target: String) -> (table: ServiceTable, entry: ServiceTable.Entry)? {
        guard let (service, operation) = Route.jsonOperation(target), let table = tables(service) else { return nil }
        return table[operation].map { (table, $0) }
    }

    var admin: Admin {
        Admin(
            version: configuration.version,
            access: ControlAccess(authenticator: authenticator, token: configuration.controlToken),
            isReady: { [self] in ready.withLock { $0 } && startup().isDone && watch?.isGone != true },
            reset: { [self] () throws(ServiceError) in try reset() },
            update: { [self] () throws(ServiceError) in try personalize.updateItemPools() },
            clock: time,
            faults: FaultAdmin(injector: faults),
            setClock: { [self] (request) throws(ServiceError) in try setClock(request) },
            requests: requests,
            progress: { [personalize] in personalize.progress },
            explain: { [personalize] (subject, request, call) throws(ServiceError) in try personalize.explain(subject, request, call) },
            look: { [personalize] (subject, request, call) throws(ServiceError) in try personalize.look(subject, request, call) },
            readers: { [kinesis, lambda] (query, call) throws(ServiceError) in
                try kinesis.readers(query: query, call) { ("mappings", .list(lambda.readers(of: $0))) }
            },
            settings: settings,
            certificate: certificate,
            metrics: { [cloudWatch] in cloudWatch.text },
            startup: startup,
            snapshots: snapshots.map { settings in
                SnapshotAdmin(settings: settings, version: configuration.version, log: log) { [self] in try copyState(to: $0) }
            }
        )
    }

    /// Brings memory to where the disk stands. Done before the first request is taken.
    private func replay() throws {
        try kinesis.restore()
        let datasets = try personalize.restore()
        try firehose.restore()
        try reportMissingFiles()
        let recovery = try recordLog.recover { summary throws(LogError) in
            kinesis.restore(summary)
            try firehose.restore(summary)
            try personalize.restore(summary, datasets: datasets)
        }
        Self.report(recovery, log)
        kinesis.restored()
        personalize.prepare()
    }

    /// Whoever asks for one of them is told too, which may be a long time from now.
    private func reportMissingFiles() throws {
        guard let directory = store.directory else { return }
        let missing = try store.read { try ExpectedFiles.all($0) }.filter { !Directory.exists("\(directory)/\($0.file)") }
        for expected in missing.prefix(10) {
            log.error("a file is not there", metadata: ["file": "\(directory)/\(expected.file)", "needed by": "\(expected.arn)"])
        }
        if missing.count > 10 { log.error("more files are not there", metadata: ["count": "\(missing.count - 10)"]) }
    }

    /// Starts again what an earlier run left undone.
    func resume() {
        personalize.start()
        cloudFormation.engine.resume()
        firehose.start()
        kinesis.startChannels()
        cloudWatch.start()
        lambda.resume()
        eventBridge.start()
        s3.resume()
        watch?.start()
        ready.withLock { $0 = true }
    }

    /// Everything is forgotten, as if the server had just been installed.
    private func reset() throws(ServiceError) {
        cloudFormation.engine.stop()
        defer { cloudFormation.engine.resume() }
        firehose.stop()
        defer { firehose.start() }
        kinesis.stopChannels()
        defer { kinesis.startChannels() }
        s3.pause()
        defer { s3.resume() }
        eventBridge.stop()
        defer { eventBridge.start() }
        lambda.pause()
        defer { lambda.resume() }
        logs.pause()
        defer { logs.resume() }
        personalize.drain()
        var objects: [Int64] = []
        // One transaction: whoever is killed in it has everything, or nothing. What it leaves of files is removed at the next start.
        try kinesis.reset { transaction in
            try personalize.clear(transaction)
            objects = try s3.clear(transaction.database)
            try logs.clear(transaction)
            try RecordTable.removeAll(transaction.database)
            try SettingTable(transaction.database).removeAll(except: [BlobStore.setting, LogIdentity.setting])
        }
        sessions.forget()
        time.reset()
        faults.reset()
        requests.removeAll()
        personalize.forget()
        firehose.forget()
        // What was counted before the reset is nobody's after it.
        lambda.takeMetrics { _ in }
        eventBridge.takeMetrics { _ in }
        cloudWatch.forget()
        apiGateway.forget()
        s3.blobs.remove(objects)
    }

    /// The server's time as it was asked for; it outlives the process as everything else does.
    private func setClock(_ request: ClockRequest) throws(ServiceError) {
        cloudWatch.clockWillBeSet()
        firehose.clockWillBeSet()
        if request.isReset { time.reset() }
        time.change(advanceBySeconds: request.advance, rate: request.rate)
        try store.write { try time.setting.save(SettingTable($0.database)) }
        log.info("the clock was set", metadata: ["now": "\(time.now.seconds)", "rate": "\(time.setting.rate)"])
        kinesis.clockWasSet()
        firehose.clockWasSet()
        eventBridge.clockWasSet()
        personalize.lookForDueWork()
    }

    func close() {
        watch?.stop()
        cloudFormation.engine.stop()
        firehose.stop()
        kinesis.stopChannels()
        cloudWatch.stop()
        s3.pause()
        eventBridge.stop()
        lambda.close()
        logs.close()
        personalize.close()
        recordLog.close()
        store.close()
    }
}
