import Dispatch
import Logging
import ServiceKit
import Synchronization
import Wire

/// What runs functions: nothing until the first invocation.
final class FunctionRuntime: Sendable {
    private struct State {
        var pool: FunctionPool?
        var isClosed = false
    }

    private let store: Store
    private let sessions: SessionTokens
    private let address: ServerAddress
    private let time: any TimeSource
    private let runs: Bool
    private let output: (any FunctionLog)?
    private let log: Logger
    let figures = FunctionFigures()
    private let folders = FunctionFolders()
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "retired functions")

    /// Of all functions together.
    private static let maximumProcesses = 64
    /// That are being started at a time: more would only make each of them slower.
    private static let maximumLaunches = 4

    init(
        store: Store,
        sessions: SessionTokens,
        address: ServerAddress,
        time: any TimeSource,
        runs: Bool,
        output: (any FunctionLog)?,
        log: Logger
    ) {
        (self.store, self.sessions, self.address, self.time, self.runs, self.output, self.log) = (store, sessions, address, time, runs, output, log)
    }

    /// - Throws: that functions are not run here.
    func invoke(_ invocation: PendingInvocation) throws(ServiceError) {
        guard runs else {
            throw ServiceError(
                "AccessDeniedException",
                "This server does not run functions, because other machines can reach it or it was told so: start it with --functions on.",
                status: 403
            )
        }
        let pool = try pool()
        var counted = invocation
        counted.completion = { [figures] outcome in
            figures.ended(invocation.setup, outcome)
            invocation.completion(outcome)
        }
        figures.began(invocation.setup)
        pool.invoke(counted)
    }

    private func pool() throws(ServiceError) -> FunctionPool {
        try state.withLock { (state) throws(ServiceError) in
            if let pool = state.pool { return pool }
            guard !state.isClosed else { throw ServiceError("ServiceException", "The server ends.", status: 500) }
            do {
                let pool = try FunctionPool(
                    maximumProcesses: Self.maximumProcesses,
                    maximumLaunches: Self.maximumLaunches,
                    time: time,
                    log: output,
                    launch: { [self] in try launch($0, $1, $2) },
                    ended: { [folders] in folders.removeScratch($0) }
                )
                state.pool = pool
                return pool
            } catch {
                throw .internalFailure(error)
            }
        }
    }

    /// A version is no more, or is another now: its processes end, and the files of packages that nothing is made of go.
    ///
    /// Called while a transaction's end is told, so everything is done elsewhere.
    func retire(_ revision: String, _ codes: [String]) {
        queue.async { [self] in
            state.withLock { $0.pool }?.retire(revision)
            for code in codes { folders.forget(code) }
        }
    }

    /// Ends every process; the next invocation starts anew.
    func endAll() {
        let pool = state.withLock { state in
            defer { state.pool = nil }
            return state.pool
        }
        pool?.stop()
        folders.removeAll()
    }

    func close() {
        let pool = state.withLock { state in
            state.isClosed = true
            return state.pool
        }
        pool?.stop()
        folders.removeAll()
    }

    // MARK: Starting a process

    private func launch(_ setup: FunctionSetup, _ number: Int, _ stream: String) throws -> (process: FunctionProcess, expires: Int64) {
        guard let interpreter = Interpreter(runtime: setup.runtime) else { throw ServiceError.notHere("The runtime \(setup.runtime)") }
        let path = try interpreter.path()
        let code = try unpacked(setup, for: number)
        let layers = try layers(setup, for: number)
        let scratch = try folders.makeScratch(number)
        var bootstrap = ""
        for file in interpreter.files { bootstrap = try folders.file(file.name, file.bytes) }
        let call = Call(account: setup.account, region: setup.region, now: time.now, requestID: RequestID.random())
        let role = setup.role.split(separator: "/").last.map(String.init) ?? setup.name
        let partition = ARN.partition(of: setup.region)
        let principal = Principal(
            arn: "arn:\(partition):sts::\(setup.account):assumed-role/\(role)/\(setup.name)",
            userID: "AROA\(IdentifierText.random(17)):\(setup.name)"
        )
        let credential = try sessions.make(account: setup.account, principal: principal, seconds: 43_200, call)
        let environment = FunctionEnvironment(
            setup: setup,
            code: code,
            layers: layers,
            scratch: scratch,
            stream: stream,
            endpoint: address.url,
            credential: credential
        )
        let launch = FunctionLaunch(
            command: interpreter.command(path: path, bootstrap: bootstrap, memory: setup.memory),
            environment: environment.variables,
            folder: code,
            fileSize: setup.storage << 20,
            // What the interpreter itself takes is beside the function's memory; V8 also writes to what it does not use.
            dataSize: setup.memory << 20 + (interpreter == .node ? 1 << 30 : 256 << 20)
        )
        do throws(FunctionProcess.Failure) {
            return (try FunctionProcess(launch), credential.expiration.milliseconds)
        } catch {
            folders.removeScratch(number)
            log.error("a function could not be started", metadata: ["function": "\(setup.name)", "cause": "\(error.reason)"])
            throw error
        }
    }

    private func unpacked(_ setup: FunctionSetup, for number: Int) throws -> String {
        do {
            return try folders.code(setup.codeID, for: number) {
                let bytes = try store.read {
                    try DeploymentPackage.read(setup.codeID, in: RecordTable($0, account: setup.account, region: setup.region))
                }
                guard let bytes else { throw ZIPArchive.Failure(reason: "it is not there") }
                return bytes
            }
        } catch let failure as ZIPArchive.Failure {
            throw ServiceError("InvalidZipFileException", "Lambda could not unzip the deployment package: \(failure.reason).", status: 502)
        }
    }

    /// The folder of a function's layers; nil when it has none.
    private func layers(_ setup: FunctionSetup, for number: Int) throws -> String? {
        guard !setup.layers.isEmpty else { return nil }
        do {
            return try folders.layers(setup.layers, for: number) { id in
                let bytes = try store.read { try DeploymentPackage.read(id, in: RecordTable($0, account: setup.account, region: setup.region)) }
                guard let bytes else { throw ZIPArchive.Failure(reason: "it is not there") }
                return bytes
            }
        } catch {
            // No process is going to run from what was unpacked for it.
            folders.removeScratch(number)
            guard let failure = error as? ZIPArchive.Failure else { throw error }
            throw ServiceError("InvalidZipFileException", "Lambda could not unzip a layer: \(failure.reason).", status: 502)
        }
    }
}
