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

    /// How long somebody waits: large ones are written to the disk before their answer.
    struct Patience: ParsableArguments {
        @Option(help: ArgumentHelp("Seconds to wait for the server to say that it is done.", valueName: "seconds")) var timeout = 600.0

        func validate() throws {
            guard timeout > 0, timeout <= 1e6 else { throw ValidationError("--timeout takes seconds, up to 1000000.") }
        }
    }

    struct Save: ClientCommand {
        static let configuration = CommandConfiguration(abstract: "Make a snapshot of what the server has now.")

        @Argument(help: "Its name.") var name: String
        @OptionGroup var patience: Patience
        @OptionGroup var server: ClientOptions
        @OptionGroup var form: OutputOptions

        func carryOut() throws(CommandFault) {
            let path = try Snapshots.path(name)
            let made = try Snapshots.patiently(
                patience,
                "It may be at it still: \(name) is among those of \"personalite snapshot list\" once it is whole."
            ) {
                () throws(CommandFault) in try Snapshots.ask(server, "POST", path, patience)
            }
            if form.isJSON { return form.write(made) }
            Console().line("Saved \(Snapshots.words(made)). Back to it: personalite snapshot load \(name)")
        }
    }

    struct Load: ClientCommand {
        static let configuration = CommandConfiguration(abstract: "Have the server forget what it has, and go on from a snapshot.")

        @Argument(help: "Its name.") var name: String
        @Flag(help: "Do not ask.") var yes = false
        @OptionGroup var patience: Patience
        @OptionGroup var server: ClientOptions
        @OptionGroup var form: OutputOptions

        func carryOut() throws(CommandFault) {
            let path = try Snapshots.path(name)
            try Question.agree("Replace all data of \(server.address) by snapshot \(name)?", yes)
            let start = WallClock.now
            let loaded = try Snapshots.patiently(patience, "It may be at it still, and answers requests once it has the snapshot: personalite wait.")
            {
                () throws(CommandFault) in try Snapshots.ask(server, "POST", "\(path)/load", patience)
            }
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

    private static func ask(_ server: ClientOptions, _ method: String, _ path: String, _ patience: Patience? = nil) throws(CommandFault) -> Document {
        let client = try server.client()
        if let patience { client.patience = patience.timeout }
        return try client.admin(method, path)
    }

    /// - Parameter still: what the server does perhaps when it has said nothing in time.
    private static func patiently(_ patience: Patience, _ still: String, _ ask: () throws(CommandFault) -> Document) throws(CommandFault) -> Document
    {
        do throws(CommandFault) {
            return try ask()
        } catch {
            guard error.code == ServerClient.silent else { throw error }
            let time = ServeOption.decimal(patience.timeout)
            throw CommandFault("The server has not said within \(time) s that it is done. \(still) To wait longer: --timeout.", code: error.code)
        }
    }

    private static func words(_ snapshot: Document) -> String {
        "\(snapshot["name"]?.textIfAny ?? "") (\(megabytes(snapshot)) MB)"
    }

    private static func megabytes(_ snapshot: Document) -> String { ((snapshot["bytes"]?.numberIfAny ?? 0) / 1e6).fixed(1) }
}
