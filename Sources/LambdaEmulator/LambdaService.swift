import Dispatch
package import Logging
package import ServiceKit
import Shapes
import Synchronization
package import Wire

/// AWS Lambda: functions as they are kept, and the processes that run them.
package final class LambdaService: Sendable {
    let store: Store
    let objects: any ObjectSource
    let sink: any ObjectSink
    let address: ServerAddress
    let time: any TimeSource
    let runtime: FunctionRuntime
    let events: AsynchronousEvents
    /// The refusal that a rule of faults has for an operation in a region.
    let faults: @Sendable (_ operation: String, _ region: String) -> ServiceError?
    /// How the streams of event sources are asked, and who reads them; there once `connect` was called.
    private let connection = Mutex<(caller: any ServiceCaller, sources: EventSources)?>(nil)
    let queue = DispatchQueue(label: "invocations", attributes: .concurrent)

    /// - Parameters:
    ///   - runs: whether functions are run at all; otherwise they are kept, and invocations are refused.
    ///   - output: gets what functions write; nil leaves it to the callers that ask for the tail.
    package init(
        store: Store,
        objects: any ObjectSource & ObjectSink,
        sessions: SessionTokens,
        address: ServerAddress,
        time: any TimeSource,
        runs: Bool,
        output: (any FunctionLog)?,
        faults: @escaping @Sendable (_ operation: String, _ region: String) -> ServiceError?,
        log: Logger
    ) {
        self.faults = faults
        events = AsynchronousEvents(store: store, time: time, log: log)
        self.store = store
        self.objects = objects
        sink = objects
        self.address = address
        self.time = time
        runtime = FunctionRuntime(store: store, sessions: sessions, address: address, time: time, runs: runs, output: output, log: log)
    }

    /// Makes event sources possible: they ask another service, which is made after this one.
    package func connect(caller: any ServiceCaller, watcher: any StreamWatcher, log: Logger) {
        let sources = EventSources(service: self, caller: caller, watcher: watcher, log: log)
        connection.withLock { $0 = (caller, sources) }
    }

    var sources: EventSources? { connection.withLock { $0?.sources } }

    /// The event source mappings that follow a stream, and whether their functions are done with all that came: `uuid`, `functionArn`, `result`, `isIdle`.
    package func readers(of stream: String) -> [Document] { sources?.readers(of: stream) ?? [] }

    var caller: any ServiceCaller {
        get throws(ServiceError) {
            guard let caller = connection.withLock({ $0?.caller }) else { throw .notHere("An event source") }
            return caller
        }
    }

    /// Goes on with what an earlier run left.
    package func resume() {
        sources?.start()
        events.start { [weak self] invocation, completion in
            guard let self else { return completion(.failure(ServiceError("ServiceException", "The server ends.", status: 500))) }
            invoke(invocation, completion: completion)
        }
    }

    /// Before a reset: nothing is begun any more.
    package func pause() {
        sources?.stop()
        events.stop()
        runtime.endAll()
    }

    package func close() {
        sources?.stop()
        events.stop()
        runtime.close()
    }

    // MARK: Operations

    typealias Work = @Sendable (LambdaService, Document, Call) throws(ServiceError) -> Document?

    private static let work: [String: Work] = [
        "CreateFunction": { (service, input, call) throws(ServiceError) in try service.createFunction(input, call) },
        "GetFunction": { (service, input, call) throws(ServiceError) in try service.getFunction(input, call) },
        "GetFunctionConfiguration": { (service, input, call) throws(ServiceError) in try service.getFunctionConfiguration(input, call) },
        "UpdateFunctionCode": { (service, input, call) throws(ServiceError) in try service.updateFunctionCode(input, call) },
        "UpdateFunctionConfiguration": { (service, input, call) throws(ServiceError) in try service.updateFunctionConfiguration(input, call) },
        "DeleteFunction": { (service, input, call) throws(ServiceError) in try service.deleteFunction(input, call) },
        "ListFunctions": { (service, input, call) throws(ServiceError) in try service.listFunctions(input, call) },
        "PublishVersion": { (service, input, call) throws(ServiceError) in try service.publishVersion(input, call) },
        "ListVersionsByFunction": { (service, input, call) throws(ServiceError) in try service.listVersions(input, call) },
        "CreateAlias": { (service, input, call) throws(ServiceError) in try service.createAlias(input, call) },
        "GetAlias": { (service, input, call) throws(ServiceError) in try service.getAlias(input, call) },
        "UpdateAlias": { (service, input, call) throws(ServiceError) in try service.updateAlias(input, call) },
        "DeleteAlias": { (service, input, call) throws(ServiceError) in try service.deleteAlias(input, call) },
        "ListAliases": { (service, input, call) throws(ServiceError) in try service.listAliases(input, call) },
        "AddPermission": { (service, input, call) throws(ServiceError) in try service.addPermission(input, call) },
        "RemovePermission": { (service, input, call) throws(ServiceError) in try service.removePermission(input, call) },
        "GetPolicy": { (service, input, call) throws(ServiceError) in try service.getPolicy(input, call) },
        "TagResource": { (service, input, call) throws(ServiceError) in try service.tagResource(input, call) },
        "UntagResource": { (service, input, call) throws(ServiceError) in try service.untagResource(input, call) },
        "ListTags": { (service, input, call) throws(ServiceError) in try service.listTags(input, call) },
        "PutFunctionConcurrency": { (service, input, call) throws(ServiceError) in try service.putConcurrency(input, call) },
        "GetFunctionConcurrency": { (service, input, call) throws(ServiceError) in try service.getConcurrency(input, call) },
        "DeleteFunctionConcurrency": { (service, input, call) throws(ServiceError) in try service.deleteConcurrency(input, call) },
        "CreateEventSourceMapping": { (service, input, call) throws(ServiceError) in try service.createMapping(input, call) },
        "GetEventSourceMapping": { (service, input, call) throws(ServiceError) in try service.getMapping(input, call) },
        "ListEventSourceMappings": { (service, input, call) throws(ServiceError) in try service.listMappings(input, call) },
        "UpdateEventSourceMapping": { (service, input, call) throws(ServiceError) in try service.updateMapping(input, call) },
        "DeleteEventSourceMapping": { (service, input, call) throws(ServiceError) in try service.deleteMapping(input, call) },
        "PublishLayerVersion": { (service, input, call) throws(ServiceError) in try service.publishLayerVersion(input, call) },
        "ListLayers": { (service, input, call) throws(ServiceError) in try service.listLayers(input, call) },
        "ListLayerVersions": { (service, input, call) throws(ServiceError) in try service.listLayerVersions(input, call) },
        "GetLayerVersion": { (service, input, call) throws(ServiceError) in try service.getLayerVersion(input, call) },
        "GetLayerVersionByArn": { (service, input, call) throws(ServiceError) in try service.getLayerVersionByARN(input, call) },
        "DeleteLayerVersion": { (service, input, call) throws(ServiceError) in try service.deleteLayerVersion(input, call) },
        "AddLayerVersionPermission": { (service, input, call) throws(ServiceError) in try service.addLayerPermission(input, call) },
        "GetLayerVersionPolicy": { (service, input, call) throws(ServiceError) in try service.getLayerPolicy(input, call) },
        "RemoveLayerVersionPermission": { (service, input, call) throws(ServiceError) in try service.removeLayerPermission(input, call) },
        // It answers later, by `invoke`.
        "Invoke": { (_, _, _) throws(ServiceError) in throw .notHere("Invoke by another service's call") },
    ]

    /// Read at the first request.
    package static let router = RESTRouter(Lambda.routes, others: Lambda.others)

    package var table: ServiceTable {
        let dialect = ServiceDialect(name: "lambda", violationCode: "ValidationException", package: "com.amazonaws.lambda", numbers: .plain)
        return ServiceTable(self, inputs: Lambda.routes.map { ($0.name, $0.input) }, work: Self.work, dialect)
    }

    // MARK: What operations share

    func read<Value>(_ call: Call, _ body: (RecordTable) throws -> Value) throws(ServiceError) -> Value {
        try store.read { try body(RecordTable($0, account: call.account, region: call.region)) }
    }

    func write<Value>(_ call: Call, _ body: (Transaction, RecordTable) throws -> Value) throws(ServiceError) -> Value {
        try store.write { try body($0, RecordTable($0.database, account: call.account, region: call.region)) }
    }

    static func name(_ input: Document, _ call: Call) throws(ServiceError) -> FunctionName {
        try FunctionName(input.required("FunctionName").text, qualifier: input["Qualifier"]?.text, call)
    }

    /// The function of an operation on the function itself; `$LATEST` is as good as none.
    static func unqualified(_ input: Document, _ call: Call) throws(ServiceError) -> FunctionName {
        var name = try FunctionName(input.required("FunctionName").text, call)
        guard name.qualifier == nil || name.qualifier == "$LATEST" else {
            throw .invalidParameter("This operation is done to a function, and not to the version or alias \(name.qualifier ?? "").")
        }
        name.qualifier = nil
        return name
    }

    /// The version that a name means.
    static func resolve(_ name: FunctionName, in table: RecordTable, _ call: Call) throws -> (function: Function, version: FunctionVersion) {
        let function = try Function.get(name, in: table, call)
        var qualifier = name.qualifier ?? "$LATEST"
        if qualifier != "$LATEST", Int(qualifier) == nil {
            guard let alias = try FunctionAlias.find(function.name, qualifier, in: table) else { throw ServiceError.functionNotFound(name.arn(call)) }
            qualifier = alias.version
        }
        if qualifier == "$LATEST" { return (function, function.latest) }
        guard let number = Int(qualifier), let version = try FunctionVersion.find(function.name, number, in: table) else {
            throw ServiceError.functionNotFound(name.arn(call))
        }
        return (function, version)
    }
}
