import ArgumentParser
import Wire

/// `personalite faults`: errors and delays on purpose.
struct Faults: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show and set errors and delays on purpose.",
        discussion: """
            Each rule says which calls fail, how often and how; the first that names a call applies.

              personalite faults add --service kinesis --operation PutRecord --probability 0.1 --code ProvisionedThroughputExceededException --status 400
              personalite faults add --service personalize-runtime --latency 250
              personalite faults clear
            """,
        subcommands: [Show.self, Add.self, Clear.self],
        defaultSubcommand: Show.self
    )

    struct Show: ClientCommand {
        static let configuration = CommandConfiguration(abstract: "Show the rules.")

        @OptionGroup var server: ClientOptions
        @OptionGroup var form: OutputOptions

        func carryOut() throws(CommandFault) {
            try Faults.show(try server.client().admin("GET", "faults"), form)
        }
    }

    struct Add: ClientCommand {
        static let configuration = CommandConfiguration(abstract: "Add a rule.")

        @Option(help: ArgumentHelp("Service, such as kinesis or personalize-runtime. (default: all)", valueName: "name")) var service: String?
        @Option(help: ArgumentHelp("Operation, such as PutRecord. (default: all)", valueName: "name")) var operation: String?
        @Option(help: ArgumentHelp("Only of calls to this region.", valueName: "name")) var inRegion: String?
        @Option(help: ArgumentHelp("How often, from 0 to 1.", valueName: "p")) var probability = 1.0
        @Option(help: ArgumentHelp("The error's code. (default: ServiceUnavailable)", valueName: "name")) var code: String?
        @Option(help: ArgumentHelp("The answer's status. (default: 503)", valueName: "n")) var status: Int?
        @Option(help: ArgumentHelp("Milliseconds that an answer is late; alone it makes no error.", valueName: "ms")) var latency: Double?
        @OptionGroup var server: ClientOptions
        @OptionGroup var form: OutputOptions

        func validate() throws {
            guard (0...1).contains(probability) else { throw ValidationError("--probability takes a number from 0 to 1.") }
            if let status, !(400...599).contains(status) { throw ValidationError("--status takes a status from 400 to 599.") }
            if let latency, !(0...600_000).contains(latency) { throw ValidationError("--latency takes milliseconds from 0 to 600000.") }
        }

        func carryOut() throws(CommandFault) {
            let isError = code != nil || status != nil || latency == nil
            let error = Document.members([("statusCode", status.map { .integer(Int64($0)) }), ("code", code.map { .string($0) })])
            let rule = Document.members([
                ("service", service.map { .string($0) }), ("operation", operation.map { .string($0) }), ("region", inRegion.map { .string($0) }),
                ("probability", .double(probability)), ("latency", latency.map { .double($0) }), ("error", isError ? error : nil),
            ])
            try Faults.show(try server.client().admin("PATCH", "faults", .list([rule])), form)
        }
    }

    struct Clear: ClientCommand {
        static let configuration = CommandConfiguration(abstract: "Remove all rules.")

        @OptionGroup var server: ClientOptions
        @OptionGroup var form: OutputOptions

        func carryOut() throws(CommandFault) {
            try Faults.show(try server.client().admin("DELETE", "faults"), form)
        }
    }

    private static func show(_ rules: Document, _ form: OutputOptions) throws(CommandFault) {
        if form.isJSON { return form.write(rules) }
        let console = Console()
        guard !rules.listIfAny.isEmpty else { return console.line("No faults: every call is answered as it should be.") }
        console.table(
            rules.listIfAny.map { rule in
                func text(_ name: String) -> String { rule[name]?.textIfAny ?? "any" }
                let error = rule["error"].map { "\($0["code"]?.textIfAny ?? "") (\(Int(near: $0["statusCode"]?.numberIfAny ?? 0)))" }
                let late = rule["latency"]?.numberIfAny.map { "\(ServeOption.decimal($0)) ms late" }
                let share = ((rule["probability"]?.numberIfAny ?? 0) * 100).fixed(1)
                return [text("service"), text("operation"), text("region"), "\(share) %", [error, late].compactMap { $0 }.joined(separator: ", ")]
            },
            right: [3]
        )
    }
}
