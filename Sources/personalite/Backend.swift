import Dispatch
import Emulator
import Glibc
import Logging
import ServiceKit
import Wire

/// What answers behind the listener, made from the options.
struct Backend {
    let responder: any Responder
    /// Everything synced.
    let shutdown: @Sendable () -> Void
    /// Told once the server listens.
    let listens: @Sendable (_ host: String, _ port: Int) -> Void

    /// Signalled when what an earlier run did not finish has been taken up.
    let started = DispatchSemaphore(value: 0)

    init(_ options: ServeOptions, _ identity: TLSIdentity, _ scripts: InitScripts?) throws {
        let emulator = try Emulator(
            options.configuration,
            log: ServerLog.logger(options),
            certificate: { try? identity.certificate() },
            startup: { scripts?.progress ?? StartupScripts() }
        )
        responder = emulator
        shutdown = { emulator.shutdown() }
        listens = { emulator.listens(host: $0, port: $1) }
        emulator.start { [started] in started.signal() }
    }
}

extension Emulator: Responder {}

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
        configuration.referenceApp = referenceApp
        configuration.runsFunctions = runsFunctions
        configuration.allowedOrigins = allowedOrigins
        configuration.controlToken = controlToken
        configuration.shardLimit = shardLimit
        configuration.enforcesStreamLimits = kinesisLimits == .aws
        configuration.streamMemory = kinesisMemory ?? (configuration.dataDirectory == nil ? 2 << 30 : 512 << 20)
        configuration.eventMemory = eventMemory ?? (configuration.dataDirectory == nil ? 1 << 30 : 256 << 20)
        configuration.streamErrorProbability = kinesisErrorProbability
        configuration.seed = seed
        configuration.autoTraining = autoTraining
        configuration.quotas = quotas
        return configuration
    }
}
