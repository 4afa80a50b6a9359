extension Shape {
    /// A value as it was meant for this shape: numbers and booleans that came as text, texts that came as numbers or booleans, and members whose
    /// names differ in case alone. What fits in no way stays as it is, for the check to refuse; members that the shape does not have stay too.
    package func adapting(_ document: Document) -> Document {
        switch (kind, document) {
        case (.structure(let members), .object(let fields)):
            return .object(
                Document.Fields(
                    fields.entries.map { field in
                        let lowered = field.name.lowercased()
                        let member = members.first { $0.name == field.name } ?? members.first { $0.name.lowercased() == lowered }
                        return member.map { ($0.name, $0.shape.adapting(field.value)) } ?? (field.name, field.value)
                    }
                )
            )
        case (.map(_, let value), .object(let fields)):
            return .object(Document.Fields(fields.entries.map { ($0.name, value.adapting($0.value)) }))
        case (.list(let member), .list(let items)): return .list(items.map { member.adapting($0) })
        case (.string, .boolean(let flag)): return .string(flag ? "true" : "false")
        case (.string, .integer(let number)): return .string(String(number))
        case (.string, .double(let number)):
            return .string(number == number.rounded() && number.magnitude < 1e15 ? String(Int64(number)) : "\(number)")
        // Documents in JSON are written as such in templates.
        case (.string, .object), (.string, .list): return .string(String(decoding: JSON.write(document), as: UTF8.self))
        case (.integer, .string(let text)), (.long, .string(let text)): return Int64(text).map { .integer($0) } ?? document
        case (.double, .string(let text)): return Double(text).flatMap { $0.isFinite ? .double($0) : nil } ?? document
        case (.boolean, .string(let text)):
            return text.lowercased() == "true" ? .boolean(true) : text.lowercased() == "false" ? .boolean(false) : document
        default: return document
        }
    }
}
