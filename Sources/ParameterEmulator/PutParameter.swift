import ServiceKit
import Wire

extension ParameterService {
    func putParameter(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = input.required("Name").text
        try ParameterName.check(name)
        if let policies = input["Policies"], !["", "[]", "{}"].contains(policies.text) {
            throw ServiceError("UnsupportedOperationException", "Policies of parameters are not carried out here.")
        }
        let overwrites = input["Overwrite"]?.flag ?? false
        let tags = input["Tags"]?.items ?? []
        guard tags.isEmpty || !overwrites else {
            throw ServiceError.validation(
                "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. "
                    + "To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource."
            )
        }
        try ParameterTags.check(tags)
        return try write(call) { table in
            var parameter = try Parameter.find(name, in: table)
            guard parameter == nil || overwrites else {
                throw ServiceError(
                    "ParameterAlreadyExists",
                    "The parameter already exists. To overwrite this value, set the overwrite option in the request to true."
                )
            }
            let version = try ParameterVersion.make(input, after: parameter?.newest, call)
            if parameter == nil { parameter = Parameter(name: name, versions: [], tags: tags) }
            parameter?.versions.append(version)
            if let count = parameter?.versions.count, count > Parameter.maximumVersions { parameter?.versions.removeFirst() }
            try parameter?.save(in: table)
            return .members([("Version", version["Version"]), ("Tier", version["Tier"])])
        }
    }
}

/// A new version of a parameter, and what it may be.
enum ParameterVersion {
    private static let standardLimit = 4096
    private static let advancedLimit = 8192

    /// - Parameter last: the version that it follows, whose settings hold where the request names none.
    static func make(_ input: Document, after last: Document?, _ call: Call) throws(ServiceError) -> Document {
        guard let type = input["Type"] ?? last?["Type"] else {
            throw .validation("A parameter type is required when you create a parameter.")
        }
        if let old = last?["Type"], old != type {
            throw ServiceError("HierarchyTypeMismatchException", "The parameter \(input.required("Name").text) has the type \(old.textIfAny ?? "").")
        }
        let value = input.required("Value").text
        guard !value.isEmpty else {
            throw .validation(
                "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1."
            )
        }
        let pattern = input["AllowedPattern"] ?? last?["AllowedPattern"]
        if let text = pattern?.textIfAny, !text.isEmpty {
            let expression: LinearPattern
            do throws(LinearPattern.Fault) { expression = try LinearPattern(text) } catch {
                throw ServiceError("InvalidAllowedPatternException", "Invalid allowed pattern: \(text)", hint: error.reason)
            }
            guard expression.matchesPart(value) else {
                throw ServiceError("ParameterPatternMismatchException", "Parameter value, cannot be validated against allowedPattern: \(text)")
            }
        }
        if type.textIfAny == "StringList", value.split(separator: ",", omittingEmptySubsequences: false).contains("") {
            throw .validation("Parameter value of type StringList has an empty item.")
        }
        let data = input["DataType"]?.text ?? last?["DataType"]?.textIfAny ?? "text"
        guard data == "text" else { throw .validation("The following data type is not supported: \(data) (Data type names are all lowercase.)") }
        return .members([
            ("Type", type), ("Value", .string(value)), ("Version", .integer(Int64((last.map(Parameter.number) ?? 0) + 1))),
            ("Modified", .integer(call.now.milliseconds)), ("Tier", .string(try tier(input, last, value))),
            ("Description", input["Description"] ?? last?["Description"]), ("AllowedPattern", pattern), ("DataType", .string(data)),
            ("KeyId", type.textIfAny == "SecureString" ? input["KeyId"] ?? last?["KeyId"] ?? .string("alias/aws/ssm") : nil),
            ("User", .string(call.principal?.arn ?? "arn:\(ARN.partition(of: call.region)):iam::\(call.account):root")),
        ])
    }

    private static func tier(_ input: Document, _ last: Document?, _ value: String) throws(ServiceError) -> String {
        let old = last?["Tier"]?.textIfAny
        let asked = input["Tier"]?.text ?? old ?? "Standard"
        guard asked != "Standard" || old != "Advanced" else {
            throw .validation(
                """
                This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the \
                standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.
                """
            )
        }
        let count = value.utf8.count
        let tier = asked == "Intelligent-Tiering" ? (count > standardLimit || old == "Advanced" ? "Advanced" : "Standard") : asked
        if tier == "Standard", count > standardLimit {
            throw .validation(
                """
                Standard tier parameters support a maximum parameter value of \(standardLimit) characters. To create a larger parameter value, \
                upgrade the parameter to use the advanced-parameter tier. For more information, see \
                https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
                """
            )
        }
        guard count <= advancedLimit else {
            throw .validation("Advanced tier parameters support a maximum parameter value of \(advancedLimit) characters.")
        }
        return tier
    }
}
