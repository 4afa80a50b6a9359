import ServiceKit
import Wire

/// What a patch operation may change: a path, and how its value is read.
struct PatchRule: Sendable {
    enum Kind: Sendable {
        case text, boolean, integer, number
        /// An item of a list, which the last segment of the path names.
        case item
        /// A stage of a usage plan, which the value names as `API:STAGE`.
        case stage
        /// Members that have paths of their own, and go together.
        case group
    }

    /// Its segments; `*` stands for any.
    let path: [Substring]
    let kind: Kind
    /// Where the value is kept; `$0` stands for what the first star stood for.
    let target: [String]
    let isRemovable: Bool

    init(_ path: String, _ kind: Kind = .text, removable: Bool? = nil, to target: [String]? = nil) {
        self.path = path.split(separator: "/")
        self.kind = kind
        var stars = 0
        self.target =
            target
            ?? self.path.map { segment in
                guard segment == "*" else { return String(segment) }
                stars += 1
                return "$\(stars - 1)"
            }
        isRemovable = removable ?? path.hasSuffix("*")
    }

    /// What the stars stand for; nil when the rule is about another path.
    func match(_ segments: [String]) -> [String]? {
        guard segments.count == path.count else { return nil }
        var stars: [String] = []
        for (pattern, segment) in zip(path, segments) {
            if pattern == "*" { stars.append(segment) } else if pattern != segment { return nil }
        }
        return stars
    }

    fileprivate var text: String { "/" + path.map { $0 == "*" ? "{name}" : String($0) }.joined(separator: "/") }
}

/// Updates by patch operations, as the service takes them (RFC 6902 in part).
enum Patch {
    /// - Parameter input: of the operation, with its `patchOperations`.
    static func apply(_ input: Document, to document: Document, _ rules: [PatchRule]) throws(ServiceError) -> Document {
        var document = document
        guard (input["patchOperations"]?.items.count ?? 0) <= 1000 else { throw .badRequest("A request has 1000 patch operations at most") }
        for operation in input["patchOperations"]?.items ?? [] {
            try apply(operation["op"]?.text ?? "", operation["path"]?.text ?? "", operation["value"]?.text, to: &document, rules)
        }
        return document
    }

    private static func apply(
        _ op: String,
        _ path: String,
        _ value: String?,
        to document: inout Document,
        _ rules: [PatchRule]
    ) throws(ServiceError) {
        guard ["add", "replace", "remove"].contains(op) else {
            throw .badRequest("Invalid patch operation specified. Must be one of: [add, remove, replace]")
        }
        let segments = path.split(separator: "/", omittingEmptySubsequences: true).map {
            String($0.replacing("~1", with: "/").replacing("~0", with: "~"))
        }
        for rule in rules {
            guard path.hasPrefix("/"), let stars = rule.match(segments) else { continue }
            let target = rule.target.map { part in
                stars.enumerated().reduce(part) { $0.replacing("$\($1.offset)", with: $1.element) }
            }
            switch rule.kind {
            case .item: return try changeList(op, target, value, &document)
            case .stage: return try changeStages(op, value, &document)
            default: break
            }
            if op == "remove" {
                guard rule.isRemovable else { break }
                set(&document, target[...], nil)
            } else {
                guard rule.kind != .group else { break }
                set(&document, target[...], try read(value, rule.kind, path))
            }
            return
        }
        let paths = rules.map(\.text).joined(separator: ", ")
        throw .badRequest("Invalid patch path  '\(path)' specified for op '\(op)'. Must be one of: [\(paths)]")
    }

    private static func read(_ value: String?, _ kind: PatchRule.Kind, _ path: String) throws(ServiceError) -> Document {
        let read: Document? =
            switch kind {
            case .boolean: value == "true" ? .boolean(true) : value == "false" ? .boolean(false) : nil
            case .integer: value.flatMap { Int64($0) }.map { .integer($0) }
            case .number: value.flatMap { Double($0) }.flatMap { $0.isFinite ? .double($0) : nil }
            default: value.map { .string($0) }
            }
        guard let read else { throw .badRequest("Invalid patch value '\(value ?? "null")' specified for path '\(path)'") }
        return read
    }

    private static func set(_ document: inout Document, _ target: ArraySlice<String>, _ value: Document?) {
        guard let first = target.first else { return }
        guard target.count > 1 else { return document.set(first, value) }
        var inner = document[first] ?? .object(Document.Fields())
        set(&inner, target.dropFirst(), value)
        document.set(first, inner.entriesIfAny.isEmpty ? nil : inner)
    }

    /// `/binaryMediaTypes/image~1png`: what is replaced is taken out for the value.
    private static func changeList(_ op: String, _ target: [String], _ value: String?, _ document: inout Document) throws(ServiceError) {
        guard let name = target.last else { return }
        let path = target.dropLast()
        var items = path.reduce(Optional(document)) { $0?[$1] }?.listIfAny ?? []
        switch op {
        case "remove": items.removeAll { $0 == .string(name) }
        case "replace":
            guard let place = items.firstIndex(of: .string(name)), let value else {
                throw .badRequest("Invalid patch path  '\(name)' specified for op 'replace'. It is not in the list.")
            }
            items[place] = .string(value)
        default: if !items.contains(.string(name)) { items.append(.string(name)) }
        }
        set(&document, path, items.isEmpty ? nil : .list(items))
    }

    private static func changeStages(_ op: String, _ value: String?, _ document: inout Document) throws(ServiceError) {
        let parts = (value ?? "").split(separator: ":", maxSplits: 1).map { Document.string(String($0)) }
        guard parts.count == 2, op != "replace" else { throw .badRequest("Invalid patch value '\(value ?? "null")' specified for path '/apiStages'") }
        var stages = document["apiStages"]?.listIfAny ?? []
        stages.removeAll { $0["apiId"] == parts[0] && $0["stage"] == parts[1] }
        if op == "add" { stages.append(.members([("apiId", parts[0]), ("stage", parts[1])])) }
        document.set("apiStages", .list(stages))
    }
}

/// What can be changed of each kind of thing ("Patch operations", API Gateway REST API reference, 2026).
enum PatchRules {
    static let api = [
        PatchRule("/name"), PatchRule("/description", removable: true), PatchRule("/version", removable: true), PatchRule("/apiKeySource"),
        PatchRule("/binaryMediaTypes/*", .item), PatchRule("/minimumCompressionSize", .integer, removable: true),
        PatchRule("/policy", removable: true), PatchRule("/disableExecuteApiEndpoint", .boolean),
        PatchRule("/endpointConfiguration/types/*", .item), PatchRule("/endpointConfiguration/ipAddressType"),
    ]
    static let resource = [PatchRule("/pathPart"), PatchRule("/parentId")]
    static let method = [
        PatchRule("/authorizationType"), PatchRule("/apiKeyRequired", .boolean), PatchRule("/operationName", removable: true),
        PatchRule("/requestValidatorId", removable: true), PatchRule("/requestParameters/*", .boolean), PatchRule("/requestModels/*"),
    ]
    static let methodResponse = [PatchRule("/responseParameters/*", .boolean), PatchRule("/responseModels/*")]
    static let integration = [
        PatchRule("/uri"), PatchRule("/httpMethod"), PatchRule("/type"), PatchRule("/credentials", removable: true),
        PatchRule("/requestParameters/*"), PatchRule("/requestTemplates/*"), PatchRule("/passthroughBehavior"),
        PatchRule("/timeoutInMillis", .integer), PatchRule("/contentHandling", removable: true), PatchRule("/cacheNamespace"),
        PatchRule("/cacheKeyParameters/*", .item),
    ]
    static let integrationResponse = [
        PatchRule("/selectionPattern", removable: true), PatchRule("/responseParameters/*"), PatchRule("/responseTemplates/*"),
        PatchRule("/contentHandling", removable: true),
    ]
    static let deployment = [PatchRule("/description", removable: true)]
    static let stage =
        [
            PatchRule("/deploymentId"), PatchRule("/description", removable: true), PatchRule("/variables/*"),
            PatchRule("/tracingEnabled", .boolean), PatchRule("/cacheClusterEnabled", .boolean), PatchRule("/cacheClusterSize"),
            PatchRule("/accessLogSettings/destinationArn", removable: true), PatchRule("/accessLogSettings/format", removable: true),
            PatchRule("/documentationVersion", removable: true),
        ]
        + [
            ("metrics/enabled", .boolean, "metricsEnabled"), ("logging/loglevel", .text, "loggingLevel"),
            ("logging/dataTrace", .boolean, "dataTraceEnabled"), ("throttling/burstLimit", .integer, "throttlingBurstLimit"),
            ("throttling/rateLimit", .number, "throttlingRateLimit"), ("caching/enabled", .boolean, "cachingEnabled"),
            ("caching/ttlInSeconds", .integer, "cacheTtlInSeconds"), ("caching/dataEncrypted", .boolean, "cacheDataEncrypted"),
            ("caching/requireAuthorizationForCacheControl", .boolean, "requireAuthorizationForCacheControl"),
            ("caching/unauthorizedCacheControlHeaderStrategy", .text, "unauthorizedCacheControlHeaderStrategy"),
        ].map { (path: String, kind: PatchRule.Kind, member: String) in
            PatchRule("/*/*/\(path)", kind, removable: true, to: ["methodSettings", "$0/$1", member])
        }
    static let model = [PatchRule("/description", removable: true), PatchRule("/schema")]
    static let validator = [PatchRule("/name"), PatchRule("/validateRequestBody", .boolean), PatchRule("/validateRequestParameters", .boolean)]
    static let gatewayResponse = [
        PatchRule("/statusCode", removable: true), PatchRule("/responseParameters/*"), PatchRule("/responseTemplates/*"),
    ]
    static let key = [
        PatchRule("/name"), PatchRule("/description", removable: true), PatchRule("/enabled", .boolean), PatchRule("/customerId", removable: true),
    ]
    static let plan = [
        PatchRule("/name"), PatchRule("/description", removable: true), PatchRule("/apiStages", .stage),
        PatchRule("/throttle/rateLimit", .number), PatchRule("/throttle/burstLimit", .integer), PatchRule("/throttle", .group, removable: true),
        PatchRule("/quota/limit", .integer), PatchRule("/quota/offset", .integer), PatchRule("/quota/period"),
        PatchRule("/quota", .group, removable: true),
        PatchRule("/productCode", removable: true),
    ]
    static let account = [PatchRule("/cloudwatchRoleArn", removable: true)]
}
