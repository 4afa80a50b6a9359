import ArgumentParser
import Wire

/// `personalite snapshot`: states of a server to go back to.
struct Snapshots: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "Keep a server's state under a name, and go back to it.",
        discussion: """
            A snapshot has all that was acknowledged when it was made, of every account: resources, data, models, events, stream records, objects. The \
            server goes on meanwhile. It may be loaded by any server that keeps its snapshots in the same folder, and at a start by \
            "personalite serve --snapshot NAME".

              personalite snapshot save shop
              personalite snapshot load shop
              personalite snapshot list
            """,
        subcommands: [Save.self, Load.self, List.self, Delete.self]
    )

    /// Seconds: large ones are written to the disk before their answer.
    private static let patience = 600.0

    struct Save: ClientCommand {
        static let configuration = CommandConfiguration(abstract: "Make a snapshot of what the server has now.")

        @Argument(help: "Its name.") var name: String
        @OptionGroup var server: ClientOptions
        @OptionGroup var form: OutputOptions

        func carryOut() throws(CommandFault) {
            let made = try Snapshots.ask(server, "POST", try Snapshots.path(name))
            if form.isJSON { return form.write(made) }
            Console().line("Saved \(Snapshots.words(made)). Back to it: personalite snapshot load \(name)")
        }
    }

    struct Load: ClientCommand {
        static let configuration = CommandConfiguration(abstract: "Have the server forget what it has, and go on from a snapshot.")

        @Argument(help: "Its name.") var name: String
        @Flag(help: "Do not ask.") var yes = false
        @OptionGroup var server: ClientOptions
        @OptionGroup var form: OutputOptions

        func carryOut() throws(CommandFault) {
            let path = try Snapshots.path(name)
            try Question.agree("Replace all data of \(server.address) by snapshot \(name)?", yes)
            let start = WallClock.now
            let loaded = try Snapshots.ask(server, "POST", "\(path)/load")
            if form.isJSON { return form.write(loaded) }
            Console().line("Loaded \(Snapshots.words(loaded)) in \((WallClock.now - start).fixed(2)) s")
        }
    }

    struct List: ClientCommand {
        static let configuration = CommandConfiguration(abstract: "Show the snapshots that the server can load.")

        @OptionGroup var server: ClientOptions
        @OptionGroup var form: OutputOptions

        func carryOut() throws(CommandFault) {
            let found = try Snapshots.ask(server, "GET", "snapshots")
            if form.isJSON { return form.write(found) }
            let console = Console()
            let all = found["snapshots"]?.listIfAny ?? []
            guard !all.isEmpty else {
                return console.line("No snapshots in \(found["folder"]?.textIfAny ?? ""). Make one: personalite snapshot save NAME")
            }
            console.table(
                [["name", "made (UTC)", "MB", "version"]]
                    + all.map { one in
                        [
                            one["name"]?.textIfAny ?? "", DateWords.of(one["created"]?.numberIfAny ?? 0), Snapshots.megabytes(one),
                            one["version"]?.textIfAny ?? "",
                        ]
                    },
                right: [2]
            )
        }
    }

    struct Delete: ClientCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a snapshot.")

        @Argument(help: "Its name.") var name: String
        @OptionGroup var server: ClientOptions

        func carryOut() throws(CommandFault) {
            _ = try Snapshots.ask(server, "DELETE", try Snapshots.path(name))
            Console().line("Removed \(name)")
        }
    }

    /// The server says what else a name may not be; this is what keeps it one part of a path.
    private static func path(_ name: String) throws(CommandFault) -> String {
        let signs = "._-"
        guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || signs.contains($0)) }) else {
            throw CommandFault("\(name) is no name of a snapshot: letters, digits, '.', '_' and '-', and a letter or digit in front.")
        }
        return "snapshots/\(name)"
    }

    private static func ask(_ server: ClientOptions, _ method: String, _ path: String) throws(CommandFault) -> Document {
        let client = try server.client()
        client.patience = patience
        return try client.admin(method, path)
    }

    private static func words(_ snapshot: Document) -> String {
        "\(snapshot["name"]?.textIfAny ?? "") (\(megabytes(snapshot)) MB)"
    }

    private static func megabytes(_ snapshot: Document) -> String { ((snapshot["bytes"]?.numberIfAny ?? 0) / 1e6).fixed(1) }
}
