import ServiceKit
import Wire

/// What the parameters of a stack are.
struct ParameterValues: Sendable {
    struct Value: Sendable {
        var name: String
        /// As it was given, or the default.
        var text: String
        /// What the parameter store has under that name.
        var resolved: String?
        var isSecret: Bool
        /// As intrinsic functions have it.
        var value: Document
    }

    var all: [Value]

    subscript(name: String) -> Document? { all.first { $0.name == name }?.value }

    /// - Parameters:
    ///   - given: the `Parameters` of the request.
    ///   - previous: the texts of the stack as it is.
    init(
        _ declarations: [ParameterDeclaration],
        given: [Document],
        previous: [String: String],
        _ caller: any ServiceCaller,
        _ call: Call
    ) throws(ServiceError) {
        var texts: [String: String] = [:]
        for parameter in given {
            guard let name = parameter["ParameterKey"]?.textIfAny else { continue }
            if parameter["UsePreviousValue"] == .boolean(true) {
                guard let old = previous[name] else {
                    throw .invalid(
                        """
                        Invalid input for parameter key \(name). Cannot specify usePreviousValue as true for a parameter key not in the \
                        previous template
                        """
                    )
                }
                texts[name] = old
            } else {
                texts[name] = parameter["ParameterValue"]?.textIfAny ?? ""
            }
        }
        let unknown = texts.keys.filter { name in !declarations.contains { $0.name == name } }.sorted()
        guard unknown.isEmpty else { throw .invalid("Parameters: [\(unknown.joined(separator: ", "))] do not exist in the template") }
        let missing = declarations.filter { texts[$0.name] == nil && $0.fallback == nil }.map(\.name)
        guard missing.isEmpty else { throw .invalid("Parameters: [\(missing.joined(separator: ", "))] must have values") }
        all = []
        for declaration in declarations {
            let text = texts[declaration.name] ?? declaration.fallback ?? ""
            try declaration.check(text)
            let resolved = try declaration.storedType.map { _ throws(ServiceError) in try Self.stored(text, caller, call) }
            all.append(
                Value(
                    name: declaration.name,
                    text: text,
                    resolved: resolved,
                    isSecret: declaration.isSecret,
                    value: declaration.value(resolved ?? text)
                )
            )
        }
    }

    private static func stored(_ name: String, _ caller: any ServiceCaller, _ call: Call) throws(ServiceError) -> String {
        let answer: Document?
        do throws(ServiceError) {
            answer = try caller.call("ssm", "GetParameter", .members([("Name", .string(name))]), call)
        } catch  where error.code == "ParameterNotFound" || error.code == "ParameterVersionNotFound" {
            throw .invalid("Unable to fetch parameters [\(name)] from parameter store for this account.")
        }
        let parameter = answer?["Parameter"]
        guard parameter?["Type"]?.textIfAny != "SecureString" else {
            throw .invalid("Parameters [\(name)] referenced by template have types not supported by CloudFormation.")
        }
        return parameter?["Value"]?.textIfAny ?? ""
    }

    /// As they were kept, so that what the parameter store has by now does not matter.
    init(_ declarations: [ParameterDeclaration], stored: [Document]) {
        all = declarations.map { declaration in
            let kept = stored.first { $0["ParameterKey"]?.textIfAny == declaration.name }
            let text = kept?["ParameterValue"]?.textIfAny ?? declaration.fallback ?? ""
            let resolved = kept?["ResolvedValue"]?.textIfAny
            let value = declaration.value(resolved ?? text)
            return Value(name: declaration.name, text: text, resolved: resolved, isSecret: declaration.isSecret, value: value)
        }
    }

    /// As DescribeStacks tells them, and as they are kept.
    /// - Parameter hidesSecrets: with stars for what is not to be echoed.
    func documents(hidesSecrets: Bool) -> [Document] {
        all.map { value in
            .members([
                ("ParameterKey", .string(value.name)), ("ParameterValue", .string(hidesSecrets && value.isSecret ? "****" : value.text)),
                ("ResolvedValue", value.resolved.map { .string($0) }), ("NoEcho", hidesSecrets ? nil : .boolean(value.isSecret)),
            ])
        }
    }
}
