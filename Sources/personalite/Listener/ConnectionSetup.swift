package import Logging
import ServiceKit

/// What every connection of one listener shares.
package struct ConnectionSetup: Sendable {
    package var responder: any Responder
    package var limits = Limits()
    package var deadlines = Deadlines()
    package var uploads: UploadPool
    /// Nil refuses TLS.
    package var tls: TLSIdentity?
    /// Hears why connections were given up; nil for nobody.
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
}
