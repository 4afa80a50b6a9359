import ServiceKit
import Wire

/// Metrics in Prometheus's text format 0.0.4, each as a summary with `_sum` and `_count` since the start of the server.
extension CloudWatchService {
    package static let textType = "text/plain; version=0.0.4; charset=utf-8"

    /// Every metric of every account.
    package var text: String {
        collector.collect()
        return Self.text(metrics.totals)
    }

    /// Names that differ here may be one name to Prometheus, and of one series it takes one value.
    static func text(_ totals: [(key: MetricKey, values: MetricValues)]) -> String {
        var families: [String: [String: MetricValues]] = [:]
        for (key, values) in totals {
            let name = Self.name(key.namespace) + "_" + Self.name(key.name)
            let inner = labels(key).map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",")
            var sum = families[name]?[inner] ?? MetricValues(count: 0, sum: 0, minimum: values.minimum, maximum: values.maximum)
            sum.add(values)
            families[name, default: [:]][inner] = sum
        }
        return families.sorted { $0.key < $1.key }.reduce(into: "") { text, family in
            text += "# TYPE \(family.key) summary\n"
            for (inner, values) in family.value.sorted(by: { $0.key < $1.key }) {
                text += "\(family.key)_count{\(inner)} \(values.count)\n\(family.key)_sum{\(inner)} \(values.sum)\n"
            }
        }
    }

    /// Each name once: the second of one name is `name_2`.
    private static func labels(_ key: MetricKey) -> [(name: String, value: String)] {
        var labels = [(name: "account", value: key.account), (name: "region", value: key.region)]
        var taken: Set<String> = ["account", "region"]
        for dimension in key.dimensions {
            let name = name(dimension.name)
            var (unique, number) = (name, 1)
            while !taken.insert(unique).inserted {
                number += 1
                unique = "\(name)_\(number)"
            }
            labels.append((name: unique, value: dimension.value))
        }
        return labels
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
        // Scalars, since a quote with a mark upon it, or a line end of two, is another character than the one that has to be escaped.
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}
