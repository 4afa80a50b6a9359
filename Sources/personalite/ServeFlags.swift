import ArgumentParser
import Glibc
import ServiceKit

/// The options of a server on the command line. All are text here: `ServeOptions` is made in one place, from flags and environment alike.
struct ServeFlags: ParsableArguments {
    @Option(help: "Address to listen on.") var host: String?
    @Option(help: "Port to listen on; 0 picks a free one and prints it. (default: 4590)") var port: String?
    @Option(help: ArgumentHelp("Keep everything here, durably; without it the server is in memory.", valueName: "dir"))
    var dataDir: String?
    @Option(help: ArgumentHelp("What is asked of signatures: verify, parse (read, do not check) or off. (default: verify)", valueName: "mode"))
    var auth: String?
    @Option(help: ArgumentHelp("Access keys in the form of ~/.aws/credentials, beside test/test.", valueName: "file"))
    var credentials: String?
    @Option(help: ArgumentHelp("Account of keys that are not a 12-digit account id. (default: 000000000000)", valueName: "id"))
    var account: String?
    @Option(help: ArgumentHelp("Region of requests that name none. (default: us-east-1)", valueName: "name"))
    var region: String?
    @Option(help: ArgumentHelp("How long Personalize's resources take at least. (default: 0)", valueName: "seconds"))
    var jobDelay: String?
    @Option(help: ArgumentHelp("How long a stream takes to be created, changed or deleted. (default: 0)", valueName: "seconds"))
    var streamDelay: String?
    @Option(help: ArgumentHelp("How long a subscription to a shard lives. (default: 300)", valueName: "seconds"))
    var subscriptionLifetime: String?
    @Flag(inversion: .prefixedNo, help: "Run the reference application: stream, consumer and REST routes.")
    var referenceApp: Bool?
    @Option(
        help: ArgumentHelp(
            "Origins whose web pages may send requests, such as http://localhost:3000, separated by commas; * allows all. (default: none)",
            valueName: "origins"
        )
    )
    var allowOrigin: [String] = []
    @Option(
        help: ArgumentHelp(
            "What other machines may send to /_personalite/ in the place of a signature. (default: made and printed when others can connect)",
            valueName: "token"
        )
    )
    var controlToken: String?
    @Option(help: ArgumentHelp("When writes reach the disk itself: interval (each second) or always. (default: interval)", valueName: "when"))
    var sync: String?
    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical. (default: info)", valueName: "level"))
    var logLevel: String?
    @Option(help: ArgumentHelp("text or json. (default: text)", valueName: "format"))
    var logFormat: String?
    @Option(help: ArgumentHelp("Rates and quotas of AWS: off or aws. (default: off)", valueName: "mode"))
    var kinesisLimits: String?
    @Option(help: ArgumentHelp("Open shards an account may have in a region. (default: no limit)", valueName: "n"))
    var shardLimit: String?
    @Option(
        help: ArgumentHelp(
            "Stream records kept in memory. Older ones are read from --data-dir (default: 512MiB) or, without it, dropped (default: 2GiB).",
            valueName: "bytes"
        )
    )
    var kinesisMemory: String?
    @Option(
        help: ArgumentHelp(
            "Streamed events kept in memory. Older ones are read from --data-dir (default: 256MiB) or, without it, dropped (default: 1GiB).",
            valueName: "bytes"
        )
    )
    var eventMemory: String?
    @Option(
        help: ArgumentHelp(
            "How often PutRecord, GetRecords and records of PutRecords are throttled, from 0 to 1. (default: 0)",
            valueName: "p"
        )
    )
    var kinesisErrorProbability: String?
    @Option(help: ArgumentHelp("Seed of everything random. (default: 0)", valueName: "n"))
    var seed: String?
    @Flag(inversion: .prefixedNo, help: "Let solutions and recommenders train themselves on their schedule, by the server's clock.")
    var autoTraining: Bool?
    @Option(
        help: ArgumentHelp(
            "Account quotas of Personalize: aws, off, or a JSON file of those that differ from AWS's. (default: off)",
            valueName: "what"
        )
    )
    var quotas: String?
    @Option(help: ArgumentHelp("Largest request body, such as 64MiB; uploads too. (default: each operation's own)", valueName: "bytes"))
    var maxBody: String?
    @Option(help: ArgumentHelp("Certificate for TLS in PEM, with those above it. (default: one of its own)", valueName: "file"))
    var tlsCert: String?
    @Option(help: ArgumentHelp("The certificate's key in PEM.", valueName: "file"))
    var tlsKey: String?
    @Flag(inversion: .prefixedNo, help: "Allow an address that others can reach although anybody could sign.")
    var iKnow: Bool?

    /// The options, with the flags before the environment and both before the defaults.
    func options(environment: [String: String]) throws(OptionFault) -> ServeOptions {
        let reader = OptionReader(environment: environment)
        var options = ServeOptions()
        options.host = try reader.text(host, "host") ?? options.host
        options.port = try reader.integer(port, "port", 0...65535) ?? options.port
        options.dataDirectory = try reader.text(dataDir, "data-dir")
        options.auth = try reader.choice(auth, "auth", ServeOptions.Auth.self) ?? options.auth
        if let path = try reader.text(credentials, "credentials") { options.keys = try CredentialFile.read(path) }
        options.keys += try reader.value(nil, "keys", expected: "ID:SECRET or ID:SECRET:TOKEN, separated by commas", Self.keys) ?? []
        options.account =
            try reader.value(account, "account", expected: "12 digits") { text in
                text.utf8.count == 12 && text.utf8.allSatisfy(Characters.isDigit) ? text : nil
            } ?? options.account
        options.region =
            try reader.value(region, "region", expected: "a region such as us-east-1") { Self.isRegion($0) ? $0 : nil } ?? options.region
        options.jobDelay = try reader.seconds(jobDelay, "job-delay") ?? options.jobDelay
        options.streamDelay = try reader.seconds(streamDelay, "stream-delay") ?? options.streamDelay
        options.subscriptionLifetime = try reader.seconds(subscriptionLifetime, "subscription-lifetime") ?? options.subscriptionLifetime
        options.referenceApp = try reader.isOn(referenceApp, "reference-app")
        options.allowedOrigins =
            try reader.value(
                allowOrigin.isEmpty ? nil : allowOrigin.joined(separator: ","),
                "allow-origin",
                expected: "origins such as https://a.example or http://localhost:3000, separated by commas",
                ServeOptions.origins
            ) ?? []
        options.controlToken =
            try reader.value(controlToken, "control-token", expected: "at least 16 letters, digits and signs without spaces") { text in
                text.utf8.count >= 16 && text.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? text : nil
            }
        options.sync = try reader.choice(sync, "sync", ServeOptions.Sync.self) ?? options.sync
        options.logLevel = try reader.choice(logLevel, "log-level", ServeOptions.LogLevel.self) ?? options.logLevel
        options.logFormat = try reader.choice(logFormat, "log-format", ServeOptions.LogFormat.self) ?? options.logFormat
        options.kinesisLimits = try reader.choice(kinesisLimits, "kinesis-limits", ServeOptions.KinesisLimits.self) ?? options.kinesisLimits
        options.shardLimit = try reader.integer(shardLimit, "shard-limit", 1...Int.max)
        options.kinesisMemory = try reader.bytes(kinesisMemory, "kinesis-memory") ?? options.kinesisMemory
        options.eventMemory = try reader.bytes(eventMemory, "event-memory") ?? options.eventMemory
        options.kinesisErrorProbability =
            try reader.value(kinesisErrorProbability, "kinesis-error-probability", expected: "a number from 0 to 1") { text in
                Double(text).flatMap { (0...1).contains($0) ? $0 : nil }
            } ?? options.kinesisErrorProbability
        options.seed = try reader.value(seed, "seed", expected: "a whole number from 0 to 18446744073709551615", { UInt64($0) }) ?? options.seed
        options.autoTraining = try reader.isOn(autoTraining, "auto-training")
        if let text = try reader.text(quotas, "quotas") { options.quotas = try QuotaFile.quotas(text) }
        options.maxBody = try reader.bytes(maxBody, "max-body")
        let (certificate, key) = (try reader.text(tlsCert, "tls-cert"), try reader.text(tlsKey, "tls-key"))
        guard (certificate == nil) == (key == nil) else { throw OptionFault("--tls-cert and --tls-key are given together or not at all.") }
        if let certificate, let key { options.tlsFiles = ServeOptions.TLSFiles(certificate: certificate, key: key) }
        options.iKnow = try reader.isOn(iKnow, "i-know")
        return try options.checked()
    }

    /// `us-east-1`, `us-gov-west-1`: words and a number.
    private static func isRegion(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count >= 3, let number = parts.last, (1...2).contains(number.count) else { return false }
        return number.allSatisfy(Characters.isDigit)
            && parts.dropLast().allSatisfy { !$0.isEmpty && $0.allSatisfy((UInt8(ascii: "a")...UInt8(ascii: "z")).contains) }
    }

    private static func keys(_ text: String) -> [AccessKey]? {
        var keys: [AccessKey] = []
        for item in text.split(separator: ",") {
            let parts = item.split(separator: ":", maxSplits: 2).map(String.init)
            guard parts.count >= 2 else { return nil }
            keys.append(AccessKey(id: parts[0], secret: parts[1], token: parts.count == 3 ? parts[2] : nil))
        }
        return keys.isEmpty ? nil : keys
    }

    /// This process's environment, as far as it is ours.
    static func environment() -> [String: String] {
        var found: [String: String] = [:]
        var cursor = environ
        while let entry = cursor.pointee {
            let text = String(cString: entry)
            if text.hasPrefix("PERSONALITE_"), let equals = text.firstIndex(of: "=") {
                found[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            cursor += 1
        }
        return found
    }
}
