import ServiceKit
import Wire

/// One line of a batch job's input, and the line that answers it.
struct BatchLine {
    /// As it came; a line that is no JSON object is its text.
    let input: Document
    let fields: Document
    let filterValues: [String: String]?

    struct Fault: Error {
        var reason: String
    }

    init(_ line: [UInt8]) throws(Fault) {
        guard let document = try? JSON.parse(line), case .object = document else { throw Fault(reason: "The line is not a JSON object.") }
        input = document
        fields = document
        switch document["filterValues"] {
        case nil: filterValues = nil
        case .object(let values)?:
            var texts: [String: String] = [:]
            for value in values.entries {
                guard let text = value.value.textIfAny else { throw Fault(reason: "filterValues must be a map of texts.") }
                texts[value.name] = text
            }
            filterValues = texts
        default: throw Fault(reason: "filterValues must be a map of texts.")
        }
    }

    /// - Throws: that the line lacks what the recipe asks for.
    func text(_ name: String) throws(Fault) -> String {
        guard let text = fields[name]?.textIfAny, !text.isEmpty else { throw Fault(reason: "The line has no \(name).") }
        return text
    }

    func texts(_ name: String) throws(Fault) -> [String] {
        guard case .list(let items)? = fields[name], !items.isEmpty else { throw Fault(reason: "The line has no \(name).") }
        let texts = items.compactMap(\.textIfAny)
        guard texts.count == items.count else { throw Fault(reason: "\(name) must be a list of texts.") }
        return texts
    }

    /// `{"input": …, "output": …}`; segments and recipes that score say that there was no error.
    static func answer(_ input: Document, _ output: Document, saysNoError: Bool) -> [UInt8] {
        var fields = Document.Fields([("input", input), ("output", output)])
        if saysNoError { fields.append("error", .null) }
        return JSON.write(.object(fields), numbers: .java) + [UInt8(ascii: "\n")]
    }

    static func failure(_ line: [UInt8], _ reason: String) -> [UInt8] {
        let input = (try? JSON.parse(line)) ?? .string(String(decoding: line, as: UTF8.self))
        return JSON.write(.object(Document.Fields([("input", input), ("output", .null), ("error", .string(reason))]))) + [UInt8(ascii: "\n")]
    }
}
