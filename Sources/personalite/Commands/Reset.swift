import ArgumentParser
import Glibc

/// `personalite reset`: a fresh start.
struct Reset: ClientCommand {
    static let configuration = CommandConfiguration(
        abstract: "Forget everything of every account, as if the server had just been installed.",
        discussion: "Asks first on a terminal; elsewhere --yes has to be said. Snapshots are kept."
    )

    @Flag(help: "Do not ask.") var yes = false
    @OptionGroup var server: ClientOptions

    func carryOut() throws(CommandFault) {
        let client = try server.client()
        try Question.agree("Forget all data of \(client.authority)?", yes)
        _ = try client.admin("POST", "reset")
        Console().line("Everything is forgotten.")
    }
}

/// What somebody at the terminal has to agree to.
enum Question {
    static func agree(_ question: String, _ isAgreed: Bool) throws(CommandFault) {
        if isAgreed { return }
        guard isatty(STDIN_FILENO) == 1 else { throw CommandFault("Nobody can be asked here; please say --yes.") }
        Server.say("\(question) [y/N]", on: STDERR_FILENO)
        guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else { throw CommandFault("Nothing was changed.") }
    }
}
