import ArgumentParser
import Wire

/// `personalite import`: from CSV files to a campaign that answers.
struct ImportFiles: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make CSV files a data set group with a campaign that answers.",
        discussion: """
            Guesses which data set each file is and the schema of its columns, shows both, and then does what a client would: data set group, \
            bucket, schemas, data sets, uploads, imports, solution, training, campaign, event tracker. Nothing is made when something that the \
            service needs is missing; --show makes nothing at all.

              personalite import ratings.csv
              personalite import ratings.csv films.csv --as Interactions --as Items --name films
              personalite import log.csv --column visitor=USER_ID --column sku=ITEM_ID --column at=TIMESTAMP --show
            """
    )

    @Argument(help: "CSV files with a line of headings: interactions, and if there are any items and users.") var files: [String]
    @Option(name: .customLong("as"), help: ArgumentHelp("What each file is: Interactions, Items or Users. (default: guessed)", valueName: "kind"))
    var kinds: [String] = []
    @Option(help: ArgumentHelp("Name of the data set group. (default: the first file's)", valueName: "name")) var name: String?
    @Option(help: ArgumentHelp("Recipe of the solution.", valueName: "name")) var recipe = "aws-user-personalization"
    @Option(help: ArgumentHelp("Corrects a column: what it is in the schema, and its type.", valueName: "heading=NAME[:type]")) var column: [String] =
        []
    @Flag(help: "Show what would be made, and stop.") var show = false
    @Flag(help: "Go on with an import of the same name that was cut off: what it made is taken as it is.") var resume = false
    @OptionGroup var server: ClientOptions
    @OptionGroup var form: OutputOptions

    func carryOut() throws(CommandFault) {
        let parts = try guessed()
        let plan = ImportPlan(name: try chosenName(), recipe: recipe, files: parts, resumes: resume)
        let console = Console()
        if !form.isJSON { plan.show(console) }
        if show {
            if form.isJSON { form.write(plan.document) }
            return
        }
        let client = try server.client()
        let made = try plan.carryOut(client, Progress(console, isShown: !form.isJSON))
        if form.isJSON { return form.write(made.document) }
        console.line()
        console.line("It answers. Next:")
        console.line("  personalite recommend \(made.user ?? "USER") --campaign \(Names.last(of: made.campaign))")
        console.line("  http://\(client.authority)/_personalite/console#/\(client.region)/try")
    }

    private func guessed() throws(CommandFault) -> [GuessedFile] {
        guard kinds.count <= files.count else { throw CommandFault("There are more --as than files.") }
        var corrections: [GuessedFile.Correction] = []
        for (heading, words) in try FilterOptions.pairs(column) { corrections.append(try GuessedFile.Correction(heading, words)) }
        var parts: [GuessedFile] = []
        for (index, file) in files.enumerated() {
            var kind: GuessedFile.Kind?
            if index < kinds.count {
                kind = GuessedFile.Kind.allCases.first { $0.rawValue.lowercased() == kinds[index].lowercased() }
                guard kind != nil else { throw CommandFault("\(kinds[index]) is no data set: Interactions, Items or Users.") }
            }
            parts.append(try GuessedFile(file, as: kind, corrections))
        }
        for correction in corrections where !parts.contains(where: { $0.columns.contains { $0.heading == correction.heading } }) {
            throw CommandFault("No file has a column \(correction.heading).")
        }
        guard parts.contains(where: { $0.kind == .interactions }) else {
            throw CommandFault("One of the files must be the interactions: who did what, and when. Say which by --as, in the order of the files.")
        }
        guard Set(parts.map(\.kind)).count == parts.count else { throw CommandFault("Two files are the same data set; say what each is by --as.") }
        for part in parts { try part.check() }
        return parts
    }

    private func chosenName() throws(CommandFault) -> String {
        let file = files.first.map { Names.last(of: $0) } ?? ""
        let own = String(file.prefix { $0 != "." }).map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        let chosen = name ?? String(own.drop { $0 == "-" }.prefix(40))
        guard let first = chosen.first, first.isASCII, first.isLetter || first.isNumber, chosen.count <= 40,
            chosen.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
        else { throw CommandFault("\"\(chosen)\" is no name for what is made: up to 40 letters, digits, - and _; choose one with --name.") }
        return chosen
    }
}
