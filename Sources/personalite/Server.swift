import Glibc
import NIOCore
import ServiceKit

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

    /// Answers from when this returns. The process has been prepared by `ProcessSetup`.
    init(_ options: ServeOptions) throws(StartFault) {
        identity = TLSIdentity(options.tls)
        do {
            backend = try Backend(options, identity)
        } catch {
            throw StartFault(description: "cannot start: \(error)")
        }
        do {
            try identity.prepare()
        } catch {
            throw StartFault(description: "\(error)")
        }
        var setup = ConnectionSetup(responder: backend.responder, tls: identity)
        setup.limits.bodyBytes = options.maxBody
        setup.log = ServerLog.logger(options)
        do {
            listener = try Listener(host: options.host, port: options.port, setup: setup)
        } catch {
            throw StartFault(description: "cannot listen on \(options.host) port \(options.port): \(error)")
        }
        port = listener.port
        backend.listens(options.host, listener.port)
    }

    /// Ends it in order: everything is synced.
    func close() throws {
        try listener.close().wait()
        backend.shutdown()
    }

    /// Writes a whole line at once, past the buffers that a pipe would keep it in.
    static func say(_ line: String, on descriptor: Int32) {
        var line = line + "\n"
        line.withUTF8 { _ = write(descriptor, $0.baseAddress, $0.count) }
    }
}
