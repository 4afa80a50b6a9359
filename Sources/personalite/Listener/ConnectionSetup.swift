package import Logging
import ServiceKit
import Wire

/// What every connection of one listener shares.
package struct ConnectionSetup: Sendable {
    package var responder: any Responder
    package var limits = Limits()
    package var deadlines = Deadlines()
    package var uploads: UploadPool
    /// Nil refuses TLS.
    package var tls: TLSIdentity?
    /// Gets the reasons for which connections were given up; nil logs nothing.
    package var log: Logger?

    package init(
        responder: any Responder,
        limits: Limits = Limits(),
        deadlines: Deadlines = Deadlines(),
        uploads: UploadPool = UploadPool(threads: 4),
        tls: TLSIdentity? = nil
    ) {
        self.responder = responder
        self.limits = limits
        self.deadlines = deadlines
        self.uploads = uploads
        self.tls = tls
    }

    /// Where the body of a request goes, as the responder has it.
    /// - Parameter onCapacity: called, on any thread, when an upload that was full takes more again.
    func admit(_ request: WireRequest, onCapacity: @escaping @Sendable () -> Void) -> ExchangeMachine<Upload, WireResponse>.Admitted {
        switch responder.admit(request) {
        case .collect(let limit): .memory(limit: limit)
        case .refuse(let response): .refused(response)
        case .stream(let sink):
            .sink(Upload(sink: sink, pool: uploads, capacity: limits.uploadBytes, onCapacity: onCapacity))
        }
    }
}
