import Wire

/// A JSON schema of draft 4, as far as models use it. What it says beyond that is refused when it is read.
final class JSONSchema: Sendable {
    struct Fault: Error, Equatable {
        var reason: String
    }

    private indirect enum Rule: Sendable {
        case types(Set<String>)
        case values([Document])
        case minimum(Double, exclusive: Bool)
        case maximum(Double, exclusive: Bool)
        case multiple(Double)
        case length(least: Int, most: Int)
        case pattern(LinearPattern)
        case items(Rule)
        case tuple([Rule], rest: Rule?)
        case count(least: Int, most: Int)
        case distinct
        case members(properties: [String: Rule], patterns: [(LinearPattern, Rule)], rest: Rule?)
        case required([String])
        case memberCount(least: Int, most: Int)
        case depends(String, Rule)
        case all([Rule])
        case any([Rule])
        case one([Rule])
        case not(Rule)
        case reference(String)
        case nothing
    }

    private static let ignored: Set<String> = ["$schema", "id", "title", "description", "default", "definitions", "format", "example", "examples"]
    /// Of what stands inside of what, in a schema and while a body is looked at.
    private static let maximumDepth = 50
    /// Of rules that are tried on one body.
    private static let maximumSteps = 4_000_000

    private let root: Rule
    private let definitions: [String: Rule]

    /// - Throws: what the schema says wrongly, or what of it is not carried out.
    init(_ document: Document) throws(Fault) {
        var definitions: [String: Rule] = [:]
        for field in document["definitions"]?.entriesIfAny ?? [] {
            definitions["#/definitions/\(field.name)"] = try Self.read(field.value, 0)
        }
        let root = try Self.read(document, 0)
        definitions["#"] = root
        self.root = root
        self.definitions = definitions
        for rule in definitions.values { try Self.checkReferences(rule, definitions) }
    }

    private static func checkReferences(_ rule: Rule, _ known: [String: Rule]) throws(Fault) {
        switch rule {
        case .reference(let name): if known[name] == nil { throw Fault(reason: "the $ref \(name) is not carried out") }
        case .items(let inner), .not(let inner), .depends(_, let inner): try checkReferences(inner, known)
        case .tuple(let rules, let rest):
            for rule in rules { try checkReferences(rule, known) }
            if let rest { try checkReferences(rest, known) }
        case .members(let properties, let patterns, let rest):
            for rule in properties.values { try checkReferences(rule, known) }
            for (_, rule) in patterns { try checkReferences(rule, known) }
            if let rest { try checkReferences(rest, known) }
        case .all(let rules), .any(let rules), .one(let rules): for rule in rules { try checkReferences(rule, known) }
        default: break
        }
    }

    // MARK: Reading

    private static func read(_ document: Document, _ depth: Int) throws(Fault) -> Rule {
        guard depth < maximumDepth else { throw Fault(reason: "it is nested too deeply") }
        if case .boolean = document { throw Fault(reason: "a schema is an object") }
        guard case .object(let fields) = document else { throw Fault(reason: "a schema is an object") }
        if let reference = document["$ref"] {
            guard let text = reference.textIfAny else { throw Fault(reason: "$ref is no text") }
            return .reference(text)
        }
        var rules: [Rule] = []
        for field in fields.entries where !ignored.contains(field.name) {
            if let rule = try read(field.name, field.value, document, depth) { rules.append(rule) }
        }
        return .all(rules)
    }

    private static func read(_ name: String, _ value: Document, _ schema: Document, _ depth: Int) throws(Fault) -> Rule? {
        func number() throws(Fault) -> Double {
            guard let number = value.numberIfAny else { throw Fault(reason: "\(name) is no number") }
            return number
        }
        func count() throws(Fault) -> Int {
            guard case .integer(let number) = value, number >= 0 else { throw Fault(reason: "\(name) is no count") }
            return Int(clamping: number)
        }
        func schemas() throws(Fault) -> [Rule] {
            guard case .list(let items) = value, !items.isEmpty else { throw Fault(reason: "\(name) is no list of schemas") }
            var rules: [Rule] = []
            for item in items { rules.append(try read(item, depth + 1)) }
            return rules
        }
        switch name {
        case "type":
            let names = value.textIfAny.map { [$0] } ?? value.listIfAny.compactMap(\.textIfAny)
            let known: Set<String> = ["object", "array", "string", "number", "integer", "boolean", "null"]
            guard !names.isEmpty, known.isSuperset(of: names) else { throw Fault(reason: "type is none that there is") }
            return .types(Set(names))
        case "enum": return .values(value.listIfAny)
        case "minimum": return .minimum(try number(), exclusive: schema["exclusiveMinimum"] == .boolean(true))
        case "maximum": return .maximum(try number(), exclusive: schema["exclusiveMaximum"] == .boolean(true))
        case "exclusiveMinimum", "exclusiveMaximum":
            guard case .boolean = value else { throw Fault(reason: "\(name) is no boolean") }
            return nil
        case "multipleOf":
            guard try number() > 0 else { throw Fault(reason: "multipleOf is not above 0") }
            return .multiple(try number())
        case "minLength": return .length(least: try count(), most: .max)
        case "maxLength": return .length(least: 0, most: try count())
        case "pattern": return .pattern(try pattern(value.textIfAny ?? ""))
        case "items":
            guard case .list = value else { return .items(try read(value, depth + 1)) }
            let more = schema["additionalItems"]
            let rest: Rule? = more == .boolean(false) ? .nothing : more == nil || more == .boolean(true) ? nil : try read(more ?? .null, depth + 1)
            return .tuple(try schemas(), rest: rest)
        case "additionalItems": return nil
        case "minItems": return .count(least: try count(), most: .max)
        case "maxItems": return .count(least: 0, most: try count())
        case "uniqueItems": return value == .boolean(true) ? .distinct : nil
        case "properties", "patternProperties", "additionalProperties":
            // One rule for the three, made where the first of them stands.
            let first = ["properties", "patternProperties", "additionalProperties"].first { schema[$0] != nil }
            return first == name ? try members(schema, depth) : nil
        case "required":
            guard case .list(let items) = value else { throw Fault(reason: "required is no list") }
            return .required(items.compactMap(\.textIfAny))
        case "minProperties": return .memberCount(least: try count(), most: .max)
        case "maxProperties": return .memberCount(least: 0, most: try count())
        case "dependencies":
            var rules: [Rule] = []
            for field in value.entriesIfAny {
                if case .list(let items) = field.value {
                    rules.append(.depends(field.name, .required(items.compactMap(\.textIfAny))))
                } else {
                    rules.append(.depends(field.name, try read(field.value, depth + 1)))
                }
            }
            return .all(rules)
        case "allOf": return .all(try schemas())
        case "anyOf": return .any(try schemas())
        case "oneOf": return .one(try schemas())
        case "not": return .not(try read(value, depth + 1))
        default: throw Fault(reason: "the keyword \(name) is not carried out")
        }
    }

    private static func pattern(_ text: String) throws(Fault) -> LinearPattern {
        do throws(LinearPattern.Fault) {
            return try LinearPattern(text)
        } catch {
            throw Fault(reason: "the pattern \(text) is not carried out: \(error.reason)")
        }
    }

    private static func members(_ schema: Document, _ depth: Int) throws(Fault) -> Rule {
        var properties: [String: Rule] = [:]
        for field in schema["properties"]?.entriesIfAny ?? [] { properties[field.name] = try read(field.value, depth + 1) }
        var patterns: [(LinearPattern, Rule)] = []
        for field in schema["patternProperties"]?.entriesIfAny ?? [] {
            patterns.append((try pattern(field.name), try read(field.value, depth + 1)))
        }
        let more = schema["additionalProperties"]
        let rest: Rule? = more == .boolean(false) ? .nothing : more == nil || more == .boolean(true) ? nil : try read(more ?? .null, depth + 1)
        return .members(properties: properties, patterns: patterns, rest: rest)
    }

    // MARK: Checking

    /// Whether a body is what the schema says. One that takes too long to look at is not.
    func accepts(_ document: Document) -> Bool {
        var steps = 0
        return holds(root, document, &steps, 0) && steps < Self.maximumSteps
    }

    private func holds(_ rule: Rule, _ value: Document, _ steps: inout Int, _ depth: Int) -> Bool {
        steps += 1
        guard steps < Self.maximumSteps, depth < 300 else { return false }
        switch rule {
        case .types(let names): return !names.isDisjoint(with: Self.types(value))
        case .values(let values):
            steps += values.count
            return values.contains { $0 == value || ($0.numberIfAny != nil && $0.numberIfAny == value.numberIfAny) }
        case .minimum(let bound, let exclusive): return value.numberIfAny.map { exclusive ? $0 > bound : $0 >= bound } ?? true
        case .maximum(let bound, let exclusive): return value.numberIfAny.map { exclusive ? $0 < bound : $0 <= bound } ?? true
        case .multiple(let of):
            guard let number = value.numberIfAny else { return true }
            return (number / of).rounded() * of == number
        case .length(let least, let most): return value.textIfAny.map { (least...most).contains($0.unicodeScalars.count) } ?? true
        case .pattern(let pattern):
            guard let text = value.textIfAny else { return true }
            return matches(pattern, text, &steps)
        case .nothing: return false
        case .reference(let name): return definitions[name].map { holds($0, value, &steps, depth + 1) } ?? false
        case .all(let rules): return rules.allSatisfy { holds($0, value, &steps, depth + 1) }
        case .any(let rules): return rules.contains { holds($0, value, &steps, depth + 1) }
        case .one(let rules): return rules.count { holds($0, value, &steps, depth + 1) } == 1
        case .not(let inner): return !holds(inner, value, &steps, depth + 1)
        default: return holdsInside(rule, value, &steps, depth)
        }
    }

    /// What a pattern costs is counted before it is tried; what takes too long does not match, and then nothing holds any more.
    private func matches(_ pattern: LinearPattern, _ text: String, _ steps: inout Int) -> Bool {
        steps += min((text.utf8.count + 1) &* pattern.cost, Self.maximumSteps)
        return steps < Self.maximumSteps && pattern.matchesPart(text)
    }

    private func holdsInside(_ rule: Rule, _ value: Document, _ steps: inout Int, _ depth: Int) -> Bool {
        if case .list(let items) = value {
            switch rule {
            case .items(let inner): return items.allSatisfy { holds(inner, $0, &steps, depth + 1) }
            case .tuple(let rules, let rest):
                return items.enumerated().allSatisfy { index, item in
                    guard let rule = index < rules.count ? rules[index] : rest else { return true }
                    return holds(rule, item, &steps, depth + 1)
                }
            case .count(let least, let most): return (least...most).contains(items.count)
            case .distinct:
                let texts = items.map { JSON.text($0) }
                steps += texts.reduce(0) { $0 + $1.utf8.count / 4 + 1 }
                return Set(texts).count == items.count
            default: return true
            }
        }
        guard case .object(let fields) = value else { return true }
        switch rule {
        case .required(let names): return names.allSatisfy { fields[$0] != nil }
        case .memberCount(let least, let most): return (least...most).contains(fields.entries.count)
        case .depends(let name, let inner): return fields[name] == nil || holds(inner, value, &steps, depth + 1)
        case .members(let properties, let patterns, let rest):
            return fields.entries.allSatisfy { field in
                var isKnown = false
                if let inner = properties[field.name] {
                    isKnown = true
                    guard holds(inner, field.value, &steps, depth + 1) else { return false }
                }
                for (pattern, inner) in patterns where matches(pattern, field.name, &steps) {
                    isKnown = true
                    guard holds(inner, field.value, &steps, depth + 1) else { return false }
                }
                guard !isKnown, let rest else { return true }
                return holds(rest, field.value, &steps, depth + 1)
            }
        default: return true
        }
    }

    private static func types(_ value: Document) -> Set<String> {
        switch value {
        case .null: ["null"]
        case .boolean: ["boolean"]
        case .integer: ["integer", "number"]
        case .double(let number): number == number.rounded() ? ["integer", "number"] : ["number"]
        case .list: ["array"]
        case .object: ["object"]
        default: ["string"]
        }
    }
}
