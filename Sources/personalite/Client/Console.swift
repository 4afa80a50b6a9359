import Glibc

/// What is shown, and how long each step took.
struct Console {
    /// Colours only for eyes, and only for those that want them: https://no-color.org.
    let isTerminal = isatty(STDOUT_FILENO) == 1 && PrintEnvironment.variable("NO_COLOR") == nil

    func line(_ text: String = "") {
        write(text + "\n")
    }

    /// A sentence on standard error, on a line of its own.
    static func complain(_ sentence: String) {
        write("\n\(Printable.text(sentence))\n", to: STDERR_FILENO)
    }

    func write(_ text: String) {
        var shown = Printable.text(text)
        for style in Style.allCases { shown = shown.replacing(style.rawValue, with: isTerminal ? style.sequence : "") }
        Self.write(shown, to: STDOUT_FILENO)
    }

    /// Begins the line of the cursor anew, where there is a terminal.
    func restartLine() {
        if isTerminal { Self.write("\r\u{1B}[K", to: STDOUT_FILENO) }
    }

    /// How a text looks. It is marked by characters of private use, so that every escape sequence in a text can be taken for a stranger's; a
    /// stranger who marks his own text changes its looks and nothing else.
    private enum Style: String, CaseIterable {
        case plain = "\u{10FFF0}"
        case strong = "\u{10FFF1}"
        case faint = "\u{10FFF2}"
        case bad = "\u{10FFF3}"

        var sequence: String {
            switch self {
            case .plain: "\u{1B}[0m"
            case .strong: "\u{1B}[1m"
            case .faint: "\u{1B}[2m"
            case .bad: "\u{1B}[31m"
            }
        }

        func text(_ text: String) -> String { rawValue + text + Style.plain.rawValue }
    }

    /// Past the buffers that a pipe would keep it in.
    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Glibc.write(
                    descriptor,
                    UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[rest.indices]).baseAddress,
                    rest.count
                )
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }

    func strong(_ text: String) -> String { Style.strong.text(text) }

    func bad(_ text: String) -> String { Style.bad.text(text) }

    func faint(_ text: String) -> String { Style.faint.text(text) }

    /// Rows with their cells under each other; numbers to the right.
    func table(_ texts: [[String]], right: Set<Int> = [], indent: String = "  ") {
        let rows = texts.map { $0.map { Printable.text($0, keepsLines: false) } }
        let widths = (0..<(rows.map(\.count).max() ?? 0)).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        for row in rows {
            let cells = row.enumerated().map { column, text in
                let gap = String(repeating: " ", count: widths[column] - text.count)
                return right.contains(column) ? gap + text : column == row.count - 1 ? text : text + gap
            }
            line(indent + cells.joined(separator: "  "))
        }
    }

    /// Shows a step while it works: a line that grows a dot each quarter of a second, then what came of it and the time it took.
    func step<Result>(_ title: String, _ work: (_ waiting: () -> Void) throws -> (result: Result, note: String)) throws -> Result {
        write("  " + title.padded(to: 52, with: "."))
        let start = WallClock.now
        var shown = start
        let outcome = try work {
            if WallClock.now - shown >= 0.25 {
                write(".")
                shown = WallClock.now
            }
        }
        line(" \(outcome.note.isEmpty ? "" : outcome.note + ", ")\((WallClock.now - start).fixed(2)) s")
        return outcome.result
    }
}

extension String {
    /// Filled up with blanks, or cut short with an ellipsis, to as many characters.
    func fitted(to width: Int) -> String {
        count <= width ? padded(to: width, with: " ") : prefix(width - 1) + "…"
    }

    func padded(to width: Int, with filler: Character) -> String {
        guard count < width else { return self }
        let gap = filler == " " ? "" : " "
        return self + gap + String(repeating: filler, count: width - count - gap.count)
    }
}

extension Double {
    /// With as many digits behind the point.
    func fixed(_ digits: Int) -> String {
        var scale = 1
        for _ in 0..<digits { scale *= 10 }
        let units = Int(near: magnitude * Double(scale))
        guard isFinite, units < .max else { return "\(self)" }
        let fraction = String(units % scale)
        let sign = self < 0 && units > 0 ? "-" : ""
        return digits == 0
            ? "\(sign)\(units)" : "\(sign)\(units / scale).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
    }
}
