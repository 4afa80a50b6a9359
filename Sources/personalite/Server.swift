import ArgumentParser
import Glibc
import NIOCore
import ServiceKit

/// The running server: the listener with an emulator behind it.
struct Server {
    private let options: ServeOptions

    init(_ options: ServeOptions) {
        self.options = options.withControlToken()
    }

    /// Serves until the process is asked to end; does not return.
    func run() throws -> Never {
        ProcessSetup.prepare()
        let identity = TLSIdentity(options.tls)
        let backend: Backend
        do {
            backend = try Backend(options, identity)
        } catch {
            Self.say("personalite: cannot start: \(error)", on: STDERR_FILENO)
            throw ExitCode.failure
        }
        do {
            try identity.prepare()
        } catch {
            Self.say("personalite: \(error)", on: STDERR_FILENO)
            throw ExitCode.failure
        }
        var setup = ConnectionSetup(responder: backend.responder, tls: identity)
        setup.limits.bodyBytes = options.maxBody
        setup.log = ServerLog.logger(options)
        let listener: Listener
        do {
            listener = try Listener(host: options.host, port: options.port, setup: setup)
        } catch {
            Self.say("personalite: cannot listen on \(options.host) port \(options.port): \(error)", on: STDERR_FILENO)
            throw ExitCode.failure
        }
        Self.announce(options, port: listener.port, identity)
        StartupPages.release()
        ProcessSetup.awaitEnd()
        try listener.close().wait()
        backend.shutdown()
        exit(0)
    }

    /// The first line on standard output, which scripts read the port from.
    private static func announce(_ options: ServeOptions, port: Int, _ identity: TLSIdentity) {
        let host = options.host.contains(":") ? "[\(options.host)]" : options.host
        let storage = options.dataDirectory.map { "data in \($0)" } ?? "memory only"
        say("personalite \(Version.current) listening on http://\(host):\(port) (\(storage); auth \(options.auth.rawValue))", on: STDOUT_FILENO)
        let certificate = identity.path ?? "http://\(host):\(port)/_personalite/certificate"
        if !Loopback.isAddress(options.host), let token = options.controlToken {
            say("other machines use /_personalite/ with a signature, or with the header Authorization: Bearer \(token)", on: STDOUT_FILENO)
        }
        say("the same port speaks TLS; its certificate is \(certificate)", on: STDOUT_FILENO)
    }

    /// Writes a whole line at once, past the buffers that a pipe would keep it in.
    static func say(_ line: String, on descriptor: Int32) {
        var line = line + "\n"
        line.withUTF8 { _ = write(descriptor, $0.baseAddress, $0.count) }
    }
}
