import ServiceKit
import Wire

/// Metrics in Prometheus's text format 0.0.4, each as a summary with `_sum` and `_count` since the start of the server.
extension CloudWatchService {
    package static let textType = "text/plain; version=0.0.4; charset=utf-8"

    /// Every metric of every account.
    package var text: String {
        collector.collect()
        var families: [String: [String]] = [:]
        for (key, values) in metrics.totals {
            let name = Self.name(key.namespace) + "_" + Self.name(key.name)
            var labels = [("account", key.account), ("region", key.region)]
            labels += key.dimensions.map { (Self.name($0.name), $0.value) }
            let inner = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
            families[name, default: []] += ["\(name)_sum{\(inner)} \(values.sum)", "\(name)_count{\(inner)} \(values.count)"]
        }
        return families.sorted { $0.key < $1.key }.reduce(into: "") { text, family in
            text += "# TYPE \(family.key) summary\n" + family.value.sorted().joined(separator: "\n") + "\n"
        }
    }

    /// `AWS/Kinesis` as `aws_kinesis`, `GetRecords.IteratorAgeMilliseconds` as `get_records_iterator_age_milliseconds`.
    static func name(_ text: String) -> String {
        var (name, wasLower) = ("", false)
        for byte in text.utf8 {
            let character = Character(UnicodeScalar(byte))
            let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            let isPlain = isUpper || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            if isUpper, wasLower { name += "_" }
            if isPlain { name += character.lowercased() } else if !name.hasSuffix("_") { name += "_" }
            wasLower = isPlain && !isUpper
        }
        return name.first.map { $0.isNumber } ?? true ? "_" + name : name
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
    }
}
