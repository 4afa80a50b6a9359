import Glibc

/// The file of profiles that AWS's SDKs and the aws CLI read.
///
/// Source: "Using shared config and credentials files", AWS SDKs and Tools Reference Guide, 2025.
struct ProfileFile {
    let path: String

    init() throws(CommandFault) {
        if let path = PrintEnvironment.variable("AWS_CONFIG_FILE") {
            self.path = path
        } else if let home = PrintEnvironment.variable("HOME") {
            path = home + "/.aws/config"
        } else {
            throw CommandFault("HOME and AWS_CONFIG_FILE are not set, so there is no file for a profile.")
        }
    }

    /// The lines of a profile's section; nil when there is none.
    func section(_ name: String) throws(CommandFault) -> [String]? {
        let titles = name == "default" ? ["[default]", "[profile default]"] : ["[profile \(name)]"]
        var found: [String]?
        var isInside = false
        for line in try read().split(separator: "\n") {
            if line.hasPrefix("[") {
                isInside = titles.contains(Self.trimmed(line))
                if isInside { found = found ?? [] }
            } else if isInside {
                found?.append(String(line))
            }
        }
        return found
    }

    /// - Parameter asks: whether somebody at the terminal is to agree first.
    func append(_ name: String, _ environment: ClientEnvironment, asks: Bool) throws(CommandFault) {
        guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "]") && $0 != UInt8(ascii: "[") }) else {
            throw CommandFault("A profile's name has letters, numbers and signs, but no blanks and no brackets.")
        }
        let before = try read()
        let title = "[profile \(name)]"
        guard !before.split(separator: "\n").contains(where: { Self.trimmed($0) == title }) else {
            throw CommandFault("\(path) has a \(title) already; nothing was changed.")
        }
        let block = Self.block(title, environment)
        if asks { try ask(block) }
        let gap = before.isEmpty ? "" : before.hasSuffix("\n") ? "\n" : "\n\n"
        try append(gap + block)
        Server.say("\(path) has the profile now; try: aws --profile \(name) personalize list-recipes", on: STDERR_FILENO)
    }

    private func read() throws(CommandFault) -> String { try Self.text(path) }

    /// What a file of profiles has; nothing when there is no such file.
    static func text(_ path: String) throws(CommandFault) -> String {
        guard access(path, F_OK) == 0 else { return "" }
        do {
            return String(decoding: try SmallFile.read(path, what: "file of profiles"), as: UTF8.self)
        } catch {
            throw CommandFault(error.description)
        }
    }

    /// Makes the file, readable by its owner only, and its folder when they are not there.
    private func append(_ text: String) throws(CommandFault) {
        if let slash = path.lastIndex(of: "/"), slash > path.startIndex { mkdir(String(path[..<slash]), 0o700) }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CommandFault("\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else { throw CommandFault("\(path): \(String(cString: strerror(errno)))") }
    }

    private static func trimmed(_ line: Substring) -> String {
        String(line.drop { $0 == " " || $0 == "\t" }.prefix { $0 != "]" }) + "]"
    }

    private static func block(_ title: String, _ environment: ClientEnvironment) -> String {
        func value(_ name: String) -> String { environment.variables.first { $0.name == name }?.value ?? "" }
        return """
            \(title)
            region = \(value("AWS_REGION"))
            endpoint_url = \(value("AWS_ENDPOINT_URL"))
            aws_access_key_id = \(value("AWS_ACCESS_KEY_ID"))
            aws_secret_access_key = \(value("AWS_SECRET_ACCESS_KEY"))

            """
    }

    private func ask(_ block: String) throws(CommandFault) {
        guard isatty(STDIN_FILENO) == 1 else { throw CommandFault("Nobody can be asked here; say --yes to write to \(path).") }
        Server.say("\(block)\nAppend this to \(path)? [y/N]", on: STDERR_FILENO)
        guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else { throw CommandFault("Nothing was changed.") }
    }
}
