import ArgumentParser
import Glibc

/// `personalite run -- COMMAND`: a server in memory for as long as one command takes.
///
/// As those of `serve`, its options are read by `ServeCommandLine`.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a command with a server of its own.",
        discussion: """
            Starts a server in memory on a free port, runs the command with the AWS variables set so that every AWS SDK and the aws CLI talk to \
            it, and ends with the command's exit code. Options of "personalite serve" may stand before the two dashes:

              personalite run -- pytest
              personalite run --job-delay 2 --data-dir ./shop -- npm test

            When the command fails, the server's log is kept and its path is printed.
            """
    )

    @Argument(parsing: .captureForPassthrough, help: "Options of serve, two dashes, and the command with its arguments.") var words: [String] = []

    func run() throws {
        try Self.run(words)
    }

    /// The arguments of `run` among those of the program; nil when another command is meant.
    static func arguments(_ arguments: [String]) -> [String]? {
        arguments.first == "run" ? Array(arguments.dropFirst()) : nil
    }

    /// The options before the dashes and the command behind them. Without dashes all is the command, unless it begins with an option.
    static func split(_ words: [String]) throws(CommandFault) -> (options: [String], command: [String]) {
        if let dashes = words.firstIndex(of: "--") {
            let command = Array(words[(dashes + 1)...])
            guard !command.isEmpty else { throw CommandFault("There is no command behind the dashes, such as: personalite run -- pytest") }
            return (Array(words[..<dashes]), command)
        }
        guard let first = words.first else { throw CommandFault("Please give a command, such as: personalite run -- pytest") }
        guard !first.hasPrefix("-") else {
            throw CommandFault("Please put two dashes before the command, such as: personalite run \(first) -- pytest")
        }
        return ([], words)
    }

    static func run(_ words: [String]) throws {
        if let first = words.first, ["-h", "--help"].contains(first) { return Server.say(helpMessage(), on: STDOUT_FILENO) }
        do {
            let (arguments, command) = try split(words)
            // A free port, unless one is given behind it.
            let all = ["--port", "0"] + arguments
            switch try ServeCommandLine.parse(all, environment: ServeCommandLine.environment()) {
            case .help: Server.say(helpMessage(), on: STDOUT_FILENO)
            case .run(let options): try run(command, options)
            }
        } catch let fault as OptionFault {
            Server.say("Error: \(fault)\nSee 'personalite serve --help'.", on: STDERR_FILENO)
            throw ExitCode.validationFailure
        } catch let fault as CommandFault {
            Server.say("personalite: \(fault)", on: STDERR_FILENO)
            throw ExitCode.validationFailure
        }
    }

    private static func run(_ command: [String], _ given: ServeOptions) throws {
        let inherited = ProcessSetup.Inherited()
        ProcessSetup.prepare()
        let log = try TemporaryLog()
        var options = given
        options.logDescriptor = log.descriptor
        let server: Server
        do {
            server = try Server(options)
        } catch {
            log.remove()
            Server.say("personalite: \(error)", on: STDERR_FILENO)
            throw ExitCode.failure
        }
        let signals = SignalWatch { server.endScripts() }
        signals.start()
        server.awaitReadiness(inherited)
        let environment = ClientEnvironment(options, port: server.port).applied(to: ClientEnvironment.ofProcess())
        let ended: ChildProcess.End
        do {
            let child = try signals.handingOn { () throws(ChildProcess.StartFault) in try ChildProcess.start(command, environment, inherited) }
            guard let child else {
                try server.close()
                log.remove()
                throw ExitCode(128 + (signals.received ?? SIGTERM))
            }
            ended = ChildProcess.wait(for: child) { signals.release() }
        } catch let error as ChildProcess.StartFault {
            try server.close()
            log.remove()
            Server.say("personalite: \(error.description)", on: STDERR_FILENO)
            throw ExitCode(error.code)
        }
        try server.close()
        if ended.code == 0 || log.isEmpty {
            log.remove()
        } else {
            Server.say("personalite: the command ended with \(ended.description); the server's log is \(log.path)", on: STDERR_FILENO)
        }
        throw ExitCode(ended.code)
    }
}
