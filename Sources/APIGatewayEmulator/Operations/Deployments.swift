import ServiceKit
import Wire

/// Deployments, which are copies of an API, and stages, which serve one.
extension APIGatewayService {
    static let deployments: [String: Work] = [
        "CreateDeployment": { (service, input, call) throws(ServiceError) in try service.createDeployment(input, call) },
        "GetDeployment": { (service, input, call) throws(ServiceError) in
            APIGatewayService.shownDeployment(try service.part(Kind.deployment, "deploymentId", input, call), input)
        },
        "GetDeployments": { (service, input, call) throws(ServiceError) in
            let page = try Page(input)
            return try service.read(call) { table in
                let api = input.required("restApiId").text
                _ = try table.api(api, call)
                // The oldest first, however their names are ordered.
                let records = try table.list(Kind.deployment, parent: api).sorted { $0.id < $1.id }
                return page.document(records.map { (APIGatewayService.ordinal($0.id), APIGatewayService.shownDeployment($0.body, .null)) })
            }
        },
        "UpdateDeployment": { (service, input, call) throws(ServiceError) in
            APIGatewayService.shownDeployment(
                try service.updatePart(Kind.deployment, "deploymentId", input, call, PatchRules.deployment) { _ in },
                .null
            )
        },
        "DeleteDeployment": { (service, input, call) throws(ServiceError) in
            try service.write(call) { table, _ in
                let (api, id) = (input.required("restApiId").text, input.required("deploymentId"))
                _ = try APIGatewayService.find(Kind.deployment, api, id.text, table, call)
                guard try !table.list(Kind.stage, parent: api).contains(where: { $0.body["deploymentId"] == id }) else {
                    throw ServiceError.badRequest("Active stages pointing to this deployment must be moved or deleted")
                }
                try table.remove(Kind.deployment, "\(api)/\(id.text)")
            }
            return nil
        },
        "CreateStage": { (service, input, call) throws(ServiceError) in
            for member in ["canarySettings"] where input[member] != nil { throw .notHere("\(member) of CreateStage") }
            return try service.write(call) { table, _ in
                let (api, name) = (input.required("restApiId").text, input.required("stageName").text)
                _ = try APIGatewayService.find(Kind.deployment, api, input.required("deploymentId").text, table, call)
                guard try table.part(Kind.stage, api, name) == nil else { throw ServiceError.conflict("Stage already exists") }
                return try APIGatewayService.saveStage(input, table, call)
            }
        },
        "GetStage": { (service, input, call) throws(ServiceError) in try service.part(Kind.stage, "stageName", input, call) },
        "GetStages": { (service, input, call) throws(ServiceError) in
            try service.read(call) { table in
                let api = input.required("restApiId").text
                _ = try table.api(api, call)
                let stages = try table.list(Kind.stage, parent: api).map(\.body)
                return .members([("item", .list(stages.filter { input["deploymentId"] == nil || $0["deploymentId"] == input["deploymentId"] }))])
            }
        },
        "UpdateStage": { (service, input, call) throws(ServiceError) in
            try service.write(call) { table, _ in
                let (api, name) = (input.required("restApiId").text, input.required("stageName").text)
                let old = try APIGatewayService.find(Kind.stage, api, name, table, call)
                let new = try Patch.apply(input, to: old, PatchRules.stage).setting([("lastUpdatedDate", .integer(call.now.seconds))])
                _ = try APIGatewayService.find(Kind.deployment, api, new["deploymentId"]?.textIfAny ?? "", table, call)
                try APIGatewayService.checkVariables(new["variables"])
                try table.putPart(Kind.stage, api, name, new)
                return new
            }
        },
        "DeleteStage": { (service, input, call) throws(ServiceError) in
            try service.write(call) { table, _ in
                let (api, name) = (input.required("restApiId").text, input.required("stageName").text)
                _ = try APIGatewayService.find(Kind.stage, api, name, table, call)
                try APIGatewayService.removeFromPlans(table) { $0["apiId"]?.textIfAny != api || $0["stage"]?.textIfAny != name }
                try table.remove(Kind.stage, "\(api)/\(name)")
            }
            return nil
        },
    ]

    /// Ids as texts of one length.
    static func ordinal(_ id: Int64) -> String { id.padded(to: 19) }

    /// A deployment without the copy that it is.
    private static func shownDeployment(_ deployment: Document, _ input: Document) -> Document {
        var summary: Document?
        if (input["embed"]?.listIfAny ?? []).contains(.string("apisummary")) {
            let resources = deployment["snapshot"]?["resources"]?.listIfAny ?? []
            summary = .object(
                Document.Fields(
                    resources.compactMap { resource in
                        guard let methods = resource["resourceMethods"]?.entriesIfAny, !methods.isEmpty else { return nil }
                        let shown = methods.map { method -> (String, Document) in
                            (method.name, .members(method.value.only(["authorizationType", "apiKeyRequired"])))
                        }
                        return (resource["path"]?.textIfAny ?? "", .object(Document.Fields(shown)))
                    }
                )
            )
        }
        return deployment.setting([("snapshot", nil), ("apiSummary", summary)])
    }

    private func createDeployment(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        if input["canarySettings"] != nil { throw .notHere("canarySettings of CreateDeployment") }
        return try write(call) { table, _ in
            let api = input.required("restApiId").text
            let facts = try table.api(api, call)
            let resources = try table.list(Kind.resource, parent: api).map(\.body)
            let methods = resources.flatMap { $0["resourceMethods"]?.entriesIfAny ?? [] }
            guard !methods.isEmpty else { throw ServiceError.badRequest("The REST API doesn't contain any methods") }
            guard methods.allSatisfy({ $0.value["methodIntegration"] != nil }) else {
                throw ServiceError.badRequest("No integration defined for method")
            }
            let id = GatewayID.random(6)
            let snapshot = Document.members([
                ("api", facts), ("resources", .list(resources)), ("models", .list(try table.list(Kind.model, parent: api).map(\.body))),
                ("validators", .list(try table.list(Kind.validator, parent: api).map(\.body))),
                ("responses", .list(try table.list(Kind.gatewayResponse, parent: api).map(\.body))),
            ])
            let deployment = Document.members([
                ("id", .string(id)), ("description", input["description"]), ("createdDate", .integer(call.now.seconds)),
            ])
            try table.putPart(Kind.deployment, api, id, deployment.setting([("snapshot", snapshot)]))
            if let name = input["stageName"]?.text {
                if let stage = try table.part(Kind.stage, api, name) {
                    let moved = stage.setting(
                        [("deploymentId", .string(id)), ("lastUpdatedDate", .integer(call.now.seconds))]
                            + [("variables", input["variables"] ?? stage["variables"])]
                            + [("description", input["stageDescription"] ?? stage["description"])]
                    )
                    try APIGatewayService.checkVariables(moved["variables"])
                    try table.putPart(Kind.stage, api, name, moved)
                } else {
                    _ = try APIGatewayService.saveStage(
                        input.setting([("deploymentId", .string(id)), ("description", input["stageDescription"])]),
                        table,
                        call
                    )
                }
            }
            return deployment
        }
    }

    /// Of one API (quota "Stages per API").
    private static let maximumStages = 10

    private static func saveStage(_ input: Document, _ table: RecordTable, _ call: Call) throws -> Document {
        let (api, name) = (input.required("restApiId").text, input.required("stageName").text)
        let isName = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F || byte == 0x2D
        }
        guard isName, (1...128).contains(name.utf8.count) else { throw ServiceError.badRequest("Stage name only allows a-zA-Z0-9_-") }
        guard try table.list(Kind.stage, parent: api).count < maximumStages else {
            throw ServiceError("LimitExceededException", "Maximum number of stages for this API has been reached", status: 429)
        }
        try checkVariables(input["variables"])
        try checkTags(input)
        let isCached = input["cacheClusterEnabled"]?.flag ?? false
        let stage = Document.members(
            [
                ("stageName", .string(name)), ("cacheClusterEnabled", .boolean(isCached)),
                ("cacheClusterStatus", .string(isCached ? "AVAILABLE" : "NOT_AVAILABLE")),
                ("methodSettings", .object(Document.Fields())), ("tracingEnabled", input["tracingEnabled"] ?? .boolean(false)),
                ("createdDate", .integer(call.now.seconds)), ("lastUpdatedDate", .integer(call.now.seconds)),
            ] + input.only(["deploymentId", "description", "cacheClusterSize", "variables", "documentationVersion", "tags"])
        )
        try table.putPart(Kind.stage, api, name, stage)
        return stage
    }

    private static func checkVariables(_ variables: Document?) throws(ServiceError) {
        guard (variables?.entriesIfAny.count ?? 0) <= 1000 else { throw .badRequest("A stage has 1000 variables at most") }
        let others = Set("-._~:/?#&=,".utf8)
        for variable in variables?.entriesIfAny ?? [] {
            let isName = variable.name.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x5F }
            guard isName, !variable.name.isEmpty else {
                throw .badRequest("Stage variable name is invalid. Please use alphanumeric characters and underscores: \(variable.name)")
            }
            guard (variable.value.textIfAny ?? "").utf8.allSatisfy({ isAlphanumeric($0) || others.contains($0) }) else {
                throw .badRequest(
                    "Stage variable value contains illegal character(s). Please use values matching pattern [A-Za-z0-9-._~:/?#&=,]+"
                )
            }
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
