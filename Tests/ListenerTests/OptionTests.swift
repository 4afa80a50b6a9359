import Foundation
import Emulator
import ServiceKit
import Testing

@testable import personalite

struct OptionTests {
    private func options(_ arguments: [String] = [], _ environment: [String: String] = [:]) throws -> ServeOptions {
        guard case .run(let options) = try ServeCommandLine.parse(arguments, environment: environment) else {
            throw OptionFault("help was asked for")
        }
        return options
    }

    private func fault(_ arguments: [String] = [], _ environment: [String: String] = [:]) -> String? {
        do {
            _ = try options(arguments, environment)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func `an origin is named once or several times`() throws {
        #expect(try options(["--allow-origin", "https://a.example", "--allow-origin", "*"]).allowedOrigins == ["https://a.example", "*"])
        #expect(fault(["--allow-origin", "a.example"])?.contains("--allow-origin is \"a.example\"") == true)
        #expect(fault(["--control-token", "short"])?.contains("at least 16") == true)
    }

    @Test func `a token is made for a start that other machines can reach`() throws {
        #expect(try options().withControlToken().controlToken == nil)
        let reachable = try options(["--host", "0.0.0.0", "--allow-insecure-host"])
        let tokens = [reachable.withControlToken().controlToken, reachable.withControlToken().controlToken]
        #expect(tokens[0]?.count == 32)
        #expect(tokens[0] != tokens[1])
        let given = try options(["--host", "0.0.0.0", "--allow-insecure-host", "--control-token", "0123456789abcdef"])
        #expect(given.withControlToken().controlToken == "0123456789abcdef")
    }

    @Test func `without options the defaults hold`() throws {
        #expect(try options() == ServeOptions())
    }

    @Test func `every option can be said by flag and by variable, and the flag wins`() throws {
        var expected = ServeOptions()
        expected.host = "127.0.0.2"
        expected.port = 0
        expected.dataDirectory = "d"
        expected.auth = .parse
        expected.account = "123456789012"
        expected.region = "us-gov-west-1"
        expected.jobDelay = 2.5
        expected.streamDelay = 3
        expected.sync = .always
        expected.logLevel = .debug
        expected.logFormat = .json
        expected.kinesisLimits = .aws
        expected.shardLimit = 7
        expected.eventMemory = 3 << 20
        expected.seed = UInt64.max
        expected.allowedOrigins = ["https://a.example", "http://localhost:3000"]
        expected.controlToken = "0123456789abcdef"
        expected.maxBody = 64 << 20
        expected.allowsInsecureHost = true
        expected.autoTraining = true
        expected.onDemandScaling = true
        expected.encryptionKey = "k"
        expected.quotas = .aws
        let values = [
            "host": "127.0.0.2", "port": "0", "data-dir": "d", "encryption-key": "k", "auth": "parse", "account": "123456789012",
            "region": "us-gov-west-1",
            "job-delay": "2.5", "stream-delay": "3", "sync": "always", "log-level": "debug", "log-format": "json", "kinesis-limits": "aws",
            "shard-limit": "7", "seed": "18446744073709551615", "max-body": "64MiB", "event-memory": "3MiB", "quotas": "aws",
            "allow-origin": "https://a.example, http://localhost:3000/", "control-token": "0123456789abcdef",
        ]
        let flags = values.flatMap { ["--\($0.key)", $0.value] } + ["--allow-insecure-host", "--auto-training", "--on-demand-scaling"]
        var environment = Dictionary(uniqueKeysWithValues: values.map { (ServeOption.variable($0.key), $0.value) })
        environment["PERSONALITE_ALLOW_INSECURE_HOST"] = "yes"
        environment["PERSONALITE_AUTO_TRAINING"] = "on"
        environment["PERSONALITE_ON_DEMAND_SCALING"] = "true"
        /// Without where each came from, which the next test looks at.
        func settings(_ flags: [String], _ environment: [String: String] = [:]) throws -> ServeOptions {
            var found = try options(flags, environment)
            found.given = [:]
            return found
        }
        #expect(try settings(flags) == expected)
        #expect(try settings([], environment) == expected)
        #expect(try settings(flags, environment.mapValues { _ in "nonsense" }) == expected)
        #expect(try options(["--no-auto-training"], environment).autoTraining == false)
    }

    @Test func `a running server knows where each value came from, and keeps secrets`() throws {
        let environment = ["PERSONALITE_REGION": "eu-west-1", "PERSONALITE_PORT": "1", "PERSONALITE_KEYS": "me:secret"]
        let found = try options(["--port", "0", "--auto-training", "--control-token", "0123456789abcdef"], environment).shownSettings
        let known = Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0) })
        #expect(found.map(\.name) == ServeOption.all.map(\.name))
        #expect(known["port"]?.value == "0")
        #expect(known["port"]?.origin == "--port")
        #expect(known["region"]?.origin == "PERSONALITE_REGION")
        #expect(known["auto-training"]?.value == "on")
        #expect(known["host"]?.value == "127.0.0.1")
        #expect(known["host"]?.origin == "default")
        #expect(known["allow-insecure-host"]?.value == "off")
        #expect(known["data-dir"]?.value == nil)
        #expect(!"\(found)".contains("secret\"") && !"\(found)".contains("0123456789abcdef"))
        #expect(known["keys"]?.origin == "PERSONALITE_KEYS")
    }

    @Test(
        "a value that cannot be is refused with where it came from",
        arguments: [
            ("port", "65536"), ("port", "http"), ("auth", "maybe"), ("account", "12345678901x"), ("region", "mars"), ("job-delay", "-1"),
            ("stream-delay", "soon"), ("sync", "never"), ("log-level", "loud"), ("log-format", "xml"), ("kinesis-limits", "on"),
            ("shard-limit", "0"), ("seed", "-1"), ("max-body", "1TB"),
        ]
    )
    func faults(name: String, value: String) throws {
        let byFlag = try #require(fault(["--\(name)=\(value)"]))
        #expect(byFlag.hasPrefix("--\(name) is \"\(value)\": expected "))
        let variable = ServeOption.variable(name)
        let byVariable = try #require(fault([], [variable: value]))
        #expect(byVariable.hasPrefix("\(variable) is \"\(value)\": expected "))
    }

    @Test(arguments: ["PERSONALITE_HOST", "PERSONALITE_DATA_DIR", "PERSONALITE_CREDENTIALS"]) func `an empty variable is no value`(variable: String) {
        #expect(fault([], [variable: ""])?.hasPrefix("\(variable) is \"\": expected ") == true)
    }

    @Test func `an address that others can reach needs verified signatures with secrets of one's own, or a word`() {
        let keys = ["PERSONALITE_KEYS": "me:secret"]
        #expect(fault(["--host", "0.0.0.0"])?.contains("--credentials FILE") == true)
        #expect(fault(["--host", "0.0.0.0", "--auth", "off"], keys)?.contains("--auth off") == true)
        #expect(fault(["--host", "0.0.0.0"], ["PERSONALITE_KEYS": "me:secret,you:test"]) != nil)
        #expect(fault(["--host", "0.0.0.0"], keys) == nil)
        #expect(fault(["--host", "::"], keys) == nil)
        #expect(fault(["--host", "0.0.0.0", "--auth", "off", "--allow-insecure-host"]) == nil)
        for host in ["127.1.2.3", "localhost", "::1"] { #expect(fault(["--host", host]) == nil) }
        for host in ["127.evil.example", "127.0.0.1.example.org", "10.0.0.1", "::"] { #expect(fault(["--host", host]) != nil) }
    }

    @Test func `the built-in key is not for strangers`() throws {
        let keys = ["PERSONALITE_KEYS": "me:secret"]
        #expect(try options([], keys).keepsBuiltInKey)
        #expect(try options(["--host", "0.0.0.0"], keys).keepsBuiltInKey == false)
        #expect(try options(["--host", "0.0.0.0", "--allow-insecure-host"]).keepsBuiltInKey)
    }

    @Test func `the former name of an option still does, by flag and by variable`() throws {
        #expect(try options(["--i-know"]).allowsInsecureHost)
        #expect(try options([], ["PERSONALITE_I_KNOW": "1"]).allowsInsecureHost)
        #expect(try options(["--no-i-know"], ["PERSONALITE_ALLOW_INSECURE_HOST": "1"]).allowsInsecureHost == false)
        #expect(!ServeHelp.text.contains("i-know"))
    }

    @Test func `an option that is gone says what does its work today`() throws {
        let byFlag = try #require(fault(["--reference-app"]))
        #expect(byFlag.hasPrefix("--reference-app is gone: ") && byFlag.contains("demo --stay") && byFlag.contains("testdata/post"))
        #expect(fault([], ["PERSONALITE_REFERENCE_APP": "1"])?.hasPrefix("PERSONALITE_REFERENCE_APP is gone: ") == true)
        #expect(try options([], ["PERSONALITE_REFERENCE_APP": "0"]) == options())
        #expect(!ServeHelp.text.contains("reference-app"))
    }

    @Test func `access keys come from the variable with or without a token`() throws {
        #expect(
            try options([], ["PERSONALITE_KEYS": "a:b,c:d:e=="]).allKeys == [
                AccessKey(id: "a", secret: "b"), AccessKey(id: "c", secret: "d", token: "e=="),
            ]
        )
        #expect(fault([], ["PERSONALITE_KEYS": "a"])?.contains("ID:SECRET") == true)
    }

    @Test func `a credentials file is read as the aws CLI reads its own`() throws {
        let text = """
            # mine
            [default]
            aws_access_key_id = AKIDEXAMPLE
            aws_secret_access_key=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY\r

            [other]
            aws_access_key_id = id
            aws_secret_access_key = secret
            aws_session_token = token==
            region = us-east-1
            """
        #expect(
            try CredentialFile.parse(text, path: "f") == [
                AccessKey(id: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                AccessKey(id: "id", secret: "secret", token: "token=="),
            ]
        )
    }

    @Test(
        "a credentials file that says nothing usable is refused with a sentence",
        arguments: [("", "no access key"), ("[a]\naws_access_key_id = x", "[a]"), ("junk", "line 1"), ("[a]\njunk", "line 2")]
    )
    func credentialFaults(text: String, words: String) {
        let fault = #expect(throws: OptionFault.self) { try CredentialFile.parse(text, path: "/the/file") }
        #expect(fault?.description.contains(words) == true)
        #expect(fault?.description.contains("/the/file") == true)
    }

    @Test func `a credentials file that is not there is named`() {
        #expect(fault(["--credentials", "/no/such/file"])?.contains("/no/such/file cannot be read: No such file") == true)
    }

    @Test(
        "what is no option is refused in a sentence",
        arguments: [
            (["--no-such"], "Unknown option '--no-such'."), (["--no-such=1"], "Unknown option '--no-such'."), (["-p"], "Unknown option '-p'."),
            (["here"], "Unexpected argument 'here'."), (["--port"], "Missing value for --port."),
            (["--port", "--auth"], "Missing value for --port."),
            (["--auto-training=1"], "--auto-training takes no value."), (["--no-port"], "Unknown option '--no-port'."),
            (["--keys", "a:b"], "Unknown option '--keys'."), (["--tls-cert", "a"], "--tls-cert and --tls-key are given together or not at all."),
        ]
    )
    func unknown(arguments: [String], sentence: String) {
        #expect(fault(arguments) == sentence)
    }

    @Test func `the last of several flags holds`() throws {
        #expect(try options(["--port", "1", "--port=2"]).port == 2)
        #expect(try options(["--auto-training", "--no-auto-training"]).autoTraining == false)
    }

    @Test(arguments: [
        ([], []), (["serve"], []), (["serve", "--port", "1"], ["--port", "1"]), (["--port", "1"], ["--port", "1"]), (["help", "serve"], ["--help"]),
    ])
    func `serve is meant when nothing else is`(arguments: [String], expected: [String]) {
        #expect(Serve.arguments(arguments) == expected)
    }

    @Test(arguments: [["demo"], ["check", "--data-dir", "d"], ["version"], ["--help"], ["-h"], ["--version"], ["help"], ["nonsense"]])
    func `other commands are not taken for serve`(arguments: [String]) {
        #expect(Serve.arguments(arguments) == nil)
    }

    @Test func `the help names every flag and its default, within its width`() throws {
        #expect(try ServeCommandLine.parse(["--port", "x", "-h"], environment: [:]) == .help)
        let lines = ServeHelp.text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.count <= 100 })
        for option in ServeOption.all where option.hasFlag { #expect(lines.contains { $0.hasPrefix("  --\(option.name)") }, "\(option.name)") }
        #expect(ServeHelp.text.contains("(default: 4590)"))
    }

    @Test func `no two options have one name`() {
        let names = ServeOption.all.flatMap { [$0.name, $0.formerName].compactMap { $0 } }
        #expect(Set(names).count == names.count)
    }

    @Test func `the manual's table of options is what the options say`() throws {
        let page = try String(contentsOf: Self.page, encoding: .utf8)
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
        let expected = ServeOption.all.map { option in
            let flag = option.hasFlag ? "`--\(option.name)\(option.placeholder.map { " <\($0)>" } ?? "")`" : "`\(option.variable)` only"
            return "| \(flag) | \(option.byDefault ?? "") | \(option.help) |"
        }
        #expect(rows == expected)
    }

    private static let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "docs/options.md")
}
