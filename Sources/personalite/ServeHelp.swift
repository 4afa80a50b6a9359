/// What `personalite serve --help` prints.
enum ServeHelp {
    static let abstract = "Run the server (the default)."
    static let discussion = """
        Every option can also be given in the environment: --job-delay is PERSONALITE_JOB_DELAY, and a flag wins over its variable. Access keys \
        can be given as PERSONALITE_KEYS=ID:SECRET,… as well. SIGTERM or SIGINT ends the server when what is under way is answered and everything \
        is on the disk; a second one ends it at once.
        """
    private static let width = 100
    private static let column = 26

    static var text: String {
        let options = ServeOption.all.filter(\.hasFlag).map { entry(title: title($0), text: sentence($0)) }
        let help = entry(title: "-h, --help", text: "Show this.")
        let head = ["OVERVIEW: \(abstract)", "", wrapped(discussion, indent: 0), "", "USAGE: personalite serve [options]", "", "OPTIONS:"]
        return (head + options + [help]).joined(separator: "\n")
    }

    private static func title(_ option: ServeOption) -> String {
        if let placeholder = option.placeholder { return "--\(option.name) <\(placeholder)>" }
        return "--\(option.name)/--no-\(option.name)"
    }

    static func sentence(_ option: ServeOption) -> String {
        option.help + (option.byDefault.map { " (default: \($0))" } ?? "")
    }

    private static func entry(title: String, text: String) -> String {
        let lines = wrapped(text, indent: column)
        guard title.utf8.count + 4 <= column else { return "  \(title)\n\(lines)" }
        return "  " + title + String(repeating: " ", count: column - 2 - title.utf8.count) + lines.dropFirst(column)
    }

    private static func wrapped(_ text: String, indent: Int) -> String {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, indent + line.count + 1 + word.count > width {
                lines.append(margin + line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return (lines + [margin + line]).joined(separator: "\n")
    }
}
