import Glibc

/// Reads the options of `serve` from the command line and the environment: a flag wins over its variable, and both over the default.
enum ServeCommandLine {
    enum Request: Equatable {
        case run(ServeOptions)
        case help
    }

    static func parse(_ arguments: [String], environment: [String: String]) throws(OptionFault) -> Request {
        guard let given = try flags(arguments) else { return .help }
        for (name, today) in ServeOption.withdrawn {
            let variable = ServeOption.variable(name)
            if let text = environment[variable], !isOff(text) { throw OptionFault("\(variable) is gone: \(today)") }
        }
        var options = ServeOptions()
        for option in ServeOption.all {
            guard let (source, text) = given[option.name] ?? variable(of: option, in: environment) else { continue }
            try option.apply(text, from: source, to: &options)
            options.given[option.name] = ServeOptions.Given(source: source, text: text)
        }
        return .run(try options.checked())
    }

    private static func variable(of option: ServeOption, in environment: [String: String]) -> (source: String, text: String)? {
        for name in [option.name, option.formerName].compactMap({ $0 }).map(ServeOption.variable) {
            if let text = environment[name] { return (name, text) }
        }
        return nil
    }

    /// What each flag says, under its option's name; nil when help was asked for.
    private static func flags(_ arguments: [String]) throws(OptionFault) -> [String: (source: String, text: String)]? {
        var given: [String: (source: String, text: String)] = [:]
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "-h" || argument == "--help" { return nil }
            guard argument.hasPrefix("-") else { throw OptionFault("Unexpected argument '\(argument)'.") }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard argument.hasPrefix("--"), let (option, isOff) = find(parts[0].dropFirst(2)) else {
                if let today = ServeOption.withdrawn[String(parts[0].dropFirst(2))] { throw OptionFault("\(parts[0]) is gone: \(today)") }
                throw OptionFault("Unknown option '\(parts[0])'.")
            }
            let flag = String(parts[0])
            if option.placeholder == nil {
                guard parts.count == 1 else { throw OptionFault("\(flag) takes no value.") }
                given[option.name] = (flag, isOff ? "off" : "on")
                continue
            }
            let text: String
            if parts.count == 2 {
                text = String(parts[1])
            } else if let next = rest.first, !next.hasPrefix("-") || isNumber(next) {
                text = next
                rest = rest.dropFirst()
            } else {
                throw OptionFault("Missing value for \(flag).")
            }
            let earlier = option.isRepeatable ? given[option.name].map { $0.text + "," } ?? "" : ""
            given[option.name] = (flag, earlier + text)
        }
        return given
    }

    /// Whether a variable says that a switch is off.
    private static func isOff(_ text: String) -> Bool { ["0", "false", "no", "off", ""].contains(text.lowercased()) }

    /// `-1` is a value that the option refuses in its own words.
    private static func isNumber(_ text: String) -> Bool {
        text.dropFirst().first?.isNumber == true
    }

    private static func find(_ name: Substring) -> (option: ServeOption, isOff: Bool)? {
        if let option = option(name) { return (option, false) }
        guard name.hasPrefix("no-"), let option = option(name.dropFirst(3)), option.placeholder == nil else { return nil }
        return (option, true)
    }

    private static func option(_ name: Substring) -> ServeOption? {
        ServeOption.all.first { $0.hasFlag && ($0.name == name || $0.formerName.map { $0 == name } ?? false) }
    }

    /// This process's environment, as far as it is ours.
    static func environment() -> [String: String] {
        var found: [String: String] = [:]
        var cursor = environ
        while let entry = cursor.pointee {
            if strncmp(entry, "PERSONALITE_", 12) == 0 {
                let text = String(cString: entry)
                if let equals = text.firstIndex(of: "=") { found[String(text[..<equals])] = String(text[text.index(after: equals)...]) }
            }
            cursor += 1
        }
        return found
    }
}
