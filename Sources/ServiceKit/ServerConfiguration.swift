import Wire

/// How one server behaves. Every value has a default that needs no thought.
package struct ServerConfiguration: Sendable {
    /// What is asked of a request's signature.
    package enum Authentication: String, Sendable, CaseIterable {
        /// It must be there and right.
        case verify
        /// It must be there and complete; account and region are read from it.
        case parse
        /// It may be missing; what can be read from it is.
        case off
    }

    /// When a write that was acknowledged is on the disk itself and not only with the operating system.
    package enum Sync: String, Sendable, CaseIterable {
        /// Each second and at shutdown: survives a crash of the server.
        case interval
        /// Before it is acknowledged: survives a loss of power.
        case always
    }

    package var version = "0.1.0"
    /// Nil keeps everything in memory and leaves nothing behind.
    package var dataDirectory: String?
    package var authentication = Authentication.verify
    package var credentials = Credentials()
    package var account = "000000000000"
    package var region = "us-east-1"
    /// How long Personalize's resources take to be created or deleted at least, in seconds.
    package var jobDelay = 0.0
    /// The same for streams.
    package var streamDelay = 0.0
    /// How long a subscription to a shard lives, in seconds.
    package var subscriptionLifetime = 300.0
    package var sync = Sync.interval
    /// Whether functions of Lambda are run: arbitrary programs, with the rights of the server's user.
    package var runsFunctions = true
    /// Origins whose pages may send requests, beside those that this server itself delivers; `*` allows every page.
    package var allowedOrigins: [String] = []
    /// What other machines may send in the place of a signature to control paths; nil when only signatures let them in.
    package var controlToken: String?
    /// Open shards an account may have in a region; nil for no limit beyond the engine's own.
    package var shardLimit: Int?
    /// Whether the rates of AWS's shards are enforced.
    package var enforcesStreamLimits = false
    /// The file of the key by which records of encrypted streams are kept; nil for a server that shows encryption and does none.
    package var encryptionKeyFile: String?
    /// Whether on-demand streams get the shards that their load asks for.
    package var scalesOnDemand = false
    /// Bytes of records that are kept in memory. Others are read from the data directory; without one the oldest are dropped.
    package var streamMemory = 512 << 20
    /// Bytes of streamed events that are kept in memory, and what becomes of the others is the same.
    package var eventMemory = 256 << 20
    /// How often puts and reads of records are refused as if a shard were full, from 0 to 1; of a batch single records are.
    package var streamErrorProbability = 0.0
    package var seed: UInt64 = 0
    /// Whether solutions and recommenders are trained anew when the server's clock says so; they are asked for and recorded either way.
    package var autoTraining = false
    /// How many resources an account may have.
    package var quotas = Quotas.off

    package init() {}

    /// The form of an origin as it is named: `scheme://host`, with a port that is not the scheme's own, `null` or `*`.
    package static func isOrigin(_ text: String) -> Bool {
        if text == "*" || text == "null" { return true }
        guard let separator = text.firstRange(of: "://"), separator.lowerBound != text.startIndex else { return false }
        let authority = text[separator.upperBound...]
        return !authority.isEmpty && authority.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"/?#@,".utf8.contains($0) }
    }
}

/// The access keys that the server knows.
package struct Credentials: Sendable {
    package struct Key: Sendable, Equatable {
        package var secret: String
        /// When set, requests must carry this session token.
        package var token: String?

        package init(secret: String, token: String? = nil) {
            self.secret = secret
            self.token = token
        }
    }

    /// By access key id. `test` with the secret `test` is always there.
    package var keys: [String: Key] = ["test": Key(secret: "test")]

    package init() {}

    /// Whether the only key is the documented one, with which anybody can sign.
    package var areDefault: Bool {
        keys.count == 1 && keys["test"]?.secret == "test"
    }

    /// The key of an id. Every 12-digit id is an account's, and signs with `test` unless it was given a secret of its own.
    package func key(_ id: String) -> Key? {
        keys[id] ?? (Self.isAccount(id) ? keys["test"] : nil)
    }

    package static func isAccount(_ id: String) -> Bool {
        id.utf8.count == 12 && id.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
