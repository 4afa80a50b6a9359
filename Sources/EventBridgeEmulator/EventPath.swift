import Wire

/// A JSON path of a target: `$`, `$.detail.items[0].id`, `$.detail-type`.
struct EventPath: Sendable {
    private let path: DocumentPath

    init?(_ text: String) {
        guard text.hasPrefix("$") else { return nil }
        var steps: [DocumentPath.Step] = []
        var rest = text.dropFirst()
        while let next = rest.popFirst() {
            switch next {
            case ".":
                let name = rest.prefix { $0 != "." && $0 != "[" }
                guard !name.isEmpty, !name.contains("*") else { return nil }
                steps.append(.member(String(name)))
                rest = rest.dropFirst(name.count)
            case "[":
                let digits = rest.prefix { $0 != "]" }
                guard let index = Int(digits), index >= 0, rest.dropFirst(digits.count).first == "]" else { return nil }
                steps.append(.element(index))
                rest = rest.dropFirst(digits.count + 1)
            default: return nil
            }
        }
        path = DocumentPath(steps)
    }

    /// Nil when there is nothing of that path.
    func find(in event: Document) -> Document? { path.find(in: event) }
}

/// What a target gets of an event.
enum TargetInput {
    /// As much as a function takes of an event.
    private static let maximum = 1 << 20

    /// Nil for what is too large: a template may name a value again and again.
    static func payload(_ target: Document, _ event: Document, rule: String) -> [UInt8]? {
        if let text = target["Input"]?.textIfAny { return Array(text.utf8) }
        if let path = target["InputPath"]?.textIfAny { return JSON.write(EventPath(path)?.find(in: event) ?? .null) }
        guard let template = target["InputTransformer"]?["InputTemplate"]?.textIfAny else { return JSON.write(event) }
        var values: [String: Document] = [:]
        for entry in target["InputTransformer"]?["InputPathsMap"]?.entriesIfAny ?? [] {
            values[entry.name] = entry.value.textIfAny.flatMap { EventPath($0)?.find(in: event) }
        }
        values["aws.events.rule-arn"] = .string(rule)
        values["aws.events.rule-name"] = rule.split(separator: "/").last.map { .string(String($0)) }
        values["aws.events.event.ingestion-time"] = event["time"]
        values["aws.events.event.json"] = event
        values["aws.events.event"] = event
        return fill(Array(template.utf8), values)
    }

    /// A value inside of quotes stands there as a text, any other as JSON; what has no value is nothing inside of quotes and null outside.
    private static func fill(_ template: [UInt8], _ values: [String: Document]) -> [UInt8]? {
        var output: [UInt8] = []
        var rest = template[...]
        var isQuoted = false
        while let byte = rest.popFirst() {
            guard output.count <= maximum else { return nil }
            if byte == UInt8(ascii: "\\"), isQuoted {
                output.append(byte)
                if let next = rest.popFirst() { output.append(next) }
                continue
            }
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            let name = rest.prefix { $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "<") && $0 > 0x20 }
            guard byte == UInt8(ascii: "<"), rest.dropFirst(name.count).first == UInt8(ascii: ">"), !name.isEmpty else {
                output.append(byte)
                continue
            }
            rest = rest.dropFirst(name.count + 1)
            let value = values[String(decoding: name, as: UTF8.self)]
            if isQuoted {
                let text = value.map { $0.textIfAny ?? String(decoding: JSON.write($0), as: UTF8.self) } ?? ""
                output += JSON.write(.string(text)).dropFirst().dropLast()
            } else {
                output += JSON.write(value ?? .null)
            }
        }
        return output.count <= maximum ? output : nil
    }
}
