import ArgumentParser
import Glibc
import ServiceKit

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the server (the default).",
        discussion: """
            Every option can also be given in the environment: --job-delay is PERSONALITE_JOB_DELAY, and a flag wins over its variable. \
            Access keys can be given as PERSONALITE_KEYS=ID:SECRET,… as well. SIGTERM or SIGINT ends the server when what is under way is \
            answered and everything is on the disk; a second one ends it at once.
            """
    )

    @OptionGroup var flags: ServeFlags

    func run() throws {
        let options: ServeOptions
        do {
            options = try flags.options(environment: ServeFlags.environment())
        } catch {
            throw ValidationError(error.description)
        }
        try Server(options).run()
    }
}
