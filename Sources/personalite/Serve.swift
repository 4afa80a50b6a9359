import ArgumentParser
import Glibc

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
            case .run(let options): try Server(options).run()
            case .help: Server.say(ServeHelp.text, on: STDOUT_FILENO)
            }
        } catch let fault as OptionFault {
            Server.say("Error: \(fault)\nSee 'personalite serve --help'.", on: STDERR_FILENO)
            throw ExitCode.validationFailure
        }
    }
}
