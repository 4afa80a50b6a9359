import Dispatch
import Glibc
import NIOCore
import ServiceKit
import Synchronization

/// A server that answers: the listener with an emulator behind it.
struct Server {
    /// What kept it from starting, in a sentence for whoever asked for it.
    struct StartFault: Error, CustomStringConvertible {
        let description: String
    }

    let port: Int
    let identity: TLSIdentity
    private let listener: Listener
    private let backend: Backend

    private let options: ServeOptions
    private let scripts: InitScripts?
    private let ending = Ending()

    /// Whether the server is being ended, for those who speak of it meanwhile.
    private final class Ending: Sendable {
        private let hasBegun = Mutex(false)

        func begin() { hasBegun.withLock { $0 = true } }

        /// Carries out `body` unless it has begun, and keeps it from beginning meanwhile.
        func unlessBegun(_ body: () -> Void) {
            hasBegun.withLock { if !$0 { body() } }
        }
    }

    /// Answers from when this returns. The process has been prepared by `ProcessSetup`.
    init(_ options: ServeOptions) throws(StartFault) {
        self.options = options
        identity = TLSIdentity(options.tls)
        do throws(OptionFault) {
            scripts = try options.initDirectory.map { (directory) throws(OptionFault) in try InitScripts(directory) }
        } catch {
            throw StartFault(description: error.description)
        }
        do {
            backend = try Backend(options, identity, scripts)
        } catch {
            throw StartFault(description: "cannot start: \(error)")
        }
        do {
            try identity.prepare()
        } catch {
            backend.shutdown()
            throw StartFault(description: "\(error)")
        }
        var setup = ConnectionSetup(responder: backend, tls: identity)
        setup.limits.bodyBytes = options.maxBody
        setup.log = ServerLog.logger(options)
        do {
            listener = try Listener(host: options.host, port: options.port, setup: setup)
        } catch {
            backend.shutdown()
            throw StartFault(description: "cannot listen on \(options.host) port \(options.port): \(error)")
        }
        port = listener.port
        backend.listens(options.host, listener.port)
    }

    /// Returns when it is ready: what an earlier run left is taken up, and the scripts of `--init` have ended.
    func awaitReadiness(_ inherited: ProcessSetup.Inherited) {
        backend.started.wait()
        guard let scripts else { return }
        let environment = ClientEnvironment(options, port: port).applied(to: ClientEnvironment.ofProcess())
        scripts.run(environment, inherited, descriptor: options.logDescriptor, log: ServerLog.logger(options))
    }

    /// Says something that is not true of a server that is being ended.
    func sayUnlessEnding(_ line: String) {
        ending.unlessBegun { Self.say(line, on: STDOUT_FILENO) }
    }

    /// Ends the scripts of `--init`, those to come too: from then on the server is never said to be ready.
    func endScripts() {
        ending.begin()
        scripts?.end()
    }

    /// Ends it in order: everything is synced.
    func close() throws {
        endScripts()
        try listener.close().wait()
        backend.shutdown()
    }

    /// Writes a whole line at once, past the buffers that a pipe would keep it in.
    static func say(_ line: String, on descriptor: Int32) {
        var line = line + "\n"
        line.withUTF8 { _ = write(descriptor, $0.baseAddress, $0.count) }
    }
}
