import Dispatch
import Emulator
import Glibc
import Logging
import ServiceKit
import Synchronization
import Wire

/// What answers behind the listener, made from the options: an emulator, and after a snapshot was loaded another one.
final class Backend: Responder {
    private struct State {
        /// Nil only before there is one.
        var emulator: Emulator?
        /// The data directory of a server in memory that goes on from a snapshot.
        var draft: SnapshotDraft?
        var place: (host: String, port: Int)?
        var hasEnded = false
    }

    private let options: ServeOptions
    private let identity: TLSIdentity
    private let scripts: InitScripts?
    private let log: Logger
    private let state = Mutex(State())
    /// Held while the emulator is replaced.
    private let turn = Mutex(())

    /// Signalled when what an earlier run did not finish has been taken up.
    let started = DispatchSemaphore(value: 0)

    init(_ options: ServeOptions, _ identity: TLSIdentity, _ scripts: InitScripts?) throws {
        self.options = options
        self.identity = identity
        self.scripts = scripts
        log = ServerLog.logger(options)
        var draft: SnapshotDraft?
        if let name = options.snapshot {
            let library = SnapshotLibrary(options.snapshotFolder)
            if let directory = options.dataDirectory {
                try library.unpack(name, into: directory)
            } else {
                draft = try library.draft(of: name)
            }
        }
        do {
            let emulator = try makeEmulator(draft?.data)
            state.withLock { ($0.emulator, $0.draft) = (emulator, draft) }
            emulator.start { [started] in started.signal() }
        } catch {
            draft?.remove()
            throw error
        }
    }

    /// - Parameter draft: the directory of a server in memory that goes on from a snapshot.
    private func makeEmulator(_ draft: String?) throws -> Emulator {
        var configuration = options.configuration
        if let draft { configuration.dataDirectory = draft }
        return try Emulator(
            configuration,
            log: log,
            certificate: { [identity] in try? identity.certificate() },
            startup: { [scripts] in scripts?.progress ?? StartupScripts() },
            settings: { [options] in options.shownSettings },
            snapshots: SnapshotSettings(folder: options.snapshotFolder) { [weak self] in try self?.load($0) }
        )
    }

    /// Told once the server listens.
    func listens(_ host: String, _ port: Int) {
        let emulator = state.withLock { state in
            state.place = (host, port)
            return state.emulator
        }
        emulator?.listens(host: host, port: port)
    }

    /// Returns when everything is synced.
    func shutdown() {
        turn.withLock { _ in
            let (emulator, draft) = state.withLock { state in
                state.hasEnded = true
                return (state.emulator, state.draft)
            }
            emulator?.shutdown()
            draft?.remove()
        }
    }

    // MARK: Answering

    func admit(_ head: WireRequest) -> Admission {
        state.withLock { $0.emulator }?.admit(head) ?? .refuse(Self.absent)
    }

    func answer(_ request: WireRequest, _ reply: @escaping @Sendable (WireResponse) -> Void) {
        guard let emulator = state.withLock({ $0.emulator }) else { return reply(Self.absent) }
        emulator.answer(request, reply)
    }

    private static let absent = WireResponse(
        status: 503,
        headers: [("content-type", "application/json"), ("retry-after", "1")],
        body: .bytes(Array("{\"message\":\"the server is not there yet\"}".utf8))
    )

    // MARK: Snapshots

    /// Goes on with the state of a snapshot. Requests that come meanwhile are refused, and those that are under way may fail.
    private func load(_ name: String) throws {
        try turn.withLock { _ in
            guard !state.withLock({ $0.hasEnded }) else { throw SnapshotFault(503, "the server is being ended") }
            if let directory = options.dataDirectory {
                throw SnapshotFault(
                    409,
                    "this server keeps its data in \(directory), and a load would remove them. Stop it, and start one with "
                        + "--snapshot \(name) --data-dir and an empty directory, or with --snapshot \(name) alone, in memory"
                )
            }
            let draft = try SnapshotLibrary(options.snapshotFolder).draft(of: name)
            let emulator: Emulator
            do {
                emulator = try makeEmulator(draft.data)
            } catch {
                draft.remove()
                throw error
            }
            let (before, oldDraft) = state.withLock { ($0.emulator, $0.draft) }
            go(on: emulator, draft)
            before?.shutdown()
            oldDraft?.remove()
        }
        log.notice("the server went back to a snapshot", metadata: ["name": "\(name)"])
    }

    private func go(on emulator: Emulator, _ draft: SnapshotDraft) {
        let place = state.withLock { $0.place }
        if let place { emulator.listens(host: place.host, port: place.port) }
        let resumed = DispatchSemaphore(value: 0)
        emulator.start { resumed.signal() }
        resumed.wait()
        state.withLock { ($0.emulator, $0.draft) = (emulator, draft) }
    }
}

extension ServeOptions {
    /// As the emulator takes them.
    fileprivate var configuration: ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.version = Version.current
        configuration.dataDirectory = dataDirectory
        configuration.authentication = ServerConfiguration.Authentication(rawValue: auth.rawValue) ?? .verify
        if !keepsBuiltInKey { configuration.credentials.keys = [:] }
        for key in allKeys { configuration.credentials.keys[key.id] = Credentials.Key(secret: key.secret, token: key.token) }
        configuration.account = account
        configuration.region = region
        configuration.jobDelay = jobDelay
        configuration.streamDelay = streamDelay
        configuration.subscriptionLifetime = subscriptionLifetime
        configuration.sync = ServerConfiguration.Sync(rawValue: sync.rawValue) ?? .interval
        configuration.runsFunctions = runsFunctions
        configuration.allowedOrigins = allowedOrigins
        configuration.controlToken = controlToken
        configuration.shardLimit = shardLimit
        configuration.enforcesStreamLimits = kinesisLimits == .aws
        configuration.scalesOnDemand = onDemandScaling
        configuration.encryptionKeyFile = encryptionKey
        configuration.streamMemory = kinesisMemory ?? (configuration.dataDirectory == nil ? 2 << 30 : 512 << 20)
        configuration.eventMemory = eventMemory ?? (configuration.dataDirectory == nil ? 1 << 30 : 256 << 20)
        configuration.streamErrorProbability = kinesisErrorProbability
        configuration.seed = seed
        configuration.autoTraining = autoTraining
        configuration.quotas = quotas
        return configuration
    }
}
