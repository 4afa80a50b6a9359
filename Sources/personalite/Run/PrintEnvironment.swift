import ArgumentParser
import Glibc

/// `personalite env`: what a shell has to know to talk to a server, for `eval` to take.
struct PrintEnvironment: ParsableCommand {
    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case sh, fish, powershell, dotenv
    }

    static let configuration = CommandConfiguration(
        commandName: "env",
        abstract: "Print the variables that point AWS clients at a server.",
        discussion: """
            For the shell, or for a profile of ~/.aws/config that does the same:

              eval "$(personalite env)"
              personalite env --shell fish | source
              personalite env --profile personalite
            """
    )

    @Option(help: ArgumentHelp("Where the server is.", valueName: "url")) var endpoint = "http://127.0.0.1:4590"
    @Option(help: ArgumentHelp("Whose syntax: sh, fish, powershell or dotenv. (default: that of $SHELL, else sh)", valueName: "shell")) var shell:
        Shell?
    @Option(help: ArgumentHelp("Region of the requests.", valueName: "name")) var region = ServerClient.region
    @Option(help: ArgumentHelp("Access key.", valueName: "id")) var accessKey = "test"
    @Option(help: ArgumentHelp("Its secret.", valueName: "secret")) var secretKey = "test"
    @Flag(help: "Take the variables away again.") var unset = false
    @Option(help: ArgumentHelp("Append a profile to ~/.aws/config (or $AWS_CONFIG_FILE) and print nothing else.", valueName: "name"))
    var profile: String?
    @Flag(help: "With --profile: do not ask.") var yes = false

    func run() throws {
        do throws(CommandFault) {
            _ = try Endpoint(endpoint)
            let environment = ClientEnvironment(endpoint: endpoint, key: (accessKey, secretKey), region: region)
            if let profile { return try ProfileFile().append(profile, environment, asks: !yes) }
            let shell = shell ?? (Self.variable("SHELL")?.hasSuffix("/fish") == true ? .fish : .sh)
            let lines = unset ? Self.removal(environment, shell) : Self.assignment(environment, shell)
            Server.say(lines.joined(separator: "\n"), on: STDOUT_FILENO)
        } catch {
            Server.say("personalite: \(error)", on: STDERR_FILENO)
            throw ExitCode.failure
        }
    }

    static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    static func assignment(_ environment: ClientEnvironment, _ shell: Shell) -> [String] {
        environment.variables.map { variable in
            switch shell {
            case .sh: "export \(variable.name)=\(quoted(variable.value, escaping: "'\\''"))"
            case .fish: "set -gx \(variable.name) \(quoted(variable.value.replacing("\\", with: "\\\\"), escaping: "\\'"))"
            case .powershell: "$Env:\(variable.name) = \(quoted(variable.value, escaping: "''"))"
            case .dotenv: "\(variable.name)=\(quoted(variable.value, escaping: "'\\''"))"
            }
        }
    }

    static func removal(_ environment: ClientEnvironment, _ shell: Shell) -> [String] {
        environment.variables.map { variable in
            switch shell {
            case .sh, .dotenv: "unset \(variable.name)"
            case .fish: "set -e \(variable.name)"
            case .powershell: "Remove-Item Env:\(variable.name)"
            }
        }
    }

    /// Between single quotes when it has other characters than names, numbers and addresses do.
    private static func quoted(_ text: String, escaping quote: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "/"): true
                default: false
                }
            }
        // PowerShell takes no bare words.
        return isPlain && quote != "''" ? text : "'\(text.replacing("'", with: quote))'"
    }
}
