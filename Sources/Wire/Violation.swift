/// One broken constraint, in the sentence that AWS's services print.
package struct Violation: Sendable, Equatable {
    /// As Java prints the value: quoted text, or `null`.
    package var value: String
    package var path: String
    package var rule: String

    package init(value: String, path: String, rule: String) {
        self.value = value
        self.path = path
        self.rule = rule
    }

    /// `2 validation errors detected: Value … at '…' failed to satisfy constraint: …; Value …`
    package static func message(_ violations: [Violation]) -> String {
        let clauses = violations.map { "Value \($0.value) at '\($0.path)' failed to satisfy constraint: \($0.rule)" }
        return "\(violations.count) validation error\(violations.count == 1 ? "" : "s") detected: \(clauses.joined(separator: "; "))"
    }
}

extension Violation {
    /// A value as Java's `toString` shows it in a clause.
    /// - Parameter package: where the service's classes are.
    static func render(_ document: Document, _ shape: Shape? = nil, package: String) -> String {
        "'\(bare(document, shape, package))'"
    }

    private static func bare(_ document: Document, _ shape: Shape?, _ package: String) -> String {
        switch document {
        case .null: return "null"
        case .boolean(let value): return String(value)
        case .integer(let value): return String(value)
        case .double(let value): return JavaNumber.text(value)
        case .timestamp(let value): return String(value.milliseconds)
        case .string(let text):
            guard let shape, case .blob = shape.kind else { return text }
            let count = (try? Base64.decode(text).count) ?? 0
            return bare(.bytes([UInt8](repeating: 0, count: count)), nil, package)
        case .bytes(let bytes): return "java.nio.HeapByteBuffer[pos=0 lim=\(bytes.count) cap=\(bytes.count)]"
        case .list(let items): return "[\(items.map { bare($0, shape, package) }.joined(separator: ", "))]"
        case .object(let fields):
            if let shape, case .structure = shape.kind { return "\(package).\(shape.name)@c965e310" }
            return "{\(fields.entries.map { "\($0.name)=\(bare($0.value, nil, package))" }.joined(separator: ", "))}"
        }
    }

    /// Whole numbers are printed without a fraction.
    static func render(bound: Double) -> String {
        bound == bound.rounded() && bound.magnitude < 1e15 ? String(Int64(bound)) : String(bound)
    }

    /// The lengths of a text inside a list, which AWS prints for the list as a whole; nil when the member has a pattern or
    /// an enumeration, or is no text, and is reported one by one.
    static func rules(inList member: Shape) -> String? {
        guard member.pattern == nil else { return nil }
        return rules(inMap: member)
    }

    /// The lengths of a map's key or value, longest first as AWS prints them, and its pattern.
    static func rules(inMap member: Shape) -> String? {
        guard case .string = member.kind, member.values.isEmpty, member.minimum != nil || member.maximum != nil || member.pattern != nil else {
            return nil
        }
        var rules: [String] = []
        if let maximum = member.maximum { rules.append("Member must have length less than or equal to \(Int(maximum))") }
        if let minimum = member.minimum { rules.append("Member must have length greater than or equal to \(Int(minimum))") }
        if let pattern = member.pattern { rules.append("Member must satisfy regular expression pattern: \(pattern.text)") }
        return rules.joined(separator: ", ")
    }

    /// The rules of a map's key, which may be an enumeration as well.
    static func rules(ofKey key: Shape) -> String? {
        key.values.isEmpty ? rules(inMap: key) : "Member must satisfy enum value set: [\(key.values.joined(separator: ", "))]"
    }

    /// Whether a text keeps the rules printed by the functions above.
    static func obeys(_ text: String, _ shape: Shape) -> Bool {
        let count = Double(text.utf16.count)
        if let minimum = shape.minimum, count < minimum { return false }
        if let maximum = shape.maximum, count > maximum { return false }
        if !shape.values.isEmpty, !shape.values.contains(text) { return false }
        return shape.pattern.map { $0.matches(text) } ?? true
    }
}
