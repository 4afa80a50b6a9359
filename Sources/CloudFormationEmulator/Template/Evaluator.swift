import ServiceKit
import Wire

/// Where a stack is.
struct StackPlace: Sendable {
    var account: String
    var region: String
    var id: String
    var name: String
    var notifications: [String] = []
}

/// Carries out the intrinsic functions of a template's values.
struct Evaluator {
    let template: Template
    let parameters: ParameterValues
    let place: StackPlace
    /// By name; what is not in here yet is evaluated by `conditions(…)`.
    private(set) var conditions: [String: Bool] = [:]
    /// What `Ref` gives of a resource; nil when it has none yet.
    var reference: (String) -> Document? = { _ in nil }
    /// What `Fn::GetAtt` gives; nil when the resource has no such attribute.
    var attribute: (String, String) -> Document? = { _, _ in nil }
    /// The value of an export; nil when nobody exports it.
    var exported: (String) throws(ServiceError) -> String? = { _ in nil }
    /// What stands for resources that are not there yet, so that a change set can be made; nil refuses them.
    var placeholder: Document?
    /// What is evaluated, for the refusal of names that are not there.
    var section = "Resources"
    private let budget = Budget()

    /// How many bytes all functions of a template may give together: a short template could otherwise ask for any amount of memory.
    private final class Budget {
        var left = 16 << 20
    }

    init(_ template: Template, _ parameters: ParameterValues, _ place: StackPlace) throws(ServiceError) {
        self.template = template
        self.parameters = parameters
        self.place = place
        try evaluateConditions()
    }

    // MARK: Conditions

    /// Each condition after those that it names. A chain of them may be as long as the template, so this is no recursion.
    private mutating func evaluateConditions() throws(ServiceError) {
        let all = Dictionary(template.conditions.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        var open: Set<String> = []
        for condition in template.conditions {
            var path = [condition.name]
            while let name = path.last {
                guard conditions[name] == nil else {
                    path.removeLast()
                    continue
                }
                guard let value = all[name] else {
                    throw .format("Unresolved condition dependency \(name) in the Conditions block of the template")
                }
                let unknown = Set(Self.conditionNames(value)).filter { conditions[$0] == nil }
                if unknown.isEmpty {
                    conditions[name] = try isTrue(value)
                    open.remove(name)
                } else {
                    guard open.insert(name).inserted else {
                        throw .format("Circular dependency between conditions: [\(open.sorted().joined(separator: ", "))]")
                    }
                    path += unknown
                }
            }
        }
    }

    private static func conditionNames(_ value: Document) -> [String] {
        switch value {
        case .list(let items): return items.flatMap { conditionNames($0) }
        case .object(let fields):
            if fields.entries.count == 1, let name = fields["Condition"]?.textIfAny { return [name] }
            return fields.entries.flatMap { conditionNames($0.value) }
        default: return []
        }
    }

    /// Whether what has a condition is there.
    func isThere(_ condition: String?) -> Bool { condition.map { conditions[$0] ?? false } ?? true }

    /// A value that says yes or no.
    func isTrue(_ value: Document) throws(ServiceError) -> Bool {
        if let flag = value.scalarText { return flag.lowercased() == "true" }
        guard let field = value.entriesIfAny.first, value.entriesIfAny.count == 1 else { throw .template("every condition must be a function.") }
        let items = field.value.listIfAny
        switch field.name {
        case "Condition":
            let name = field.value.textIfAny ?? ""
            guard let known = conditions[name] else {
                throw .format("Unresolved condition dependency \(name) in the Conditions block of the template")
            }
            return known
        case "Fn::Equals":
            guard items.count == 2 else { throw .template("every Fn::Equals object requires a list of 2 string parameters.") }
            return try comparable(items[0]) == comparable(items[1])
        case "Fn::Not":
            guard items.count == 1 else { throw .template("every Fn::Not object requires a list of 1 boolean parameter.") }
            return try !isTrue(items[0])
        case "Fn::And", "Fn::Or":
            guard (2...10).contains(items.count) else {
                throw .template("every \(field.name) object requires a list of at least 2 and at most 10 boolean parameters.")
            }
            let isAnd = field.name == "Fn::And"
            for item in items {
                guard try isTrue(item) == isAnd else { return !isAnd }
            }
            return isAnd
        case "Fn::Contains":
            guard items.count == 2 else { throw .template("every Fn::Contains object requires a list of 2 parameters.") }
            let list = try self.value(items[0])?.listIfAny.compactMap(\.scalarText) ?? []
            return list.contains(try text(items[1], in: "Fn::Contains"))
        case "Fn::EachMemberIn", "Fn::EachMemberEquals":
            guard items.count == 2 else { throw .template("every \(field.name) object requires a list of 2 parameters.") }
            let members = try self.value(items[0])?.listIfAny.compactMap(\.scalarText) ?? []
            let other = try self.value(items[1])
            let allowed = other?.listIfAny.compactMap(\.scalarText) ?? []
            return members.allSatisfy { field.name == "Fn::EachMemberIn" ? allowed.contains($0) : $0 == other?.scalarText }
        default: throw .template("\(field.name) is no condition.")
        }
    }

    private func comparable(_ item: Document) throws(ServiceError) -> String {
        guard let text = try value(item)?.scalarText else {
            throw .template("every Fn::Equals object requires a list of 2 string parameters.")
        }
        return text
    }

    /// - Throws: the description of the first assertion of the template's rules that does not hold.
    func checkRules() throws(ServiceError) {
        for rule in template.rules {
            if let condition = rule.value["RuleCondition"], try !isTrue(condition) { continue }
            for assertion in rule.value["Assertions"]?.listIfAny ?? [] {
                guard let assert = assertion["Assert"], try !isTrue(assert) else { continue }
                throw .invalid("Template validation error: \(assertion["AssertDescription"]?.scalarText ?? "the rule \(rule.name) does not hold")")
            }
        }
    }

    // MARK: Values

    /// A value with all its functions carried out; nil where it is `AWS::NoValue`.
    func value(_ document: Document) throws(ServiceError) -> Document? {
        switch document {
        case .object(let fields):
            if fields.entries.count == 1, let field = fields.entries.first, field.name == "Ref" || field.name.hasPrefix("Fn::") {
                let output = try function(field.name, field.value)
                try charge(output)
                return output
            }
            var output: [(String, Document)] = []
            for field in fields.entries { if let value = try value(field.value) { output.append((field.name, value)) } }
            return .object(Document.Fields(output))
        case .list(let items):
            var output: [Document] = []
            for item in items { if let value = try value(item) { output.append(value) } }
            return .list(output)
        case .string(let text):
            try checkReference(text)
            return document
        default: return document
        }
    }

    /// CloudFormation would put something else in its place, wherever it comes from.
    private func checkReference(_ text: String) throws(ServiceError) {
        guard text.contains("{{resolve:") else { return }
        throw .template("dynamic references are not carried out by personalite: \(text.prefix(200))")
    }

    private func charge(_ output: Document?) throws(ServiceError) {
        switch output {
        case .string(let text)?:
            budget.left -= text.utf8.count
            try checkReference(text)
        case .list(let items)?:
            for item in items {
                budget.left -= 1 + (item.textIfAny?.utf8.count ?? 0)
                try checkReference(item.textIfAny ?? "")
            }
        default: return
        }
        guard budget.left >= 0 else { throw .template("the values of the template are too long") }
    }

    func text(_ document: Document, in function: String) throws(ServiceError) -> String {
        guard let text = try value(document)?.scalarText else { throw .template("every \(function) object must have text where it is meant.") }
        return text
    }

    /// What `Ref` gives of anything; nil for no value.
    func reference(to name: String) throws(ServiceError) -> Document? {
        switch name {
        case "AWS::AccountId": return .string(place.account)
        case "AWS::Region": return .string(place.region)
        case "AWS::Partition": return .string(ARN.partition(of: place.region))
        case "AWS::URLSuffix": return .string(place.region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com")
        case "AWS::StackId": return .string(place.id)
        case "AWS::StackName": return .string(place.name)
        case "AWS::NotificationARNs": return .list(place.notifications.map { .string($0) })
        case "AWS::NoValue": return nil
        default: break
        }
        if let value = parameters[name] { return value }
        if template.resource(name).map({ isThere($0.condition) }) == true, let value = reference(name) ?? placeholder { return value }
        throw unresolved(name)
    }

    /// A name that is not there, or whose condition does not hold.
    private func unresolved(_ name: String) -> ServiceError {
        .format("Unresolved resource dependencies [\(name)] in the \(section) block of the template")
    }

    func attributeValue(_ name: String, _ attribute: String) throws(ServiceError) -> Document {
        guard let resource = template.resource(name), isThere(resource.condition) else { throw unresolved(name) }
        try ResourceTypes.check(attribute, of: resource)
        if let value = self.attribute(name, attribute) ?? placeholder { return value }
        guard reference(name) == nil else { throw .template("the attribute \(attribute) of \(name) has no value") }
        throw unresolved(name)
    }
}
