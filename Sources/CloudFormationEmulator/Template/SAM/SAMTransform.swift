import ServiceKit
import Wire

/// The transform `AWS::Serverless-2016-10-31`: resources of the Serverless Application Model become those that CloudFormation has.
///
/// A template goes in and a template comes out; nothing else is looked at. Names of what is made are those of AWS's transform, but the ten characters
/// of a digest that some end with.
struct SAMTransform {
    typealias Members = [(name: String, value: Document?)]

    static let name = "AWS::Serverless-2016-10-31"
    private static let prefix = "AWS::Serverless::"
    private static let restAPI = "ServerlessRestApi"

    /// Bytes that a template may have once it is transformed, and that what is common to many resources may have in all of them together.
    private static let longest = 4 << 20
    /// Of all functions of a template together.
    private static let mostEvents = 1000

    /// The resources of the result by name, in their order.
    var resources: [(name: String, value: Document)] = []
    /// APIs by name: those of the template, and the one that is there when an event names none.
    var apis: [String: SAMAPI] = [:]
    /// What a name of the template is called in the result, such as `Function.Version`.
    var aliases: [String: String] = [:]
    /// What events add to buckets.
    var bucketLinks: [BucketLink] = []
    let template: Document
    private let globals: SAMGlobals
    private var events = 0

    /// - Throws: a `ValidationError` in the words of AWS's transform, or that something is not carried out here.
    static func expand(_ document: Document) throws(ServiceError) -> Document {
        var transform = try SAMTransform(document)
        return try transform.result()
    }

    private init(_ document: Document) throws(ServiceError) {
        template = document
        globals = try SAMGlobals(document["Globals"])
        let count = (document["Resources"]?.entriesIfAny ?? []).count { $0.value["Type"]?.textIfAny?.hasPrefix(Self.prefix) == true }
        guard count <= 500 else { throw .format("Number of resources, \(count), is greater than maximum allowed, 500") }
        guard JSON.write(document["Globals"] ?? .null).count <= Self.longest / max(count, 1) else { throw Self.tooLarge }
    }

    private static var tooLarge: ServiceError {
        .invalid("Transform \(name) failed with: the template would have more than \(longest) bytes (personalite's limit).")
    }

    private mutating func result() throws(ServiceError) -> Document {
        let given = template["Resources"]?.entriesIfAny ?? []
        for resource in given where resource.value["Type"]?.textIfAny == Self.prefix + "Api" {
            let properties = try merged(resource, "Api")
            apis[resource.name] = try SAMAPI(resource.name, properties, resource.value)
        }
        for resource in given {
            switch resource.value["Type"]?.textIfAny {
            case Self.prefix + "Function": try add(SAMFunction(resource.name, try merged(resource, "Function"), resource.value))
            case Self.prefix + "LayerVersion": try addLayer(resource)
            case Self.prefix + "Api": continue
            case let type? where type.hasPrefix(Self.prefix):
                throw SAMFault.resource(resource.name, "Type \(type) is not carried out by personalite.")
            default: resources.append((resource.name, resource.value))
            }
        }
        for (name, api) in apis.sorted(by: { $0.key < $1.key }) { resources += try api.resources(name, &aliases) }
        try linkBuckets()
        return try assembled()
    }

    private func assembled() throws(ServiceError) -> Document {
        var names: Set<String> = []
        for resource in resources where !names.insert(resource.name).inserted {
            throw SAMFault.resource(resource.name, "The transform makes a resource of this name, which the template has already.")
        }
        var document = template
        document.set("Transform", nil)
        document.set("Globals", nil)
        document.set("Resources", .members(resources.map { ($0.name, $0.value) }))
        guard JSON.write(document).count <= Self.longest else { throw Self.tooLarge }
        return aliases.isEmpty ? document : renamed(document)
    }

    // MARK: Properties

    private func merged(_ resource: Document.Fields.Field, _ kind: String) throws(ServiceError) -> Document {
        for attribute in resource.value.entriesIfAny.map(\.name) where attribute == "Connectors" || attribute == "IgnoreGlobals" {
            throw SAMFault.resource(resource.name, "\(attribute) is not carried out by personalite.")
        }
        let own = resource.value["Properties"] ?? .object(Document.Fields())
        guard case .object = own else { throw SAMFault.resource(resource.name, "Properties must be an object.") }
        return globals.merged(kind, own)
    }

    /// Attributes of a resource that go with whatever becomes of it.
    static func attributes(_ resource: Document, _ names: [String]) -> Members {
        names.map { ($0, resource[$0]) }
    }

    static func resource(_ type: String, _ attributes: Members, _ properties: Members) -> Document {
        var members: Members = [("Type", .string(type))]
        members += attributes
        members.append(("Properties", .members(properties)))
        return .members(members)
    }

    // MARK: Functions

    private mutating func add(_ function: SAMFunction) throws(ServiceError) {
        resources += try function.resources(&aliases)
        for event in function.events {
            events += 1
            guard events <= Self.mostEvents else { throw SAMFault.resource(function.name, "There are more than \(Self.mostEvents) events.") }
            let name = "\(function.name)\(event.name)"
            switch event.value["Type"]?.textIfAny {
            case "Kinesis": resources.append((name, try function.mapping(name, event.value)))
            case "Api": resources.append(try addRoute(function, event))
            case "S3": try addNotification(function, event)
            case let kind? where ["CloudWatchEvent", "EventBridgeRule", "Schedule"].contains(kind): try addRule(function, event, kind)
            case let type? where SAMFunction.foreignEvents.contains(type):
                throw SAMFault.event(function.name, event.name, "Events of type \(type) are not carried out by personalite.")
            case let type:
                let shown = type ?? event.value["Type"]?.scalarText ?? "None"
                throw SAMFault.event(
                    function.name,
                    event.name,
                    "Resource dict has missing or invalid value for key Type. Event Type is: \(shown)."
                )
            }
        }
    }

    /// Puts the method of an event into its API.
    /// - Returns: the permission that lets the gateway ask.
    private mutating func addRoute(
        _ function: SAMFunction,
        _ event: Document.Fields.Field
    ) throws(ServiceError) -> (name: String, value: Document) {
        let route = try SAMRoute(function.name, event)
        let name: String
        if let api = event.value["Properties"]?["RestApiId"] {
            guard let found = api["Ref"]?.textIfAny ?? api.textIfAny, apis[found] != nil else {
                throw SAMFault.event(
                    function.name,
                    event.name,
                    "RestApiId must be a valid reference to an 'AWS::Serverless::Api' resource in same template."
                )
            }
            name = found
        } else {
            name = Self.restAPI
            if apis[name] == nil { apis[name] = try SAMAPI(implicit: globals.merged("Api", .object(Document.Fields()))) }
        }
        guard let suffix = apis[name]?.stageSuffix else { throw SAMFault.event(function.name, event.name, "There is no API of this name.") }
        do throws(ServiceError) { try apis[name]?.add(route, function) } catch {
            throw SAMFault.event(function.name, event.name, error.message ?? "")
        }
        let api = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}"
        let text = Document.string("\(api)/${__Stage__}/\(route.permittedMethod)\(route.permittedPath)")
        let values = Document.members([("__ApiId__", .members([("Ref", .string(name))])), ("__Stage__", .string("*"))])
        let properties: Members = [
            ("Action", .string("lambda:InvokeFunction")), ("FunctionName", function.target), ("Principal", .string("apigateway.amazonaws.com")),
            ("SourceArn", .members([("Fn::Sub", .list([text, values]))])),
        ]
        let permission = Self.resource("AWS::Lambda::Permission", [("Condition", function.condition)], properties)
        return ("\(function.name)\(event.name)Permission\(suffix)", permission)
    }

    // MARK: Layers

    private mutating func addLayer(_ resource: Document.Fields.Field) throws(ServiceError) {
        let properties = try merged(resource, "LayerVersion")
        let allowed = ["LayerName", "Description", "ContentUri", "CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo", "RetentionPolicy"]
        try SAMFault.checkNames(properties, allowed, resource.name, "AWS::Serverless::LayerVersion")
        let content = try SAMCode.location(properties["ContentUri"], "ContentUri", resource.name, versionMember: "S3ObjectVersion")
        var made: Members = [("Content", content), ("LayerName", properties["LayerName"] ?? .string(resource.name))]
        made += Self.attributes(properties, ["Description", "CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo"])
        let policy = properties["RetentionPolicy"]?.textIfAny.map { $0.lowercased() == "delete" ? "Delete" : "Retain" } ?? "Retain"
        let name = "\(resource.name)\(SAMCode.digest(.members(made)))"
        aliases[resource.name] = name
        let attributes: Members = [("Condition", resource.value["Condition"]), ("DeletionPolicy", .string(policy))]
        resources.append((name, Self.resource("AWS::Lambda::LayerVersion", attributes, made)))
    }

    // MARK: Names

    /// The template with every Ref and Sub of what is called something else in the result.
    private func renamed(_ value: Document) -> Document {
        switch value {
        case .list(let items): return .list(items.map { renamed($0) })
        case .object(let fields):
            if fields.entries.count == 1, let field = fields.entries.first {
                switch (field.name, field.value) {
                case ("Ref", .string(let name)): return .members([("Ref", .string(aliases[name] ?? name))])
                case ("Fn::Sub", .string(let text)): return .members([("Fn::Sub", .string(renamed(text)))])
                case ("Fn::Sub", .list(let parts)):
                    let text = parts.first?.textIfAny.map { Document.string(renamed($0)) }
                    return .members([("Fn::Sub", .list((text.map { [$0] } ?? []) + parts.dropFirst(text == nil ? 0 : 1).map { renamed($0) }))])
                default: break
                }
            }
            return .members(fields.entries.map { ($0.name, renamed($0.value)) })
        default: return value
        }
    }

    private func renamed(_ text: String) -> String {
        SubstitutionText.parts(text).map { part in
            switch part {
            case .variable(let name): "${\(aliases[name] ?? name)}"
            case .text(let text): text.replacing("${", with: "${!")
            }
        }.joined()
    }
}

/// What is wrong with a template of the Serverless Application Model, in the words of its transform.
enum SAMFault {
    static func document(_ text: String) -> ServiceError {
        .invalid(
            """
            Transform \(SAMTransform.name) failed with: Invalid Serverless Application Specification document. Number of errors found: 1. \(text)
            """
        )
    }

    static func resource(_ name: String, _ text: String) -> ServiceError { document("Resource with id [\(name)] is invalid. \(text)") }

    static func event(_ function: String, _ event: String, _ text: String) -> ServiceError {
        resource(function, "Event with id [\(event)] is invalid. \(text)")
    }

    static func checkNames(_ properties: Document, _ allowed: [String], _ name: String, _ type: String) throws(ServiceError) {
        guard let other = properties.entriesIfAny.first(where: { !allowed.contains($0.name) }) else { return }
        throw resource(name, "property \(other.name) not defined for resource of type \(type)")
    }
}

/// Where the code of a function or the content of a layer is.
enum SAMCode {
    /// - Parameter versionMember: what the version of the object is called in the result.
    static func location(_ value: Document?, _ property: String, _ name: String, versionMember: String) throws(ServiceError) -> Document {
        if let bucket = value?["Bucket"], let key = value?["Key"] {
            return .members([("S3Bucket", bucket), ("S3Key", key), (versionMember, value?["Version"])])
        }
        if let text = value?.textIfAny, text.hasPrefix("s3://") {
            let path = text.dropFirst("s3://".count).split(separator: "?", maxSplits: 1)
            let parts = path.first?.split(separator: "/", maxSplits: 1) ?? []
            let version = path.dropFirst().first.flatMap { $0.hasPrefix("versionId=") ? $0.dropFirst("versionId=".count) : nil }
            if parts.count == 2 {
                return .members([
                    ("S3Bucket", .string(String(parts[0]))), ("S3Key", .string(String(parts[1]))),
                    (versionMember, version.map { .string(String($0)) }),
                ])
            }
        }
        throw SAMFault.resource(
            name,
            "'\(property)' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter."
        )
    }

    /// Ten characters that change when a value does.
    static func digest(_ value: Document) -> String { String(SHA256Hex.text(of: JSON.write(value)).prefix(10)) }
}
