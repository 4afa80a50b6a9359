import ServiceKit

/// One option of `serve`: its flag, its environment variable, what it may be, its default, and what it is for, all in one place.
///
/// The list is in `ServeOption+All.swift`. The command line, the help and `docs/options.md` are made from it.
struct ServeOption: Sendable {
    /// The long name without its dashes; the variable's name is made of it.
    let name: String
    /// How the help calls the value; nil for a switch, which `--no-NAME` turns off.
    let placeholder: String?
    let help: String
    /// The default, in words; nil when there is none. A start does not ask for it.
    var byDefault: String? { describeDefault() }
    private let describeDefault: @Sendable () -> String?
    /// Completes "expected …". Made when something else was given.
    let expected: @Sendable () -> String
    /// Whether several flags make one value, with commas between them.
    var isRepeatable = false
    /// Whether there is a flag, and not the variable alone.
    var hasFlag = true
    /// An earlier name that still works, and that the help does not show.
    var formerName: String?
    /// Sets the option; false when the text is not what it can be.
    let set: @Sendable (_ text: String, _ options: inout ServeOptions) throws(OptionFault) -> Bool

    /// Made when it is used: making a key path looks its types up, and a start sets few options.
    typealias Target<Value> = @Sendable () -> any WritableKeyPath<ServeOptions, Value> & Sendable

    /// - Parameters:
    ///   - shown: the default in words, made of the value that `ServeOptions` begins with.
    ///   - parse: nil when the text is not what it can be.
    init<Value>(
        _ name: String,
        value placeholder: String?,
        _ target: @autoclosure @escaping Target<Value>,
        _ help: String,
        expected: @autoclosure @escaping @Sendable () -> String,
        shown: @escaping @Sendable (Value) -> String?,
        parse: @escaping @Sendable (String) throws(OptionFault) -> Value?
    ) {
        self.name = name
        self.placeholder = placeholder
        self.help = help
        self.expected = expected
        describeDefault = { shown(ServeOptions()[keyPath: target()]) }
        set = { (text, options) throws(OptionFault) in
            guard let value = try parse(text) else { return false }
            options[keyPath: target()] = value
            return true
        }
    }

    /// What there was once, and what does its work today.
    static let withdrawn = [
        "reference-app": """
        the post's application is a stack today, with functions and a REST API of its own. personalite demo --stay deploys it and goes on; \
        testdata/post/README.md says how to deploy it into a server by hand.
        """
    ]

    /// `job-delay` is `PERSONALITE_JOB_DELAY`.
    var variable: String { Self.variable(name) }

    static func variable(_ name: String) -> String {
        "PERSONALITE_" + String(decoding: name.utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : Characters.upper($0) }, as: UTF8.self)
    }

    /// Tries a value, and says in a sentence what is wrong with it and where it came from.
    func apply(_ text: String, from source: String, to options: inout ServeOptions) throws(OptionFault) {
        guard try set(text, &options) else { throw OptionFault("\(source) is \"\(text)\": expected \(expected()).") }
    }

    func with(_ change: (inout ServeOption) -> Void) -> ServeOption {
        var option = self
        change(&option)
        return option
    }
}

// MARK: - What a value may be

extension ServeOption {
    static func text(_ name: String, value placeholder: String, _ target: @autoclosure @escaping Target<String>, _ help: String) -> ServeOption {
        ServeOption(name, value: placeholder, target(), help, expected: "a value", shown: { $0 }) { $0.isEmpty ? nil : $0 }
    }

    static func text(_ name: String, value placeholder: String, _ target: @autoclosure @escaping Target<String?>, _ help: String) -> ServeOption {
        ServeOption(name, value: placeholder, target(), help, expected: "a value", shown: { $0 }) { $0.isEmpty ? nil : .some($0) }
    }

    static func choice<Choice: RawRepresentable & CaseIterable & Sendable>(
        _ name: String,
        value placeholder: String,
        _ target: @autoclosure @escaping Target<Choice>,
        _ help: String
    ) -> ServeOption where Choice.RawValue == String {
        ServeOption(name, value: placeholder, target(), help, expected: words(Choice.allCases.map(\.rawValue)), shown: { $0.rawValue }) {
            Choice(rawValue: $0)
        }
    }

    static func integer(_ name: String, in range: ClosedRange<Int>, _ target: @autoclosure @escaping Target<Int>, _ help: String) -> ServeOption {
        ServeOption(name, value: "n", target(), help, expected: words(range), shown: { "\($0)" }) { integer($0, range) }
    }

    static func integer(_ name: String, in range: ClosedRange<Int>, _ target: @autoclosure @escaping Target<Int?>, _ help: String) -> ServeOption {
        ServeOption(name, value: "n", target(), help, expected: words(range), shown: { $0.map { "\($0)" } }) { text in
            integer(text, range).map { Optional($0) }
        }
    }

    private static func integer(_ text: String, _ range: ClosedRange<Int>) -> Int? {
        Int(text).flatMap { range.contains($0) ? $0 : nil }
    }

    private static func words(_ names: [String]) -> String {
        names.count == 2 ? names.joined(separator: " or ") : "one of " + names.joined(separator: ", ")
    }

    private static func words(_ range: ClosedRange<Int>) -> String {
        "a whole number " + (range.upperBound == .max ? "from \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)")
    }

    static func seconds(_ name: String, _ target: @autoclosure @escaping Target<Double>, _ help: String) -> ServeOption {
        ServeOption(name, value: "seconds", target(), help, expected: "a number of seconds, such as 0 or 2.5", shown: decimal) { text in
            Double(text).flatMap { (0...1e9).contains($0) ? $0 : nil }
        }
    }

    /// `300` rather than `300.0`.
    @Sendable static func decimal(_ value: Double) -> String {
        Int(exactly: value).map { "\($0)" } ?? "\(value)"
    }

    static func bytes(_ name: String, _ target: @autoclosure @escaping Target<Int?>, _ help: String) -> ServeOption {
        let expected = "a number of bytes, such as 1048576, 64KiB, 10MiB or 2GiB"
        return ServeOption(name, value: "bytes", target(), help, expected: expected, shown: { $0.map { "\($0)" } }) { text in
            let digits = text.prefix { $0.isASCII && $0.isNumber }
            let units = ["": 0, "B": 0, "KiB": 10, "K": 10, "MiB": 20, "M": 20, "GiB": 30, "G": 30]
            guard let count = Int(digits), count > 0, let shift = units[String(text.dropFirst(digits.count))], count < 1 << 30 || shift == 0 else {
                return nil
            }
            return .some(count << shift)
        }
    }

    static func toggle(_ name: String, _ target: @autoclosure @escaping Target<Bool>, _ help: String) -> ServeOption {
        ServeOption(name, value: nil, target(), help, expected: "1, true, yes or on, or 0, false, no or off", shown: { $0 ? "on" : nil }) { text in
            switch text.lowercased() {
            case "1", "true", "yes", "on": true
            case "0", "false", "no", "off", "": false
            default: nil
            }
        }
    }
}
