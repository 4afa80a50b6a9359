import Glibc
import ServiceKit
import Synchronization

/// Who the server is to clients that speak TLS. Nothing of TLS is loaded before the first of them comes, unless a certificate was given.
package final class TLSIdentity: Sendable {
    package enum Source: Sendable, Equatable {
        /// Made at the first start, kept in this directory; nil makes one for this run alone, when it is first asked for.
        case made(directory: String?)
        /// PEM files: the certificate with those above it, and its key.
        case given(certificate: String, key: String)
    }

    private struct State {
        var pem: (certificate: String, key: String)?
        var context: TLSContext?
    }

    private let source: Source
    private let state = Mutex(State())

    package init(_ source: Source) {
        self.source = source
    }

    /// Where clients find what they have to trust; nil when it is in no file.
    package var path: String? {
        switch source {
        case .made(let directory): directory.map { $0 + "/certificate.pem" }
        case .given(let certificate, _): certificate
        }
    }

    /// What has to be done before the first connection: makes a certificate that is to be kept, tries one that was given.
    package func prepare() throws(OptionFault) {
        switch source {
        case .made(nil): return
        case .made: _ = try state.withLock { state throws(OptionFault) in try pem(&state) }
        case .given: _ = try context()
        }
    }

    /// PEM for clients to trust.
    package func certificate() throws(OptionFault) -> String {
        try state.withLock { state throws(OptionFault) in try pem(&state).certificate }
    }

    func context() throws(OptionFault) -> TLSContext {
        try state.withLock { state throws(OptionFault) in
            if let context = state.context { return context }
            let pem = try pem(&state)
            let made: TLSContext
            do {
                made = try TLSContext(certificate: pem.certificate, key: pem.key)
            } catch {
                throw OptionFault("The certificate \(path ?? "of this run") and its key cannot be used: \(error).")
            }
            state.context = made
            return made
        }
    }

    private func pem(_ state: inout State) throws(OptionFault) -> (certificate: String, key: String) {
        if let pem = state.pem { return pem }
        let pem: (certificate: String, key: String)
        switch source {
        case .given(let certificate, let key):
            pem = (try Self.read(certificate, "TLS certificate"), try Self.read(key, "TLS key"))
        case .made(nil):
            pem = try Self.make()
        case .made(let directory?):
            pem = try Self.kept(in: directory)
        }
        state.pem = pem
        return pem
    }

    private static func read(_ path: String, _ what: String) throws(OptionFault) -> String {
        String(decoding: try SmallFile.read(path, what: what), as: UTF8.self)
    }

    private static func make() throws(OptionFault) -> (certificate: String, key: String) {
        do {
            let made = try SelfSignedCertificate(now: Int(time(nil)))
            return (made.certificate, made.key)
        } catch {
            throw OptionFault("A certificate cannot be made: \(error).")
        }
    }

    /// The key is written first: a certificate that is there has one.
    private static func kept(in directory: String) throws(OptionFault) -> (certificate: String, key: String) {
        let files = (certificate: directory + "/certificate.pem", key: directory + "/key.pem")
        if access(files.certificate, F_OK) != 0 {
            let made = try make()
            guard mkdir(directory, 0o700) == 0 || errno == EEXIST else {
                throw OptionFault("The directory \(directory) cannot be made: \(String(cString: strerror(errno))).")
            }
            try write(made.key, to: files.key, mode: 0o600)
            try write(made.certificate, to: files.certificate, mode: 0o600)
        }
        return (try read(files.certificate, "TLS certificate"), try read(files.key, "TLS key"))
    }

    /// Whole or not at all.
    private static func write(_ text: String, to path: String, mode: mode_t) throws(OptionFault) {
        let draft = path + ".new"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        var text = text
        let isWritten = text.withUTF8 { Glibc.write(descriptor, $0.baseAddress, $0.count) == $0.count }
        guard descriptor >= 0, isWritten, fsync(descriptor) == 0, close(descriptor) == 0, rename(draft, path) == 0 else {
            throw OptionFault("The file \(path) cannot be written: \(String(cString: strerror(errno))).")
        }
    }
}
