package import ServiceKit
import Wire

/// How one server runs: every option, checked, wherever it came from.
package struct ServeOptions: Sendable, Equatable {
    package enum Auth: String, Sendable, CaseIterable {
        case verify, parse, off
    }

    package enum Sync: String, Sendable, CaseIterable {
        case interval, always
    }

    package enum LogFormat: String, Sendable, CaseIterable {
        case text, json
    }

    package enum LogLevel: String, Sendable, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    package enum KinesisLimits: String, Sendable, CaseIterable {
        case off, aws
    }

    package enum Functions: String, Sendable, CaseIterable {
        case auto, on, off
    }

    package var host = "127.0.0.1"
    /// 0 lets the system pick one.
    package var port = 4590
    /// Nil keeps everything in memory.
    package var dataDirectory: String?
    /// The snapshot to begin with.
    package var snapshot: String?
    /// Where snapshots are; nil for the user's data folder.
    package var snapshots: String?
    /// Whether a snapshot may replace what the data directory has.
    /// Scripts that are run at the start; nil runs none.
    package var initDirectory: String?
    package var auth = Auth.verify
    /// The keys of the credentials file.
    package var keys: [AccessKey] = []
    /// The keys of the environment.
    package var moreKeys: [AccessKey] = []
    package var account = "000000000000"
    package var region = "us-east-1"
    /// Seconds.
    package var jobDelay = 0.0
    /// Seconds.
    package var streamDelay = 0.0
    /// Seconds.
    package var subscriptionLifetime = 300.0
    package var functions = Functions.auto
    /// Origins whose pages may send requests, beside the server's own.
    package var allowedOrigins: [String] = []
    /// What other machines may send in the place of a signature to control paths.
    package var controlToken: String?
    package var sync = Sync.interval
    package var logLevel = LogLevel.info
    package var logFormat = LogFormat.text
    /// Where log lines go; no option of the command line.
    package var logDescriptor: Int32 = 2
    package var kinesisLimits = KinesisLimits.off
    /// The file of the key by which records of encrypted streams are kept.
    package var encryptionKey: String?
    /// Whether on-demand streams split their shards by load.
    package var onDemandScaling = false
    /// Open shards an account may have in a region; nil for no limit.
    package var shardLimit: Int?
    /// Bytes of records that memory keeps; nil for 512 MiB with a data directory to read the others from, and 2 GiB without one.
    package var kinesisMemory: Int?
    /// Bytes of streamed events that memory keeps; nil for 256 MiB with a data directory to read the others from, and 1 GiB without one.
    package var eventMemory: Int?
    /// How often puts and reads of records are refused as if a shard were full.
    package var kinesisErrorProbability = 0.0
    package var seed: UInt64 = 0
    /// Whether solutions and recommenders train themselves on the server's clock.
    package var autoTraining = false
    package var quotas = Quotas.off
    /// The largest body of any request in bytes, uploads included; nil leaves it to each operation.
    package var maxBody: Int?
    /// The user has said that a reachable server without secrets is what they want.
    package var allowsInsecureHost = false
    /// A PEM file; nil for a certificate of the server's own.
    package var tlsCertificate: String?
    /// The PEM file of the certificate's key.
    package var tlsKey: String?

    /// All keys that were configured; empty when only the built-in one is known.
    package var allKeys: [AccessKey] { keys + moreKeys }

    /// Where the server's certificate comes from.
    package var tls: TLSIdentity.Source {
        if let tlsCertificate, let tlsKey { return .given(certificate: tlsCertificate, key: tlsKey) }
        return .made(directory: dataDirectory.map { $0 + "/tls" })
    }

    /// What was said of options, and where; the others have their defaults.
    package var given: [String: Given] = [:]

    package struct Given: Sendable, Equatable {
        /// A flag or a variable.
        package var source: String
        package var text: String
    }

    package init() {}

    /// Whether `test` with the secret `test` signs for someone. Never on a reachable address, unless the user asked for it.
    package var keepsBuiltInKey: Bool {
        Loopback.isAddress(host) || allowsInsecureHost
    }

    /// Whether functions are run: programs of whoever can sign, with the rights of the server's user.
    package var runsFunctions: Bool {
        switch functions {
        case .on: true
        case .off: false
        case .auto: Loopback.isAddress(host)
        }
    }

    /// Refuses what no single option can tell is wrong.
    package func checked() throws(OptionFault) -> ServeOptions {
        guard (tlsCertificate == nil) == (tlsKey == nil) else { throw OptionFault("--tls-cert and --tls-key are given together or not at all.") }
        if !Loopback.isAddress(host) && !allowsInsecureHost && (auth != .verify || !hasOwnSecrets) {
            throw OptionFault(
                """
                Refusing to listen on \(host), which other machines can reach: \
                \(auth == .verify ? "anybody can sign with the built-in key test/test" : "signatures are not verified with --auth \(auth.rawValue)"). \
                Give secrets with --credentials FILE and keep --auth verify, or say --allow-insecure-host.
                """
            )
        }
        return self
    }

    /// With a control token made for this start, when other machines can connect and none was given.
    package func withControlToken() -> ServeOptions {
        guard controlToken == nil, !Loopback.isAddress(host) else { return self }
        var options = self
        options.controlToken = Hex.text((0..<16).map { _ in UInt8.random(in: .min ... .max) })
        return options
    }

    /// `https://a.example,http://localhost:3000` as a list; nil when one of them is no origin.
    package static func origins(_ text: String) -> [String]? {
        let origins = text.split(separator: ",").map { String($0.drop { $0 == " " }) }.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        return !origins.isEmpty && origins.allSatisfy(ServerConfiguration.isOrigin) ? origins : nil
    }

    private var hasOwnSecrets: Bool {
        !allKeys.isEmpty && !allKeys.contains { $0.secret == "test" }
    }
}

/// An access key that requests may be signed with.
package struct AccessKey: Sendable, Equatable {
    package var id: String
    package var secret: String
    /// When set, requests must carry this session token.
    package var token: String?

    package init(id: String, secret: String, token: String? = nil) {
        self.id = id
        self.secret = secret
        self.token = token
    }
}

/// A sentence for the person who gave an option a value it cannot have.
package struct OptionFault: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
