import ServiceKit
import Wire

/// A parameter as a template declares it.
struct ParameterDeclaration: Sendable {
    let name: String
    let type: String
    let fallback: String?
    let isSecret: Bool
    let description: String?
    let constraint: String?
    let allowed: [String]?
    let pattern: String?
    private let bounds: Document

    private static let prefixes = ["AWS::", "List<AWS::", "List<String>", "List<Number>"]

    init(_ field: Document.Fields.Field) throws(ServiceError) {
        try Template.checkName(field.name, "Parameter")
        guard case .object = field.value else { throw .format("Any Parameters member must be an object.") }
        guard let type = field.value["Type"]?.textIfAny else { throw .format("Every Parameters object must contain a Type member.") }
        guard ["String", "Number", "CommaDelimitedList"].contains(type) || Self.prefixes.contains(where: { type.hasPrefix($0) }) else {
            throw .format("Unrecognized parameter type: \(type)")
        }
        name = field.name
        self.type = type
        fallback = field.value["Default"].map { $0.scalarText ?? "" }
        isSecret = field.value["NoEcho"]?.scalarText?.lowercased() == "true"
        description = field.value["Description"]?.scalarText
        constraint = field.value["ConstraintDescription"]?.scalarText
        allowed = field.value["AllowedValues"]?.listIfAny.compactMap(\.scalarText)
        pattern = field.value["AllowedPattern"]?.scalarText
        bounds = field.value
    }

    /// The type of the value that stands in the parameter store; nil for parameters that have their value themselves.
    var storedType: String? {
        let prefix = "AWS::SSM::Parameter::Value<"
        return type.hasPrefix(prefix) ? String(type.dropFirst(prefix.count).dropLast()) : nil
    }

    /// The value as intrinsic functions have it: a list, or text.
    func value(_ text: String) -> Document {
        let type = storedType ?? type
        guard type == "CommaDelimitedList" || type.hasPrefix("List<") else { return .string(text) }
        guard !text.isEmpty else { return .list([]) }
        return .list(
            text.split(separator: ",", omittingEmptySubsequences: false).map { item in
                let inner = item.drop { $0 == " " }
                return .string(String(inner.reversed().drop { $0 == " " }.reversed()))
            }
        )
    }

    /// Of the value of a parameter, in bytes ("Understand CloudFormation quotas", CloudFormation user guide, 2026).
    private static let longestValue = 4096

    func check(_ text: String) throws(ServiceError) {
        guard text.utf8.count <= Self.longestValue else { throw broken("must contain at most \(Self.longestValue) characters") }
        if type == "Number", Double(text)?.isFinite != true { throw .invalid("Parameter '\(name)' must be a number.") }
        let items = type == "CommaDelimitedList" || type.hasPrefix("List<") ? value(text).listIfAny.compactMap(\.textIfAny) : [text]
        if type == "List<Number>", items.contains(where: { Double($0)?.isFinite != true }) {
            throw .invalid("Parameter '\(name)' must be a list of numbers.")
        }
        for item in items {
            if let allowed, !allowed.contains(item) { throw broken("must be one of AllowedValues") }
            if let pattern {
                let expression: LinearPattern
                do throws(LinearPattern.Fault) { expression = try LinearPattern(pattern) } catch {
                    throw ServiceError(
                        "ValidationError",
                        "Parameter '\(name)' has an AllowedPattern that is not read: \(pattern)",
                        hint: error.reason
                    )
                }
                guard expression.matchesWhole(item) else { throw broken("must match pattern \(pattern)") }
            }
            if let least = bound("MinLength"), Double(item.count) < least { throw broken("must contain at least \(Int(least)) characters") }
            if let most = bound("MaxLength"), Double(item.count) > most { throw broken("must contain at most \(Int(most)) characters") }
            guard let number = Double(item) else { continue }
            if let least = bound("MinValue"), number < least { throw broken("must be a number not less than \(Self.plain(least))") }
            if let most = bound("MaxValue"), number > most { throw broken("must be a number not greater than \(Self.plain(most))") }
        }
    }

    private func bound(_ name: String) -> Double? {
        bounds[name]?.scalarText.flatMap { Double($0) }.flatMap { $0.magnitude < 1e15 ? $0 : nil }
    }

    private static func plain(_ number: Double) -> String { Document.double(number).scalarText ?? "" }

    private func broken(_ rule: String) -> ServiceError {
        .invalid(constraint.map { "Parameter \(name) failed to satisfy constraint: \($0)" } ?? "Parameter '\(name)' \(rule)")
    }
}
