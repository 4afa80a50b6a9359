import ArgumentParser
import Glibc
import Wire

/// `personalite doctor`: why a client does not get what it asks for.
struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find out why a client cannot connect, or is refused.",
        discussion: """
            Looks at the address, at what answers there, its version, the key and the clock; at the variables and profiles that lead an AWS client \
            elsewhere; and at the room on the disk. Each line says what is well and what to do about what is not. The exit code is 1 when something \
            keeps clients from being answered.

              personalite doctor
              personalite doctor --endpoint http://127.0.0.1:4566 --data-dir ./data
            """
    )

    @Option(help: ArgumentHelp("The server's data directory, to look at the room on its disk.", valueName: "dir")) var dataDir: String?
    @OptionGroup var server: ClientOptions
    @OptionGroup var form: OutputOptions

    func run() throws {
        var examination = Examination()
        examination.look(at: server)
        ClientSettings.look(&examination, endpoint: server.address)
        examination.lookAtDisk(dataDir ?? ".")
        if form.isJSON { form.write(examination.document) } else { examination.show(Console()) }
        if examination.hasFault { throw ExitCode.failure }
    }
}

/// What was found, line by line.
struct Examination {
    enum Verdict: String {
        case well, note, fault
    }

    struct Finding {
        var verdict: Verdict
        var subject: String
        var words: String
        /// What to do about it.
        var advice: String?
    }

    private(set) var findings: [Finding] = []
    /// Seconds for each answer: what takes longer is a fault that is to be told.
    private static let patience = 5.0

    var hasFault: Bool { findings.contains { $0.verdict == .fault } }

    mutating func add(_ verdict: Verdict, _ subject: String, _ words: String, _ advice: String? = nil) {
        findings.append(Finding(verdict: verdict, subject: subject, words: words, advice: advice))
    }

    var document: Document {
        .members([
            ("healthy", .boolean(!hasFault)),
            (
                "findings",
                .list(
                    findings.map {
                        .members([
                            ("verdict", .string($0.verdict.rawValue)), ("subject", .string($0.subject)), ("words", .string($0.words)),
                            ("advice", $0.advice.map { .string($0) }),
                        ])
                    }
                )
            ),
        ])
    }

    func show(_ console: Console) {
        for finding in findings {
            let mark =
                switch finding.verdict {
                case .well: "ok  ";
                case .note: "note";
                case .fault: console.bad("BAD ")
                }
            console.line("\(mark)  \(finding.subject.padded(to: 12, with: " "))  \(finding.words)")
            if let advice = finding.advice { console.line("                    \(console.faint("→ \(advice)"))") }
        }
    }

    // MARK: The server

    mutating func look(at options: ClientOptions) {
        let client: ServerClient
        do throws(CommandFault) {
            let place = try Endpoint(options.address)
            client = try ServerClient(
                host: place.host,
                port: place.port,
                key: ClientOptions.key,
                region: options.chosenRegion,
                patience: Self.patience
            )
        } catch {
            let isRefused = error.description.contains("refused")
            return add(
                .fault,
                "port",
                error.description,
                isRefused
                    ? "Nothing listens there. Start a server with: personalite serve. If it has another port: --endpoint http://127.0.0.1:PORT"
                    : "Is the address right? A server on this machine is http://127.0.0.1:4590 unless --host and --port say otherwise."
            )
        }
        add(.well, "port", "\(client.authority) is open")
        guard let version = lookAtHealth(client) else { return }
        if version == Version.current {
            add(.well, "version", "\(version), as this command")
        } else {
            add(.note, "version", "the server is \(version), this command \(Version.current)", "Restart the server if it was installed anew.")
        }
        lookAtReadiness(client)
        lookAtKey(client)
    }

    /// The version that the server says it has, if it is one of ours.
    private mutating func lookAtHealth(_ client: ServerClient) -> String? {
        let request = WireRequest(method: "GET", path: "/_personalite/health", headers: ["host": client.authority])
        let advice = "Another program has the port. Take another one for the server, by --port, and for clients, by AWS_ENDPOINT_URL."
        do throws(CommandFault) {
            let answer = try client.send(request)
            guard answer.status == 200, let version = (try? JSON.parse(answer.body))?["version"]?.textIfAny else {
                add(.fault, "server", "what answers at \(client.authority) is no personalite: \(answer.status)", advice)
                return nil
            }
            lookAtClock(answer.headers["date"], client)
            return version
        } catch {
            add(.fault, "server", "what listens at \(client.authority) does not answer as a server: \(error)", advice)
            return nil
        }
    }

    private mutating func lookAtReadiness(_ client: ServerClient) {
        do throws(CommandFault) {
            _ = try client.admin("GET", "ready")
            add(.well, "ready", "it takes requests")
        } catch {
            let advice = "It may still be starting, or its data directory is gone: look at its log."
            add(.fault, "ready", error.description, advice)
        }
    }

    private mutating func lookAtKey(_ client: ServerClient) {
        let isOwn = PrintEnvironment.variable("AWS_ACCESS_KEY_ID") != nil && PrintEnvironment.variable("AWS_SECRET_ACCESS_KEY") != nil
        let name = "\(ClientOptions.key.id), \(isOwn ? "of the environment" : "as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set")"
        do throws(CommandFault) {
            _ = try client.personalize("ListRecipes", [("maxResults", .integer(1))])
            add(.well, "key", name)
        } catch {
            let advice =
                switch error.code {
                case "InvalidSignatureException":
                    "The secret is not the one that the server knows, or the machines' clocks are minutes apart. test/test is known unless the server says otherwise."
                case "UnrecognizedClientException", "InvalidClientTokenId", "InvalidClientTokenIdException":
                    "The server does not know this key. It knows test/test, ids of 12 digits with the secret test, and those of its --credentials."
                default: "See docs/options.md on --auth and --credentials."
                }
            add(.fault, "key", "\(name): \(error)", advice)
        }
    }

    /// Signatures are refused when the signer's clock is five minutes off.
    private mutating func lookAtClock(_ date: String?, _ client: ServerClient) {
        guard let date, let theirs = HTTPDateWords.seconds(date) else { return add(.note, "clock", "the server tells no time") }
        let apart = Int(near: WallClock.wall - theirs)
        if abs(apart) < 240 {
            let server = try? client.admin("GET", "clock")
            let words = server.map { ShowClock.words($0) } ?? ""
            add(.well, "clock", "the machines agree; the server's services have \(words)")
        } else {
            add(
                .fault,
                "clock",
                "this machine is \(abs(apart)) s \(apart > 0 ? "ahead of" : "behind") the server's",
                "Set the clocks: signatures live for five minutes."
            )
        }
    }

    // MARK: The disk

    mutating func lookAtDisk(_ directory: String) {
        var room = statvfs()
        guard statvfs(directory, &room) == 0 else {
            return add(.fault, "disk", "\(directory): \(String(cString: strerror(errno)))", "Is it the server's data directory?")
        }
        let left = Double(room.f_bavail) * Double(room.f_frsize)
        let words = "\((left / 1e9).fixed(1)) GB left in \(directory)"
        if left < 100e6 {
            add(.fault, "disk", words, "Writes will fail: make room.")
        } else {
            add(left < 1e9 ? .note : .well, "disk", words)
        }
        if access(directory, W_OK) != 0 { add(.note, "disk", "\(directory) cannot be written by this user") }
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDateWords {
    static func seconds(_ text: String) -> Double? {
        let words = text.split(whereSeparator: { $0 == " " || $0 == ":" })
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard words.count == 8, let month = months.firstIndex(of: String(words[2])), let day = Int32(words[1]), let year = Int32(words[3]),
            let hour = Int32(words[4]), let minute = Int32(words[5]), let second = Int32(words[6]), (1900...9999).contains(year)
        else { return nil }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (year - 1900, Int32(month), day)
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (hour, minute, second)
        return Double(timegm(&parts))
    }
}
