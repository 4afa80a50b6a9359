import ArgumentParser
import Dispatch
import Glibc
import ServiceKit

/// `personalite serve`, which is also what `personalite` does when nothing else is asked for.
///
/// Its options are read by `ServeCommandLine`: they have variables beside flags, which ArgumentParser does not know, and reading them there
/// takes five milliseconds of a start.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: ServeHelp.abstract)

    @Argument(parsing: .captureForPassthrough, help: "See personalite serve --help.") var options: [String] = []

    func run() throws {
        try Self.run(options)
    }

    /// The arguments of `serve` among those of the program; nil when another command is meant.
    static func arguments(_ arguments: [String]) -> [String]? {
        guard let first = arguments.first else { return [] }
        if first == "serve" { return Array(arguments.dropFirst()) }
        if arguments.starts(with: ["help", "serve"]) { return ["--help"] }
        return first.hasPrefix("--") && !["--help", "--version"].contains(first) && !isOfParser(first) ? arguments : nil
    }

    /// What ArgumentParser itself answers.
    private static func isOfParser(_ argument: String) -> Bool {
        argument.hasPrefix("--generate-completion-script") || argument.hasPrefix("--experimental-dump-help")
    }

    static func run(_ arguments: [String]) throws {
        do {
            switch try ServeCommandLine.parse(arguments, environment: ServeCommandLine.environment()) {
            case .run(let options): try serve(options.withControlToken())
            case .help: Server.say(ServeHelp.text, on: STDOUT_FILENO)
            }
        } catch let fault as OptionFault {
            Server.say("Error: \(fault)\nSee 'personalite serve --help'.", on: STDERR_FILENO)
            throw ExitCode.validationFailure
        }
    }

    /// Serves until the process is asked to end; does not return.
    private static func serve(_ options: ServeOptions) throws -> Never {
        let inherited = ProcessSetup.Inherited()
        ProcessSetup.prepare()
        let server: Server
        do {
            server = try Server(options)
        } catch {
            Server.say("personalite: \(error)", on: STDERR_FILENO)
            throw ExitCode.failure
        }
        announce(server, options)
        StartupPages.release()
        // Programs that were written for LocalStack wait for this line.
        DispatchQueue.global().async {
            server.awaitReadiness(inherited)
            server.sayUnlessEnding("Ready.")
        }
        ProcessSetup.awaitEnd()
        try server.close()
        Glibc.exit(0)
    }

    /// The first line on standard output, which scripts read the port from.
    private static func announce(_ server: Server, _ options: ServeOptions) {
        let host = options.host.contains(":") ? "[\(options.host)]" : options.host
        let address = "http://\(host):\(server.port)"
        let storage = options.dataDirectory.map { "data in \($0)" } ?? options.snapshot.map { "a copy of snapshot \($0)" } ?? "memory only"
        Server.say("personalite \(Version.current) listening on \(address) (\(storage); auth \(options.auth.rawValue))", on: STDOUT_FILENO)
        if !Loopback.isAddress(options.host), let token = options.controlToken {
            let way = "with a signature, or with the header Authorization: Bearer \(token)"
            Server.say("other machines use /_personalite/ \(way)", on: STDOUT_FILENO)
        }
        let certificate = server.identity.path ?? "\(address)/_personalite/certificate"
        Server.say("the same port speaks TLS; its certificate is \(certificate)", on: STDOUT_FILENO)
        // For a person; whoever reads by a pipe needs no more than the first line.
        if isatty(STDOUT_FILENO) == 1 { Server.say(nextSteps("http://\(reachable(host)):\(server.port)"), on: STDOUT_FILENO) }
    }

    /// Where a browser finds a server that listens on `host`: every interface has no address of its own.
    private static func reachable(_ host: String) -> String { ["0.0.0.0", "[::]"].contains(host) ? "127.0.0.1" : host }

    private static func nextSteps(_ address: String) -> String {
        """

        Console: \(address)/_personalite/console

        Next:
          1. in the console, begin with a CSV file of who did what, when: it becomes a campaign that answers
          2. for a client of your own:  eval "$(personalite env --endpoint \(address))"  and then, say,  aws personalize list-recipes
          3. for the whole story on sample data, beside this server:  personalite demo

        """
    }
}
