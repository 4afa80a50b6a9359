import Dispatch
import ServiceKit
import Wire

/// A kind of resource: which operations make, change and delete it, how its properties map, and what `Ref` and `Fn::GetAtt` give.
struct ResourceType: Sendable {
    /// What a creation has made.
    struct Made: Sendable {
        /// What `Ref` gives.
        var id: String
        /// What `Fn::GetAtt` gives, by name.
        var attributes: Document = .object(Document.Fields())
    }

    /// How a name is made for a resource that its template does not name.
    struct Naming: Sendable {
        var property: String
        var limit: Int
        var isLowercase = false
        /// What it begins with; nil for the name of the stack.
        var prefix: String?
    }

    typealias Create = @Sendable (_ properties: Document, _ context: ResourceContext) throws(ServiceError) -> Made
    typealias Update = @Sendable (_ id: String, _ old: Document, _ new: Document, _ context: ResourceContext) throws(ServiceError) -> Document?
    typealias Delete = @Sendable (_ id: String, _ properties: Document, _ context: ResourceContext) throws(ServiceError) -> Void
    typealias Find = @Sendable (_ properties: Document, _ context: ResourceContext) throws(ServiceError) -> String?
    typealias Complete = @Sendable (_ id: String, _ properties: Document, _ context: ResourceContext) throws(ServiceError) -> Made

    let name: String
    /// The service as AWS names it in reasons.
    var service: String
    var required: [String] = []
    /// Properties that do what they say.
    var carried: Set<String>
    /// Of these, which are lists, which are maps, and which are maps or their JSON as text; all others are single values.
    var lists: Set<String> = []
    var maps: Set<String> = []
    var documents: Set<String> = []
    /// Properties that are kept with the stack and do nothing; the event of the creation says so.
    var recorded: Set<String> = []
    /// Properties that AWS has and that are refused here.
    var refused: Set<String> = []
    /// Properties whose change takes a new resource.
    var createOnly: Set<String> = []
    /// What `Fn::GetAtt` takes.
    var attributes: Set<String> = []
    var naming: Naming?
    /// Whether it takes any property and has any attribute.
    var isOpen = false
    /// Whether nothing stands behind it: it has an id, and that is all.
    var isRecord = false
    var create: Create
    /// New attributes, or nil when they stay; nil where nothing can be changed in place.
    var update: Update
    var delete: Delete
    /// The id of the resource of these properties if it is there: by it a creation that was cut off is found again. It changes nothing.
    var find: Find?
    /// Does what is left to do for a resource that was found again.
    var complete: Complete?

    /// - Throws: the reason for which AWS would fail the resource, or that something is not carried out here.
    func check(_ properties: Document, logicalID: String) throws(ServiceError) {
        for field in properties.entriesIfAny {
            if carried.contains(field.name), !isRecord { try checkKind(field, logicalID) }
            if isOpen || carried.contains(field.name) || recorded.contains(field.name) { continue }
            if refused.contains(field.name) {
                throw .handler("Property \(field.name) of \(name) is not carried out by personalite.", "InvalidRequest")
            }
            throw .invalid(
                "Properties validation failed for resource \(logicalID) with message: [#: extraneous key [\(field.name)] is not permitted]"
            )
        }
        for member in required where properties[member] == nil {
            throw .invalid("Properties validation failed for resource \(logicalID) with message: [#: required key [\(member)] not found]")
        }
    }

    private func checkKind(_ field: Document.Fields.Field, _ logicalID: String) throws(ServiceError) {
        let (expected, isRight): (String, Bool)
        switch field.value {
        case .list: (expected, isRight) = (maps.union(documents).contains(field.name) ? "JSONObject" : "String", lists.contains(field.name))
        case .object:
            isRight = maps.union(documents).contains(field.name)
            expected = lists.contains(field.name) ? "JSONArray" : "String"
        default:
            isRight = !lists.union(maps).contains(field.name)
            expected = lists.contains(field.name) ? "JSONArray" : "JSONObject"
        }
        guard !isRight else { return }
        let found =
            switch field.value {
            case .list: "JSONArray"
            case .object: "JSONObject"
            case .boolean: "Boolean"
            case .integer: "Integer"
            case .double: "BigDecimal"
            default: "String"
            }
        throw .invalid(
            "Properties validation failed for resource \(logicalID) with message: [#/\(field.name): expected type: \(expected), found: \(found)]"
        )
    }

    /// Of attributes that end with a dot, it has those that begin with them.
    func has(_ attribute: String) -> Bool {
        attributes.contains { $0 == attribute || ($0.hasSuffix(".") && attribute.hasPrefix($0)) }
    }

    /// Whether a change of properties takes a new resource.
    func isReplaced(_ old: Document, _ new: Document) -> Bool {
        createOnly.contains { old[$0] != new[$0] }
    }
}

/// What the operations of a resource type work with.
struct ResourceContext: Sendable {
    let caller: any ServiceCaller
    let engine: StackEngine
    let call: Call
    let time: any TimeSource
    let place: StackPlace
    let logicalID: String
    /// The name that was made for it.
    let physicalName: String
    /// The tags of the stack.
    let tags: [Document]
    let mustEnd: @Sendable () -> Bool
    /// Told of an id as soon as there is something to delete by it, for what follows may fail.
    let note: @Sendable (String) -> Void

    @discardableResult
    func run(_ service: String, _ operation: String, _ input: [(name: String, value: Document?)]) throws(ServiceError) -> Document {
        try caller.call(service, operation, .members(input), call.later(time.now)) ?? .object(Document.Fields())
    }

    /// The same where it does not matter that what is asked for is gone.
    func run(_ service: String, _ operation: String, _ input: [(name: String, value: Document?)], unless gone: Set<String>) throws(ServiceError) {
        do throws(ServiceError) {
            try run(service, operation, input)
        } catch  where gone.contains(error.code) {
            return
        }
    }

    /// Asks again and again, soon at first, until `isDone`.
    /// - Throws: `interrupted` when the server goes down.
    func wait(_ isDone: () throws(ServiceError) -> Bool) throws(ServiceError) {
        let never = DispatchSemaphore(value: 0)
        var pause = 1
        while try !isDone() {
            guard !mustEnd() else { throw .interrupted }
            _ = never.wait(timeout: .now() + .milliseconds(pause))
            pause = min(pause * 2, 200)
        }
    }

    /// Tags of a resource in the form of lists of `Key` and `Value`: its own, and before them the stack's.
    func tags(_ properties: Document) -> [Document] {
        let own = properties["Tags"]?.listIfAny ?? []
        let keys = Set(own.compactMap { $0["Key"]?.scalarText })
        return tags.filter { !keys.contains($0["Key"]?.scalarText ?? "") } + own
    }

    var partition: String { ARN.partition(of: place.region) }
}

extension ServiceError {
    /// What a handler of a resource type says by itself.
    static func handler(_ message: String, _ code: String) -> ServiceError {
        ServiceError("Handler:\(code)", message)
    }

    /// The server goes down: the operation goes on at the next start.
    static var interrupted: ServiceError { ServiceError("Interrupted", nil) }
    var isInterruption: Bool { code == "Interrupted" }

    /// Whether what was to be made is there already.
    var isConflict: Bool {
        ["ResourceAlreadyExistsException", "EntityAlreadyExists", "ParameterAlreadyExists", "Handler:AlreadyExists", "ConflictException"].contains(
            code
        )
            || (code == "ResourceInUseException" && message?.contains("already exists") == true)
            || (code == "ResourceConflictException" && message?.contains("already exist") == true)
    }

    /// As the reason of an event tells it.
    func reason(of service: String, _ token: String) -> String {
        if code == "ValidationError" { return message ?? code }
        let kind: String
        if code.hasPrefix("Handler:") {
            kind = String(code.dropFirst("Handler:".count))
            return "Resource handler returned message: \"\(message ?? "")\" (RequestToken: \(token), HandlerErrorCode: \(kind))"
        }
        switch code {
        case _ where isConflict: kind = "AlreadyExists"
        case "ResourceNotFoundException", "NotFoundException", "NoSuchEntity", "ParameterNotFound", "NoSuchBucket": kind = "NotFound"
        case "LimitExceededException", "LimitExceeded": kind = "ServiceLimitExceeded"
        case "ResourceInUseException", "DeleteConflict", "BucketNotEmpty": kind = "ResourceConflict"
        case "AccessDeniedException", "AccessDenied": kind = "AccessDenied"
        case _ where status >= 500: kind = "GeneralServiceException"
        default: kind = "InvalidRequest"
        }
        let text = "\(message ?? code) (Service: \(service), Status Code: \(status), Request ID: \(RequestID.random())) (SDK Attempt Count: 1)"
        return "Resource handler returned message: \"\(text)\" (RequestToken: \(token), HandlerErrorCode: \(kind))"
    }
}

/// Every type that is here.
enum ResourceTypes {
    static let all: [String: ResourceType] = {
        let single: [ResourceType] = [
            .alarm, .bucket, .bucketPolicy, .deliveryStream, .eventRule, .logGroup, .logStream, .nestedStack, .stream, .streamConsumer, .streamPolicy,
            .role, .rolePolicy, .managedPolicy, .parameter, .function, .functionVersion, .functionAlias, .functionPermission, .eventSourceMapping,
            .layerVersion, .layerPermission,
        ]
        let types = single + ResourceType.personalize + ResourceType.apiGateway + ResourceType.records
        return Dictionary(uniqueKeysWithValues: types.map { ($0.name, $0) })
    }()

    /// The type of a name; those of custom resources have any name of theirs.
    static func named(_ name: String) -> ResourceType? {
        all[name] ?? (ResourceType.isCustom(name) ? .custom(name) : nil)
    }

    /// - Throws: that a resource has no such attribute. A type that is not here is refused by whoever knows the whole template.
    static func check(_ attribute: String, of resource: Template.Resource) throws(ServiceError) {
        guard let type = named(resource.type), !type.isOpen, !type.has(attribute) else { return }
        throw .template("resource \(resource.name) does not support attribute type \(attribute) in Fn::GetAtt")
    }

    /// The types of a template that are not here.
    static func unknown(_ template: Template) -> [String] {
        Set(template.resources.map(\.type)).filter { named($0) == nil }.sorted()
    }
}
