import ServiceKit
import Wire

/// Keys of clients, the plans that say what they may use, the account's settings, and tags.
extension APIGatewayService {
    static let keys: [String: Work] = [
        "CreateApiKey": { (service, input, call) throws(ServiceError) in try service.createKey(input, call) },
        "GetApiKey": { (service, input, call) throws(ServiceError) in
            let key = try service.read(call) { try APIGatewayService.key(input.required("apiKey").text, $0) }
            return input["includeValue"]?.flag == true ? key : key.setting([("value", nil)])
        },
        "GetApiKeys": { (service, input, call) throws(ServiceError) in
            let page = try Page(input)
            let (prefix, showsValues) = (input["nameQuery"]?.text ?? "", input["includeValues"]?.flag ?? false)
            return try service.read(call) { table in
                let keys = try table.list(Kind.key).map(\.body).filter { key in
                    (key["name"]?.textIfAny ?? "").hasPrefix(prefix)
                        && (input["customerId"] == nil || key["customerId"] == input["customerId"])
                }
                return page.document(keys.map { ($0["id"]?.textIfAny ?? "", showsValues ? $0 : $0.setting([("value", nil)])) })
            }
        },
        "UpdateApiKey": { (service, input, call) throws(ServiceError) in
            try service.write(call) { table, _ in
                let id = input.required("apiKey").text
                let key = try Patch.apply(input, to: try APIGatewayService.key(id, table), PatchRules.key)
                    .setting([("lastUpdatedDate", .integer(call.now.seconds))])
                try table.put(Kind.key, id, key)
                return key.setting([("value", nil)])
            }
        },
        "DeleteApiKey": { (service, input, call) throws(ServiceError) in
            try service.write(call) { table, _ in
                let id = input.required("apiKey").text
                _ = try APIGatewayService.key(id, table)
                for record in try table.list(Kind.plan) {
                    let kept = (record.body["keys"]?.listIfAny ?? []).filter { $0 != .string(id) }
                    try table.put(Kind.plan, record.name, record.body.setting([("keys", .list(kept))]))
                }
                try table.remove(Kind.key, id)
            }
            return nil
        },
        // MARK: Usage plans
        "CreateUsagePlan": { (service, input, call) throws(ServiceError) in
            try APIGatewayService.checkTags(input)
            let id = GatewayID.random(6)
            let plan = Document.members(
                [("id", .string(id)), ("apiStages", input["apiStages"] ?? .list([])), ("keys", .list([]))]
                    + input.only(["name", "description", "throttle", "quota", "tags"])
            )
            return try service.write(call) { table, _ in
                try APIGatewayService.check(plan: plan, table, call)
                try table.put(Kind.plan, id, plan)
                return APIGatewayService.shown(plan: plan)
            }
        },
        "GetUsagePlan": { (service, input, call) throws(ServiceError) in
            APIGatewayService.shown(plan: try service.read(call) { try APIGatewayService.plan(input, $0) })
        },
        "GetUsagePlans": { (service, input, call) throws(ServiceError) in
            let page = try Page(input)
            return try service.read(call) { table in
                let plans = try table.list(Kind.plan).map(\.body).filter { plan in
                    input["keyId"].map { (plan["keys"]?.listIfAny ?? []).contains($0) } ?? true
                }
                return page.document(plans.map { ($0["id"]?.textIfAny ?? "", APIGatewayService.shown(plan: $0)) })
            }
        },
        "UpdateUsagePlan": { (service, input, call) throws(ServiceError) in
            try service.write(call) { table, _ in
                let plan = try Patch.apply(input, to: try APIGatewayService.plan(input, table), PatchRules.plan)
                try APIGatewayService.check(plan: plan, table, call)
                try table.put(Kind.plan, input.required("usagePlanId").text, plan)
                return APIGatewayService.shown(plan: plan)
            }
        },
        "DeleteUsagePlan": { (service, input, call) throws(ServiceError) in
            try service.write(call) { table, _ in
                let plan = try APIGatewayService.plan(input, table)
                guard (plan["apiStages"]?.listIfAny ?? []).isEmpty else {
                    throw ServiceError.badRequest(
                        "Cannot delete Usage Plan \(input.required("usagePlanId").text) because there are API stages associated with it"
                    )
                }
                try table.remove(Kind.plan, input.required("usagePlanId").text)
            }
            return nil
        },
        "CreateUsagePlanKey": { (service, input, call) throws(ServiceError) in
            guard input.required("keyType").text == "API_KEY" else { throw .badRequest("Invalid key type specified") }
            return try service.write(call) { table, _ in
                let (plan, id) = (try APIGatewayService.plan(input, table), input.required("keyId"))
                let key = try APIGatewayService.key(id.text, table)
                var keys = plan["keys"]?.listIfAny ?? []
                guard !keys.contains(id) else { throw ServiceError.conflict("Usage Plan Key already exists for this Usage Plan") }
                keys.append(id)
                try table.put(Kind.plan, input.required("usagePlanId").text, plan.setting([("keys", .list(keys))]))
                return APIGatewayService.planKey(key)
            }
        },
        "GetUsagePlanKey": { (service, input, call) throws(ServiceError) in
            try service.read(call) { table in APIGatewayService.planKey(try APIGatewayService.key(of: input, table)) }
        },
        "GetUsagePlanKeys": { (service, input, call) throws(ServiceError) in
            let (page, prefix) = (try Page(input), input["nameQuery"]?.text ?? "")
            return try service.read(call) { table in
                let ids = try APIGatewayService.plan(input, table)["keys"]?.listIfAny.compactMap(\.textIfAny) ?? []
                let keys = try ids.compactMap { try table.find(Kind.key, $0)?.body }.filter { ($0["name"]?.textIfAny ?? "").hasPrefix(prefix) }
                return page.document(keys.map { ($0["id"]?.textIfAny ?? "", APIGatewayService.planKey($0)) })
            }
        },
        "DeleteUsagePlanKey": { (service, input, call) throws(ServiceError) in
            try service.write(call) { table, _ in
                _ = try APIGatewayService.key(of: input, table)
                let plan = try APIGatewayService.plan(input, table)
                let kept = (plan["keys"]?.listIfAny ?? []).filter { $0 != input["keyId"] }
                try table.put(Kind.plan, input.required("usagePlanId").text, plan.setting([("keys", .list(kept))]))
            }
            return nil
        },
        // MARK: The account
        "GetAccount": { (service, _, call) throws(ServiceError) in try service.read(call) { try APIGatewayService.account($0) } },
        "UpdateAccount": { (service, input, call) throws(ServiceError) in
            try service.write(call) { table, _ in
                let account = try Patch.apply(input, to: try APIGatewayService.account(table), PatchRules.account)
                try table.put(Kind.account, "account", .members(account.only(["cloudwatchRoleArn"])))
                return account
            }
        },
    ]

    private func createKey(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        try Self.checkTags(input)
        if let stages = input["stageKeys"], !stages.items.isEmpty { throw .notHere("stageKeys of CreateApiKey") }
        if input["generateDistinctId"]?.flag == false { throw .notHere("generateDistinctId false of CreateApiKey") }
        let value = input["value"]?.text ?? GatewayID.keyValue()
        guard (20...128).contains(value.utf8.count) else { throw .badRequest("API Key value should be at least 20 characters") }
        let id = GatewayID.random(10)
        let key = Document.members(
            [
                ("id", .string(id)), ("value", .string(value)), ("enabled", input["enabled"] ?? .boolean(false)),
                ("createdDate", .integer(call.now.seconds)), ("lastUpdatedDate", .integer(call.now.seconds)), ("stageKeys", .list([])),
            ] + input.only(["name", "description", "customerId", "tags"])
        )
        return try write(call) { table, _ in
            guard try !table.list(Kind.key).contains(where: { $0.body["value"] == .string(value) }) else {
                throw ServiceError.conflict("API Key already exists")
            }
            try table.put(Kind.key, id, key)
            return key
        }
    }

    private static func key(_ id: String, _ table: RecordTable) throws -> Document {
        guard let record = try table.find(Kind.key, id) else { throw ServiceError.notFound("Invalid API Key identifier specified") }
        return record.body
    }

    private static func plan(_ input: Document, _ table: RecordTable) throws -> Document {
        guard let record = try table.find(Kind.plan, input.required("usagePlanId").text) else {
            throw ServiceError.notFound("Invalid Usage Plan ID specified")
        }
        return record.body
    }

    /// The key that a request names, if it is one of its plan.
    private static func key(of input: Document, _ table: RecordTable) throws -> Document {
        guard (try plan(input, table)["keys"]?.listIfAny ?? []).contains(input.required("keyId")) else {
            throw ServiceError.notFound("Invalid API Key identifier specified")
        }
        return try key(input.required("keyId").text, table)
    }

    private static func planKey(_ key: Document) -> Document {
        .members([("id", key["id"]), ("type", .string("API_KEY")), ("value", key["value"]), ("name", key["name"])])
    }

    private static func shown(plan: Document) -> Document { plan.setting([("keys", nil)]) }

    private static func check(plan: Document, _ table: RecordTable, _ call: Call) throws {
        for stage in plan["apiStages"]?.listIfAny ?? [] {
            let (api, name) = (stage["apiId"]?.textIfAny ?? "", stage["stage"]?.textIfAny ?? "")
            if stage["throttle"] != nil { throw ServiceError.notHere("throttle of a stage of a usage plan") }
            guard try table.part(Kind.stage, api, name) != nil else { throw ServiceError.notFound("API Stage not found: \(api):\(name)") }
        }
        if let quota = plan["quota"], quota["limit"] == nil || quota["period"] == nil {
            throw ServiceError.badRequest("Usage Plan quota must have limit and period")
        }
    }

    /// Stages that are gone are of no plan.
    static func removeFromPlans(_ table: RecordTable, keeping: (Document) -> Bool) throws {
        for record in try table.list(Kind.plan) {
            let stages = record.body["apiStages"]?.listIfAny ?? []
            let kept = stages.filter(keeping)
            if kept.count < stages.count { try table.put(Kind.plan, record.name, record.body.setting([("apiStages", .list(kept))])) }
        }
    }

    private static func account(_ table: RecordTable) throws -> Document {
        .members([
            ("cloudwatchRoleArn", try table.find(Kind.account, "account")?.body["cloudwatchRoleArn"]),
            ("throttleSettings", .members([("burstLimit", .integer(5000)), ("rateLimit", .double(10000))])),
            ("features", .list([.string("UsagePlans")])), ("apiKeyVersion", .string("4")),
        ])
    }
}
