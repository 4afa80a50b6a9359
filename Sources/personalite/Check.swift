import ArgumentParser
import Emulator
import Glibc
import ServiceKit

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look through a data directory for damage.",
        discussion: """
            Reads every row of the database, every entry of the log, and the bytes of every table, model and object, while no server uses the \
            directory. Without --repair nothing is changed, and the exit code is 1 when something is not whole. With --repair what is not \
            whole is moved into the folder "damaged" of the directory, and all else is kept.
            """
    )

    @Option(help: ArgumentHelp("The directory to look through.", valueName: "dir"))
    var dataDir: String
    @Flag(help: "Set aside what is not whole, so that a server starts with all that is.")
    var repair = false

    func run() throws {
        let findings: [StoreCheck.Finding]
        do {
            findings = try StoreCheck.run(directory: dataDir, repairs: repair) { print($0) }
        } catch {
            Server.say("personalite: \(error)", on: STDERR_FILENO)
            throw ExitCode.failure
        }
        for finding in findings { print("\(dataDir)/\(finding.description)") }
        guard !findings.isEmpty else { return print("\(dataDir) is whole") }
        let count = "\(findings.count) \(findings.count == 1 ? "finding" : "findings")"
        guard repair else {
            print("\(count); --repair sets aside what is damaged and keeps the rest")
            throw ExitCode.failure
        }
        print("\(count); what was damaged is in \(dataDir)/damaged")
    }
}
