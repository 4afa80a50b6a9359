import ServiceKit
import Wire

/// What stands behind a method, as the URI of its integration says.
enum IntegrationTarget: Equatable {
    /// - Parameter name: name or ARN of a function.
    case function(name: String)
    /// - Parameters:
    ///   - isPath: whether `operation` is a path, and not an operation's name.
    case service(name: String, operation: String, isPath: Bool, region: String)

    /// Services that take JSON and are told the operation by a header.
    static let targetPrefixes = ["kinesis": "Kinesis_20131202", "firehose": "Firehose_20150804", "personalize": "AmazonPersonalize"]
    static let paths: [String: Set<String>] = [
        "personalize-runtime": ["recommendations", "personalize-ranking", "action-recommendations"],
        "personalize-events": ["events", "items", "users", "actions", "action-interactions"],
    ]

    /// `arn:aws:apigateway:REGION:SERVICE:path/PATH` or `…:action/OPERATION`.
    /// - Throws: how the URI is wrong, or which service is not here.
    init(_ uri: String) throws(ServiceError) {
        let parts = uri.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, parts[0] == "arn", parts[2] == "apigateway" else { throw .badRequest("Invalid ARN specified in the request") }
        let (region, service, rest) = (parts[3], parts[4], parts[5])
        let isPath = rest.hasPrefix("path/")
        guard isPath || rest.hasPrefix("action/") else { throw .badRequest("AWS ARN for integration must contain path or action") }
        let operation = String(rest.dropFirst(isPath ? 5 : 7))
        // Its answer is a stream, which no integration passes on.
        if service == "kinesis", operation == "SubscribeToShard" { throw .notHere("An integration with kinesis:action/SubscribeToShard") }
        if service == "lambda" {
            let (prefix, suffix) = ("2015-03-31/functions/", "/invocations")
            guard isPath, operation.hasPrefix(prefix), operation.hasSuffix(suffix), operation.count > prefix.count + suffix.count else {
                throw .badRequest("Invalid function ARN or invalid uri")
            }
            self = .function(name: String(operation.dropFirst(prefix.count).dropLast(suffix.count)))
            return
        }
        let isHere = isPath ? Self.paths[service]?.contains(operation) == true : Self.targetPrefixes[service] != nil && !operation.isEmpty
        guard isHere else { throw .notHere("An integration with \(service):\(rest)") }
        self = .service(name: service, operation: operation, isPath: isPath, region: region)
    }
}

/// What an integration has to be, and its responses.
enum IntegrationRules {
    /// Members of PutIntegration that nothing here would honour.
    static func checkInput(_ input: Document) throws(ServiceError) {
        for member in ["connectionId", "tlsConfig", "integrationTarget"] where input[member] != nil {
            throw .notHere("\(member) of PutIntegration")
        }
        if input["connectionType"]?.text == "VPC_LINK" { throw .notHere("The connectionType VPC_LINK") }
        if input["responseTransferMode"]?.text == "STREAM" { throw .notHere("The responseTransferMode STREAM") }
    }

    static func check(_ integration: Document, of method: Document) throws(ServiceError) {
        let type = integration["type"]?.textIfAny ?? ""
        switch type {
        case "HTTP", "HTTP_PROXY":
            guard integration["httpMethod"] != nil else { throw .badRequest("Enumeration value for HttpMethod must be non-empty") }
            guard isHTTP(integration["uri"]?.textIfAny ?? "") else { throw .badRequest("Invalid HTTP endpoint specified for URI") }
        case "MOCK": break
        case "AWS", "AWS_PROXY":
            guard integration["httpMethod"] != nil else { throw .badRequest("Enumeration value for HttpMethod must be non-empty") }
            let target = try IntegrationTarget(integration["uri"]?.textIfAny ?? "")
            if case .service(let name, let operation, _, _) = target {
                if type == "AWS_PROXY" { throw .notHere("An integration of type AWS_PROXY with \(name):\(operation)") }
                guard integration["credentials"] != nil else { throw .badRequest("Role ARN must be specified for AWS integrations") }
            }
            if let credentials = integration["credentials"]?.textIfAny, ARN(credentials) == nil {
                throw .badRequest("Invalid ARN specified in the request")
            }
        default: throw .badRequest("Invalid integration type specified: \(type)")
        }
        guard (50...29000).contains(integration["timeoutInMillis"]?.numberIfAny ?? 29000) else {
            throw .badRequest("Timeout should be between 50 ms and 29000 ms")
        }
        let behaviour = integration["passthroughBehavior"]?.textIfAny ?? "WHEN_NO_MATCH"
        guard ["WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"].contains(behaviour) else {
            throw .badRequest("Invalid passthrough behavior specified: \(behaviour)")
        }
        try checkContentHandling(integration)
        for field in integration["requestTemplates"]?.entriesIfAny ?? [] { try checkTemplate(field.value.textIfAny ?? "") }
        for field in integration["requestParameters"]?.entriesIfAny ?? [] {
            let parts = field.name.split(separator: ".", maxSplits: 3)
            guard parts.count == 4, parts[0] == "integration", parts[1] == "request", ["path", "querystring", "header"].contains(parts[2]),
                let source = ParameterSource(field.value.textIfAny ?? "", side: .request)
            else { throw MethodRules.mapping(field.name) }
            if case .method(let place, let name) = source, place != .path, place != .body,
                method["requestParameters"]?["method.request.\(place.name).\(name)"] == nil
            {
                throw MethodRules.mapping(field.value.textIfAny ?? "")
            }
        }
    }

    /// Whether a URI names a server that is asked by HTTP. What stands in braces is put in when a request comes.
    static func isHTTP(_ uri: String) -> Bool {
        guard let scheme = ["http://", "https://"].first(where: { uri.hasPrefix($0) }) else { return false }
        let rest = uri.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        // Which server is asked is not for callers to say; variables of the stage are the owner's.
        return !authority.isEmpty && !authority.replacing("${", with: "").contains("{")
            && rest.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "#") }
    }

    static func check(response: Document, of method: Document) throws(ServiceError) {
        let code = response["statusCode"]?.textIfAny ?? ""
        guard let declared = method["methodResponses"]?[code] else { throw .notFound("Invalid Response status code specified") }
        if let pattern = response["selectionPattern"]?.textIfAny, !pattern.isEmpty {
            do throws(LinearPattern.Fault) {
                _ = try LinearPattern(pattern)
            } catch {
                throw .badRequest("Invalid selection pattern specified: \(pattern) (\(error.reason))")
            }
        }
        try checkContentHandling(response)
        for field in response["responseTemplates"]?.entriesIfAny ?? [] { try checkTemplate(field.value.textIfAny ?? "") }
        for field in response["responseParameters"]?.entriesIfAny ?? [] {
            guard declared["responseParameters"]?[field.name] != nil else { throw MethodRules.mapping(field.name) }
            guard ParameterSource(field.value.textIfAny ?? "", side: .response) != nil else {
                throw MethodRules.mapping(field.value.textIfAny ?? "")
            }
        }
    }

    private static func checkContentHandling(_ document: Document) throws(ServiceError) {
        guard let handling = document["contentHandling"]?.textIfAny else { return }
        guard ["CONVERT_TO_BINARY", "CONVERT_TO_TEXT"].contains(handling) else {
            throw .badRequest("Invalid content handling specified: \(handling)")
        }
    }

    static func checkTemplate(_ text: String) throws(ServiceError) {
        do throws(VelocityFault) {
            _ = try VelocityTemplate(text)
        } catch {
            throw .badRequest("Invalid mapping template specified: \(error.reason)")
        }
    }
}
