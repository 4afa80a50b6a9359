import ArgumentParser
import Glibc
import Wire

/// Where a command finds its server. The key comes from the environment, as every AWS client has it, so that it is in no history of a shell.
struct ClientOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where the server is. (default: $AWS_ENDPOINT_URL, else http://127.0.0.1:4590)", valueName: "url"))
    var endpoint: String?
    @Option(help: ArgumentHelp("Region of the requests. (default: $AWS_REGION, $AWS_DEFAULT_REGION, else us-east-1)", valueName: "name"))
    var region: String?

    var address: String { endpoint ?? PrintEnvironment.variable("AWS_ENDPOINT_URL") ?? "http://127.0.0.1:4590" }

    /// - Throws: when the address is none, or nobody answers there.
    func client() throws(CommandFault) -> ServerClient {
        let place = try Endpoint(address)
        do throws(CommandFault) {
            return try ServerClient(host: place.host, port: place.port, key: Self.key, region: chosenRegion)
        } catch {
            throw CommandFault("\(error) Start a server with: personalite serve. What is wrong: personalite doctor.")
        }
    }

    var chosenRegion: String {
        region ?? PrintEnvironment.variable("AWS_REGION") ?? PrintEnvironment.variable("AWS_DEFAULT_REGION") ?? ServerClient.region
    }

    /// That of the environment, else test/test.
    static var key: ServerClient.Key {
        guard let id = PrintEnvironment.variable("AWS_ACCESS_KEY_ID"), let secret = PrintEnvironment.variable("AWS_SECRET_ACCESS_KEY") else {
            return ServerClient.Key(id: "test", secret: "test")
        }
        return ServerClient.Key(id: id, secret: secret, token: PrintEnvironment.variable("AWS_SESSION_TOKEN"))
    }
}

/// How a command says what it found.
struct OutputOptions: ParsableArguments {
    enum Form: String, CaseIterable, ExpressibleByArgument {
        case text, json
    }

    @Option(help: ArgumentHelp("text for people, json for programs.", valueName: "form")) var output = Form.text

    var isJSON: Bool { output == .json }

    /// One line of JSON on standard output.
    func write(_ document: Document) {
        Server.say(Printable.json(String(decoding: JSON.write(document), as: UTF8.self)), on: STDOUT_FILENO)
    }
}

/// A command that asks a server, and says in a sentence why it could not.
protocol ClientCommand: ParsableCommand {
    func carryOut() throws(CommandFault)
}

extension ClientCommand {
    func run() throws {
        do throws(CommandFault) {
            try carryOut()
        } catch {
            Server.say("personalite: \(error)", on: STDERR_FILENO)
            throw ExitCode(error.exitCode)
        }
    }
}
