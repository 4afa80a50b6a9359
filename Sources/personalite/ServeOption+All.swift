import ServiceKit

/// Every option of `serve`, in the order of the help.
extension ServeOption {
    static let all: [ServeOption] = addresses + access + services + storage + reports

    private static let addresses: [ServeOption] = [
        .text("host", value: "address", \.host, "Address to listen on."),
        .integer("port", in: 0...65535, \.port, "Port to listen on; 0 picks a free one and prints it."),
        .text(
            "tls-cert",
            value: "file",
            \.tlsCertificate,
            "Certificate for TLS in PEM, with those above it; without it the server makes one of its own."
        ),
        .text("tls-key", value: "file", \.tlsKey, "The certificate's key in PEM."),
        ServeOption(
            "allow-origin",
            value: "origins",
            \.allowedOrigins,
            "Origins whose web pages may send requests, such as http://localhost:3000, separated by commas; * allows all.",
            expected: "origins such as https://a.example or http://localhost:3000, separated by commas",
            shown: { $0.isEmpty ? "none" : $0.joined(separator: ",") },
            parse: { ServeOptions.origins($0) }
        ).with { $0.isRepeatable = true },
        .bytes("max-body", \.maxBody, "Largest request body, such as 64MiB; uploads too. Without it each operation has its own."),
    ]

    private static let access: [ServeOption] = [
        .choice("auth", value: "mode", \.auth, "What is asked of signatures: verify, parse (read, do not check) or off."),
        ServeOption(
            "credentials",
            value: "file",
            \.keys,
            "Access keys in the form of ~/.aws/credentials, beside test/test.",
            expected: "a value",
            shown: { _ in nil },
            parse: { path throws(OptionFault) in path.isEmpty ? nil : try CredentialFile.read(path) }
        ),
        ServeOption(
            "keys",
            value: "keys",
            \.moreKeys,
            "More access keys: ID:SECRET or ID:SECRET:TOKEN, separated by commas.",
            expected: "ID:SECRET or ID:SECRET:TOKEN, separated by commas",
            shown: { _ in nil },
            parse: keys
        ).with { $0.hasFlag = false },
        ServeOption(
            "account",
            value: "id",
            \.account,
            "Account of keys that are not a 12-digit account id.",
            expected: "12 digits",
            shown: { $0 },
            parse: { $0.utf8.count == 12 && $0.utf8.allSatisfy(Characters.isDigit) ? $0 : nil }
        ),
        ServeOption(
            "region",
            value: "name",
            \.region,
            "Region of requests that name none.",
            expected: "a region such as us-east-1",
            shown: { $0 },
            parse: { isRegion($0) ? $0 : nil }
        ),
        ServeOption(
            "control-token",
            value: "token",
            \.controlToken,
            "What other machines may send to /_personalite/ in the place of a signature; without it one is made and printed when others can connect.",
            expected: "at least 16 letters, digits and signs without spaces",
            shown: { $0 },
            parse: { $0.utf8.count >= 16 && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? .some($0) : nil }
        ),
        .toggle("allow-insecure-host", \.allowsInsecureHost, "Allow an address that others can reach although anybody could sign.")
            .with { $0.formerName = "i-know" },
    ]

    private static let services: [ServeOption] = [
        .seconds("job-delay", \.jobDelay, "How long Personalize's resources take at least."),
        .toggle("auto-training", \.autoTraining, "Let solutions and recommenders train themselves on their schedule, by the server's clock."),
        ServeOption(
            "quotas",
            value: "what",
            \.quotas,
            "Account quotas of Personalize: aws, off, or a JSON file of those that differ from AWS's.",
            expected: "a value",
            shown: { $0 == .off ? "off" : "aws" },
            parse: { text throws(OptionFault) in text.isEmpty ? nil : try QuotaFile.quotas(text) }
        ),
        .seconds("stream-delay", \.streamDelay, "How long a stream takes to be created, changed or deleted."),
        .seconds("subscription-lifetime", \.subscriptionLifetime, "How long a subscription to a shard lives."),
        .choice("kinesis-limits", value: "mode", \.kinesisLimits, "Rates and quotas of AWS: off or aws."),
        .toggle("on-demand-scaling", \.onDemandScaling, "Let on-demand streams split their shards by load, by the server's clock."),
        .integer("shard-limit", in: 1...Int.max, \.shardLimit, "Open shards an account may have in a region; without it there is no limit."),
        .bytes(
            "kinesis-memory",
            \.kinesisMemory,
            "Stream records kept in memory. Older ones are read from --data-dir (when not given: 512MiB) or, without it, dropped (2GiB)."
        ),
        .bytes(
            "event-memory",
            \.eventMemory,
            "Streamed events kept in memory. Older ones are read from --data-dir (when not given: 256MiB) or, without it, dropped (1GiB)."
        ),
        ServeOption(
            "kinesis-error-probability",
            value: "p",
            \.kinesisErrorProbability,
            "How often PutRecord, GetRecords and records of PutRecords are throttled, from 0 to 1.",
            expected: "a number from 0 to 1",
            shown: decimal,
            parse: { Double($0).flatMap { (0...1).contains($0) ? $0 : nil } }
        ),
        ServeOption(
            "seed",
            value: "n",
            \.seed,
            "Seed of everything random.",
            expected: "a whole number from 0 to 18446744073709551615",
            shown: { "\($0)" },
            parse: { UInt64($0) }
        ),
        .choice(
            "functions",
            value: "when",
            \.functions,
            """
            Run functions of Lambda, which are programs with the rights of this server, and ask the servers that APIs name: on, off, or auto: when \
            only this machine can connect.
            """
        ),
    ]

    private static let storage: [ServeOption] = [
        .text("data-dir", value: "dir", \.dataDirectory, "Keep everything here, durably; without it the server is in memory."),
        .text(
            "encryption-key",
            value: "file",
            \.encryptionKey,
            "File of the key that encrypts the records of encrypted streams; made when it is needed first. Keep it apart from --data-dir."
        ),
        .text("snapshot", value: "name", \.snapshot, "Begin with a snapshot: without --data-dir with a copy that goes with the server."),
        .text("snapshots", value: "dir", \.snapshots, "Where snapshots are; without it in the user's data folder."),
        .text("init", value: "dir", \.initDirectory, "Run the scripts in this directory (*.sh, *.py; or in its ready.d) before the server is ready."),
        .choice("sync", value: "when", \.sync, "When writes reach the disk itself: interval (each second) or always."),
    ]

    private static let reports: [ServeOption] = [
        .choice("log-level", value: "level", \.logLevel, "trace, debug, info, notice, warning, error or critical."),
        .choice("log-format", value: "format", \.logFormat, "text or json."),
    ]

    /// `us-east-1`, `us-gov-west-1`: words and a number.
    private static func isRegion(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count >= 3, let number = parts.last, (1...2).contains(number.count) else { return false }
        return number.allSatisfy(Characters.isDigit)
            && parts.dropLast().allSatisfy { !$0.isEmpty && $0.allSatisfy((UInt8(ascii: "a")...UInt8(ascii: "z")).contains) }
    }

    @Sendable private static func keys(_ text: String) -> [AccessKey]? {
        var keys: [AccessKey] = []
        for item in text.split(separator: ",") {
            let parts = item.split(separator: ":", maxSplits: 2).map(String.init)
            guard parts.count >= 2 else { return nil }
            keys.append(AccessKey(id: parts[0], secret: parts[1], token: parts.count == 3 ? parts[2] : nil))
        }
        return keys.isEmpty ? nil : keys
    }
}
