/// Finds an option's value (the flag, else the environment, else nothing) and says in a sentence what is wrong with it, and where it came from.
struct OptionReader {
    let environment: [String: String]

    /// - Parameters:
    ///   - flag: what the command line said.
    ///   - name: the long name without its dashes; the variable's name is made of it.
    ///   - expected: completes "expected …".
    func value<Value>(_ flag: String?, _ name: String, expected: String, _ parse: (String) -> Value?) throws(OptionFault) -> Value? {
        let variable = Self.variable(name)
        let found = flag.map { (source: "--\(name)", text: $0) } ?? environment[variable].map { (source: variable, text: $0) }
        guard let (source, text) = found else { return nil }
        guard let value = parse(text) else { throw OptionFault("\(source) is \"\(text)\": expected \(expected).") }
        return value
    }

    func text(_ flag: String?, _ name: String) throws(OptionFault) -> String? {
        try value(flag, name, expected: "a value") { $0.isEmpty ? nil : $0 }
    }

    func choice<Choice: RawRepresentable & CaseIterable>(_ flag: String?, _ name: String, _: Choice.Type) throws(OptionFault) -> Choice?
    where Choice.RawValue == String {
        let names = Choice.allCases.map(\.rawValue)
        let expected = names.count == 2 ? names.joined(separator: " or ") : "one of " + names.joined(separator: ", ")
        return try value(flag, name, expected: expected, Choice.init(rawValue:))
    }

    func integer(_ flag: String?, _ name: String, _ range: ClosedRange<Int>) throws(OptionFault) -> Int? {
        let limit = range.upperBound == .max ? "from \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
        return try value(flag, name, expected: "a whole number \(limit)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func seconds(_ flag: String?, _ name: String) throws(OptionFault) -> Double? {
        try value(flag, name, expected: "a number of seconds, such as 0 or 2.5") { text in
            Double(text).flatMap { (0...1e9).contains($0) ? $0 : nil }
        }
    }

    func bytes(_ flag: String?, _ name: String) throws(OptionFault) -> Int? {
        try value(flag, name, expected: "a number of bytes, such as 1048576, 64KiB, 10MiB or 2GiB") { text in
            let digits = text.prefix { $0.isASCII && $0.isNumber }
            let units = ["": 0, "B": 0, "KiB": 10, "K": 10, "MiB": 20, "M": 20, "GiB": 30, "G": 30]
            guard let count = Int(digits), count > 0, let shift = units[String(text.dropFirst(digits.count))], count < 1 << 30 || shift == 0 else {
                return nil
            }
            return count << shift
        }
    }

    func isOn(_ flag: Bool?, _ name: String) throws(OptionFault) -> Bool {
        if let flag { return flag }
        let found: Bool? = try value(nil, name, expected: "1, true, yes or on, or 0, false, no or off") { text in
            switch text.lowercased() {
            case "1", "true", "yes", "on": true
            case "0", "false", "no", "off", "": false
            default: nil
            }
        }
        return found ?? false
    }

    /// `job-delay` is `PERSONALITE_JOB_DELAY`.
    static func variable(_ name: String) -> String {
        "PERSONALITE_" + name.uppercased().replacing("-", with: "_")
    }
}
