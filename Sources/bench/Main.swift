import ArgumentParser
import Glibc

@main
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "What the server reaches on this machine.",
        discussion: "Without the name of a subcommand, options are those of `wire`.",
        subcommands: [
            WireCommand.self, CheckCommand.self, EngineCommand.self, SubscribeCommand.self, PollCommand.self, CrowdCommand.self, RecoveryCommand.self,
        ],
        defaultSubcommand: WireCommand.self
    )

    /// `personalite` in the folder of this program.
    static var neighbour: String {
        guard let path = realpath("/proc/self/exe", nil) else { return "personalite" }
        defer { free(path) }
        let own = String(cString: path)
        return own.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/personalite"
    }
}

/// A sentence about what went wrong.
struct BenchFault: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
