import ServiceKit
import Wire

/// Parameters of a path, and descriptions of all.
extension ParameterService {
    func getParametersByPath(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let path = input.required("Path").text
        guard path.hasPrefix("/") else {
            throw .validation(
                "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash \"/\". "
                    + "It can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). It must use only letters, numbers, or the following "
                    + "symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use "
                    + "the forward slash symbol \"/\". Valid example: /get/parameters2-/by1./path0_."
            )
        }
        let filters = try ParameterFilter.all(input["ParameterFilters"]?.items ?? [], allowed: ["Type", "KeyId", "Label"])
        let prefix = path.hasSuffix("/") ? path : path + "/"
        let isRecursive = input["Recursive"]?.flag ?? false
        let isFound = { (parameter: Parameter) in
            // Names outside hierarchies are those of the root.
            let name = parameter.name.hasPrefix("/") ? parameter.name : "/" + parameter.name
            guard name.hasPrefix(prefix) else { return false }
            return (isRecursive || !name.dropFirst(prefix.count).contains("/")) && filters.allSatisfy { $0.matches(parameter) }
        }
        let decrypts = input["WithDecryption"]?.flag ?? false
        return try page(isFound, input, usual: 10, call) { $0.document($0.newest, selector: nil, decrypts: decrypts, call) }
    }

    func describeParameters(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        guard input["Filters"] == nil || input["ParameterFilters"] == nil else {
            throw .validation("You can use either Filters or ParameterFilters in a single request.")
        }
        let older = (input["Filters"]?.items ?? []).map { filter -> Document in
            .members([("Key", filter["Key"]), ("Option", .string("Equals")), ("Values", filter["Values"])])
        }
        let allowed: Set<String> = ["Name", "Type", "KeyId", "Path", "Tier", "DataType"]
        let filters = try ParameterFilter.all(input["ParameterFilters"]?.items ?? older, allowed: allowed)
        return try page({ parameter in filters.allSatisfy { $0.matches(parameter) } }, input, usual: 50, call) { $0.metadata($0.newest, call) }
    }

    /// Parameters with all their versions can be large, so they are read some at a time.
    private static let atOnce = 20

    private func page(
        _ isFound: (Parameter) -> Bool,
        _ input: Document,
        usual: Int,
        _ call: Call,
        _ form: (Parameter) -> Document
    ) throws(ServiceError) -> Document {
        let page = try ParameterPage(input, usual: usual)
        return try read(call) { table in
            var (shown, last, after): ([Document], String?, String) = ([], nil, page.after)
            while true {
                let some = try table.list(Parameter.kind, after: after, limit: Self.atOnce).map { Parameter($0) }
                for parameter in some where isFound(parameter) {
                    guard shown.count < page.size else {
                        return .members([("Parameters", .list(shown)), ("NextToken", last.map(ParameterPage.token))])
                    }
                    shown.append(form(parameter))
                    last = parameter.name
                }
                guard some.count == Self.atOnce, let end = some.last else { return .members([("Parameters", .list(shown))]) }
                after = end.name
            }
        }
    }
}

/// A condition of a list of parameters.
struct ParameterFilter {
    private let key: String
    private let option: String
    private let values: [String]

    static func all(_ documents: [Document], allowed: Set<String>) throws(ServiceError) -> [ParameterFilter] {
        var filters: [ParameterFilter] = []
        for document in documents {
            let key = document.required("Key").text
            let isTag = key.hasPrefix("tag:") && allowed.contains("Name")
            guard allowed.contains(key) || isTag else {
                throw ServiceError(
                    "InvalidFilterKey",
                    "The following filter key is not valid: \(key). Valid filter keys include: [\(allowed.sorted().joined(separator: ", "))]"
                )
            }
            let option = document["Option"]?.text ?? (key == "Path" ? "OneLevel" : "Equals")
            let options =
                key == "Path" ? ["OneLevel", "Recursive"] : key == "Name" ? ["Equals", "BeginsWith", "Contains"] : ["Equals", "BeginsWith"]
            guard options.contains(option) else {
                throw ServiceError(
                    "InvalidFilterOption",
                    "The following filter option is not valid: \(option). Valid options include: [\(options.joined(separator: ", "))]"
                )
            }
            let values = document["Values"]?.items.map(\.text) ?? []
            guard !values.isEmpty || isTag else {
                throw ServiceError("InvalidFilterValue", "The following filter values are missing : null for filter key \(key)")
            }
            filters.append(ParameterFilter(key: key, option: option, values: values))
        }
        return filters
    }

    func matches(_ parameter: Parameter) -> Bool {
        if key.hasPrefix("tag:") {
            let tag = parameter.tags.first { $0["Key"]?.textIfAny == String(key.dropFirst(4)) }
            return tag.map { values.isEmpty || values.contains($0["Value"]?.textIfAny ?? "") } ?? false
        }
        if key == "Path" {
            return values.contains { value in
                let prefix = value.hasSuffix("/") ? value : value + "/"
                guard parameter.name.hasPrefix(prefix) else { return false }
                return option == "Recursive" || !parameter.name.dropFirst(prefix.count).contains("/")
            }
        }
        let text = key == "Name" ? parameter.name : parameter.newest[key]?.textIfAny ?? ""
        return values.contains { value in
            switch option {
            case "BeginsWith": text.hasPrefix(value)
            case "Contains": text.contains(value)
            default: text == value
            }
        }
    }
}
