import ServiceKit
import Synchronization
import Wire

/// A method of a deployed resource, ready to be served.
struct Endpoint: Sendable {
    var resourceID: String
    var resourcePath: String
    /// The method's document, as the deployment has it.
    var method: Document
    var integration: Integration
}

/// What a stage serves, read from its deployment once.
final class DeployedStage: Sendable {
    let api: String
    let account: String
    let region: String
    let stage: String
    let deployment: String
    let variables: Document
    let binaryTypes: [String]
    let isDisabled: Bool
    let routes: RouteTree
    let validators: [String: Document]
    let responses: [FaultKind: GatewayResponse]
    /// The schemas of bodies, by the names of their models; nil for one that cannot be read.
    private let schemas: [String: JSONSchema?]
    /// The ids of the keys that may use it, by their values.
    let keys: [String: String]
    let accessLog: AccessLog?

    init(_ place: Document, stage: Document, snapshot: Document, deployment: String, keys: [String: String]) {
        let facts = snapshot["api"] ?? .null
        api = facts["id"]?.textIfAny ?? ""
        account = place["account"]?.textIfAny ?? ""
        region = place["region"]?.textIfAny ?? ""
        self.stage = stage["stageName"]?.textIfAny ?? ""
        self.deployment = deployment
        variables = stage["variables"] ?? .object(Document.Fields())
        binaryTypes = (facts["binaryMediaTypes"]?.listIfAny ?? []).compactMap { $0.textIfAny?.lowercased() }
        isDisabled = facts["disableExecuteApiEndpoint"] == .boolean(true)
        self.keys = keys
        accessLog = AccessLog(stage["accessLogSettings"])
        let validators = (snapshot["validators"]?.listIfAny ?? []).map { ($0["id"]?.textIfAny ?? "", $0) }
        self.validators = Dictionary(validators, uniquingKeysWith: { first, _ in first })
        var schemas: [String: JSONSchema?] = [:]
        for model in snapshot["models"]?.listIfAny ?? [] where model["contentType"]?.textIfAny?.hasSuffix("json") == true {
            guard let name = model["name"]?.textIfAny, let text = model["schema"]?.textIfAny else { continue }
            schemas.updateValue((try? JSON.parse(text)).flatMap { try? JSONSchema($0) }, forKey: name)
        }
        self.schemas = schemas
        var responses: [FaultKind: GatewayResponse] = [:]
        for response in snapshot["responses"]?.listIfAny ?? [] {
            guard let kind = FaultKind(rawValue: response["responseType"]?.textIfAny ?? "") else { continue }
            responses[kind] = GatewayResponse(response)
        }
        self.responses = responses
        var routes = RouteTree()
        for resource in snapshot["resources"]?.listIfAny ?? [] {
            let path = resource["path"]?.textIfAny ?? "/"
            for method in resource["resourceMethods"]?.entriesIfAny ?? [] {
                let endpoint = Endpoint(
                    resourceID: resource["id"]?.textIfAny ?? "",
                    resourcePath: path,
                    method: method.value,
                    integration: Integration(method.value["methodIntegration"] ?? .null)
                )
                routes.add(endpoint, path: path, method: method.name)
            }
        }
        self.routes = routes
    }

    /// The schema of a model; nil when it has none, or it is of what is not JSON.
    /// - Throws: that it cannot be read, for then nothing can be said of bodies.
    func schema(of model: String) throws(GatewayFault) -> JSONSchema? {
        guard let known = schemas[model] else { return nil }
        guard let schema = known else { throw .configuration("the schema of a model cannot be read") }
        return schema
    }

    /// Whether a media type is one of those whose bodies are bytes.
    func isBinary(_ type: String?) -> Bool {
        guard !binaryTypes.isEmpty else { return false }
        let type = (type ?? "").prefix { $0 != ";" && $0 != "," }.lowercased().filter { $0 != " " }
        return binaryTypes.contains { known in
            known == "*/*" || known == type || (known.hasSuffix("/*") && type.hasPrefix(known.dropLast()))
        }
    }
}

/// The stages that were asked for, as long as nothing is changed.
final class DeployedStages: Sendable {
    private struct State {
        var stages: [String: DeployedStage] = [:]
        var generation = 0
    }

    private let state = Mutex(State())
    /// All of them are forgotten when there are more.
    private static let maximum = 200

    func forget() {
        state.withLock {
            $0.generation += 1
            $0.stages = [:]
        }
    }

    /// - Parameter make: reads a stage from the store; nil when there is none.
    func stage(_ api: String, _ name: String, _ make: () throws(ServiceError) -> DeployedStage?) throws(ServiceError) -> DeployedStage? {
        let key = "\(api)/\(name)"
        let (known, generation) = state.withLock { ($0.stages[key], $0.generation) }
        if let known { return known }
        guard let made = try make() else { return nil }
        state.withLock { state in
            guard state.generation == generation else { return }
            if state.stages.count >= Self.maximum { state.stages = [:] }
            state.stages[key] = made
        }
        return made
    }
}

extension APIGatewayService {
    func deployedStage(_ target: ExecuteTarget) throws(ServiceError) -> DeployedStage? {
        try deployed.stage(target.api, target.stage) { () throws(ServiceError) in
            try store.read { database -> DeployedStage? in
                guard let place = try RecordTable.shared(database).find(Kind.place, target.api)?.body else { return nil }
                let (account, region) = (place["account"]?.textIfAny ?? "", place["region"]?.textIfAny ?? "")
                let table = RecordTable(database, account: account, region: region)
                guard let stage = try table.part(Kind.stage, target.api, target.stage), let id = stage["deploymentId"]?.textIfAny,
                    let deployment = try table.part(Kind.deployment, target.api, id), let snapshot = deployment["snapshot"]
                else { return nil }
                var keys: [String: String] = [:]
                for plan in try table.list(Kind.plan) {
                    let stages = plan.body["apiStages"]?.listIfAny ?? []
                    guard stages.contains(where: { $0["apiId"]?.textIfAny == target.api && $0["stage"]?.textIfAny == target.stage }) else { continue }
                    for id in plan.body["keys"]?.listIfAny.compactMap(\.textIfAny) ?? [] {
                        guard let key = try table.find(Kind.key, id)?.body, key["enabled"] == .boolean(true) else { continue }
                        keys[key["value"]?.textIfAny ?? ""] = id
                    }
                }
                return DeployedStage(place, stage: stage, snapshot: snapshot, deployment: id, keys: keys)
            }
        }
    }
}
