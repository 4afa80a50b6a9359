import APIGatewayEmulator
import CloudFormationEmulator
import CloudWatchEmulator
import LambdaEmulator
import S3Emulator
import ServiceKit
import Wire

/// Which service a request is for.
enum Route: Equatable {
    case admin
    /// AWS JSON 1.1; `target` is `X-Amz-Target`.
    case json(target: String?)
    /// The REST services of Personalize, told apart by their fixed paths.
    case events
    case runtime
    /// What makes and changes APIs.
    case apiGateway
    /// What is sent to an API.
    case execute(ExecuteTarget)
    case lambda
    /// Where deployment packages are downloaded from.
    case functionCode(path: String)
    case customResource(name: String)
    /// The query protocol; `service` is the name in the signature's scope.
    case query(service: String?)
    /// CloudWatch in the protocols that name the operation outside of the body.
    case monitoring(operation: String, form: QueryCompatibleProtocol.Form)
    /// A service that is not here, as the signature's scope names it.
    case other(service: String?)
    case s3

    /// The paths of personalize-events and personalize-runtime.
    static let eventPaths: Set<String> = ["/events", "/items", "/users", "/actions", "/action-interactions"]
    static let runtimePaths: Set<String> = ["/recommendations", "/personalize-ranking", "/action-recommendations"]
    static let adminPrefix = "/_personalite/"

    init(_ request: WireRequest) {
        let api = ExecuteTarget(request)
        // An API that is named by its host has an origin of its own, from which nothing else is to be had: pages that it answers are not ours.
        if let api, api.isByHost {
            self = .execute(api)
        } else if request.path.hasPrefix(Self.adminPrefix) && !S3Service.isOfBucket(request) || NeighbourPaths.isOne(request) {
            self = .admin
        } else if let operation = Self.monitoringOperation(request) {
            self = .monitoring(operation: operation, form: request.headers["smithy-protocol"] == nil ? .json : .cbor)
        } else if let api, !["s3", "apigateway"].contains(Self.scopedService(request)) {
            self = .execute(api)
        } else if request.path.hasPrefix(LambdaService.codePath) {
            self = .functionCode(path: String(request.path.dropFirst(LambdaService.codePath.count)))
        } else if request.path.hasPrefix(CustomResources.path) && !S3Service.isOfBucket(request) {
            self = .customResource(name: String(request.path.dropFirst(CustomResources.path.count)))
        } else if let target = request.headers["x-amz-target"] {
            let service = Self.scopedService(request)
            let isOurs = Self.jsonOperation(target) != nil || service.map { Self.isJSON(service: $0) } ?? true
            self = isOurs ? .json(target: target) : .other(service: service)
        } else {
            self = Self.withoutTarget(request)
        }
    }

    /// By a target, or by a path of Smithy's RPC.
    private static func monitoringOperation(_ request: WireRequest) -> String? {
        let name = CloudWatchService.targetPrefix
        if request.headers["smithy-protocol"] == "rpc-v2-cbor" {
            let path = "/service/\(name)/operation/"
            return request.path.hasPrefix(path) ? String(request.path.dropFirst(path.count)) : nil
        }
        guard let target = request.headers["x-amz-target"], target.hasPrefix(name + ".") else { return nil }
        return String(target.dropFirst(name.count + 1))
    }

    /// The scope of the signature is looked at before the path, so that a bucket may be called `events`.
    private static func withoutTarget(_ request: WireRequest) -> Route {
        // A browser asks without a target and without a signature.
        if CrossOrigin.isPreflight(request) {
            if request.path == "/" { return .json(target: nil) }
            if eventPaths.contains(request.path) { return .events }
            if runtimePaths.contains(request.path) { return .runtime }
        }
        // A form says in its body who sends it; only S3 takes one.
        if request.method == "POST", request.headers["content-type"]?.lowercased().hasPrefix("multipart/form-data") == true { return .s3 }
        let service = scopedService(request)
        if service != "s3", request.method == "POST" {
            if eventPaths.contains(request.path) { return .events }
            if runtimePaths.contains(request.path) { return .runtime }
        }
        switch service {
        case nil:
            if request.path.hasPrefix("/2015-03-31/functions") || request.path.hasPrefix("/2015-03-31/event-source-mappings") { return .lambda }
            if isForm(request) || isQuery(request) { return .query(service: nil) }
            return isJSON(request) ? .json(target: nil) : .s3
        case "lambda"?: return .lambda
        case "s3"?:
            // The control plane of S3 signs as S3 does, and says so by its paths and this header.
            let isControl = request.headers["x-amz-account-id"] != nil && request.path.hasPrefix("/v20180820/")
            return isControl ? .other(service: "s3") : .s3
        case "apigateway"?: return .apiGateway
        case let service? where isJSON(service: service): return .json(target: nil)
        case let service? where queryServices.contains(service): return .query(service: service)
        default: return .other(service: service)
        }
    }

    /// The services that `X-Amz-Target` names: what their targets begin with, and their names in signatures.
    private static let jsonServices = [
        ("Kinesis_20131202.", "kinesis"), ("AmazonPersonalize.", "personalize"), ("AmazonSSM.", "ssm"), ("Firehose_20150804.", "firehose"),
        ("Logs_20140328.", "logs"), ("AWSEvents.", "events"),
    ]

    private static func isJSON(service: String) -> Bool { jsonServices.contains { $0.1 == service } }

    /// The service here and the operation that a target names; nil when it is another's.
    static func jsonOperation(_ target: String) -> (service: String, operation: String)? {
        for (prefix, service) in jsonServices where target.hasPrefix(prefix) {
            return (service, String(target.utf8.dropFirst(prefix.utf8.count)) ?? "")
        }
        return nil
    }

    private static let queryServices: Set<String> = ["cloudformation", "iam", "monitoring", "sts"]

    /// Whether a request is a form, as the query protocol sends one.
    static func isForm(_ request: WireRequest) -> Bool {
        request.method == "POST" && request.path == "/"
            && request.headers["content-type"]?.lowercased().hasPrefix("application/x-www-form-urlencoded") == true
    }

    /// The query protocol by GET, not signed.
    private static func isQuery(_ request: WireRequest) -> Bool {
        guard request.method == "GET", request.path == "/", request.query.contains("Action=") else { return false }
        return request.query.split(separator: "&").contains { $0.hasPrefix("Action=") }
            && request.query.split(separator: "&").contains { $0.hasPrefix("Version=") }
    }

    private static func isJSON(_ request: WireRequest) -> Bool {
        guard request.path == "/", let type = request.headers["content-type"] else { return false }
        return type.hasPrefix("application/x-amz-json") || type.hasPrefix("application/x-amz-cbor") || type.hasPrefix("application/json")
    }

    /// The service in the credential's scope: `Credential=KEY/20260101/us-east-1/SERVICE/aws4_request`.
    private static func scopedService(_ request: WireRequest) -> String? {
        if let header = request.headers["authorization"], let credential = header.utf8.after("Credential=") {
            return service(inScope: credential.prefix { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: " ") })
        }
        guard let credential = request.query.utf8.after("X-Amz-Credential=") else { return nil }
        let value = credential.prefix { $0 != UInt8(ascii: "&") }
        return service(inScope: value.contains(UInt8(ascii: "/")) ? value : Substring(Percent.decode(Substring(value)) ?? "").utf8)
    }

    private static func service(inScope credential: Substring.UTF8View) -> String? {
        let parts = credential.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count >= 5 else { return nil }
        let service = parts[parts.count - 2]
        return service.isEmpty ? nil : String(service)
    }
}

extension String.UTF8View {
    /// What stands after `marker`; nil where it is not to be found. Every request is looked through, as bytes: characters take ten times as long.
    fileprivate func after(_ marker: String) -> Substring.UTF8View? {
        guard let initial = marker.utf8.first else { return nil }
        var rest = self[...]
        while let candidate = rest.firstIndex(of: initial) {
            rest = rest[candidate...]
            if rest.starts(with: marker.utf8) { return rest.dropFirst(marker.utf8.count) }
            rest = rest.dropFirst()
        }
        return nil
    }
}
