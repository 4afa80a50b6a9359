import ServiceKit
import Wire

/// APIs, their resources, models, request validators and gateway responses.
extension APIGatewayService {
    static let restAPIs: [String: Work] = [
        "CreateRestApi": { (service, input, call) throws(ServiceError) in try service.createRestAPI(input, call) },
        "GetRestApi": { (service, input, call) throws(ServiceError) in
            try service.read(call) { try $0.api(input.required("restApiId").text, call) }
        },
        "GetRestApis": { (service, input, call) throws(ServiceError) in
            let page = try Page(input)
            return try service.read(call) { table in page.document(try table.list(Kind.api).map { ($0.name, $0.body) }) }
        },
        "UpdateRestApi": { (service, input, call) throws(ServiceError) in
            try service.write(call) { table, _ in
                let id = input.required("restApiId").text
                let api = try Patch.apply(input, to: try table.api(id, call), PatchRules.api)
                try APIGatewayService.check(api)
                try table.put(Kind.api, id, api)
                return api
            }
        },
        "DeleteRestApi": { (service, input, call) throws(ServiceError) in
            try service.write(call) { table, places in
                let id = input.required("restApiId").text
                _ = try table.api(id, call)
                try APIGatewayService.removeFromPlans(table) { $0["apiId"]?.textIfAny != id }
                for kind in Kind.ofAPI { try table.removeAll(kind, parent: id) }
                try table.remove(Kind.api, id)
                try places.remove(Kind.place, id)
            }
            return nil
        },
        "CreateResource": { (service, input, call) throws(ServiceError) in try service.createResource(input, call) },
        "GetResource": { (service, input, call) throws(ServiceError) in
            try service.read(call) { APIGatewayService.shown(try $0.resource(input, call), input) }
        },
        "GetResources": { (service, input, call) throws(ServiceError) in
            let page = try Page(input)
            return try service.read(call) { table in
                let api = input.required("restApiId").text
                _ = try table.api(api, call)
                return page.document(try table.list(Kind.resource, parent: api).map { ($0.name, APIGatewayService.shown($0.body, input)) })
            }
        },
        "UpdateResource": { (service, input, call) throws(ServiceError) in try service.updateResource(input, call) },
        "DeleteResource": { (service, input, call) throws(ServiceError) in try service.deleteResource(input, call) },
    ]

    private func createRestAPI(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        for member in ["cloneFrom", "securityPolicy", "endpointAccessMode"] where input[member] != nil {
            throw .notHere("\(member) of CreateRestApi")
        }
        try Self.checkTags(input)
        let (id, root) = (GatewayID.random(10), GatewayID.random(10))
        let endpoint = input["endpointConfiguration"] ?? .object(Document.Fields())
        let api = Document.members(
            [
                ("id", .string(id)), ("createdDate", .integer(call.now.seconds)),
                ("apiKeySource", input["apiKeySource"] ?? .string("HEADER")),
                (
                    "endpointConfiguration",
                    endpoint.setting([
                        ("types", endpoint["types"] ?? .list([.string("EDGE")])), ("ipAddressType", endpoint["ipAddressType"] ?? .string("ipv4")),
                    ])
                ),
                ("disableExecuteApiEndpoint", input["disableExecuteApiEndpoint"] ?? .boolean(false)), ("rootResourceId", .string(root)),
            ] + input.only(["name", "description", "version", "binaryMediaTypes", "minimumCompressionSize", "policy", "tags"])
        )
        try APIGatewayService.check(api)
        return try write(call) { table, places in
            try table.put(Kind.api, id, api)
            try places.put(Kind.place, id, .members([("account", .string(call.account)), ("region", .string(call.region))]))
            try table.putPart(Kind.resource, id, root, .members([("id", .string(root)), ("path", .string("/"))]))
            for model in DefaultModels.all { try table.putPart(Kind.model, id, model["name"]?.textIfAny ?? "", model) }
            return api
        }
    }

    private static func check(_ api: Document) throws(ServiceError) {
        guard let name = api["name"]?.textIfAny, !name.isEmpty else { throw .badRequest("Name is required") }
        let types = api["endpointConfiguration"]?["types"]?.listIfAny.compactMap(\.textIfAny) ?? []
        guard types.count == 1 else { throw .badRequest("Invalid endpoint types specified. Only a single endpoint type is allowed.") }
        guard types[0] != "PRIVATE", api["endpointConfiguration"]?["vpcEndpointIds"] == nil else { throw .notHere("A private endpoint") }
        guard ["EDGE", "REGIONAL"].contains(types[0]) else { throw .badRequest("Invalid EndpointTypes specified: \(types[0])") }
        if api["apiKeySource"]?.textIfAny == "AUTHORIZER" { throw .notHere("The apiKeySource AUTHORIZER") }
        if let size = api["minimumCompressionSize"]?.numberIfAny, !(0...10_485_760).contains(size) {
            throw .badRequest("Invalid minimum compression size, must be between 0 and 10485760")
        }
        for type in api["binaryMediaTypes"]?.listIfAny ?? [] where !(type.textIfAny ?? "").contains("/") {
            throw .badRequest("Invalid media type: \(type.textIfAny ?? "")")
        }
    }

    // MARK: Resources

    /// Of one API (quota "Resources per API", API Gateway developer guide).
    private static let maximumResources = 300

    /// Methods are shown whole only when they are asked for.
    private static func shown(_ resource: Document, _ input: Document) -> Document {
        guard let methods = resource["resourceMethods"] else { return resource }
        if (input["embed"]?.items ?? []).contains(where: { $0.text == "methods" }) { return resource }
        return resource.setting([("resourceMethods", .object(Document.Fields(methods.entriesIfAny.map { ($0.name, .object(Document.Fields())) })))])
    }

    private static func checkPart(_ part: String, parent: Document, others: [Document]) throws(ServiceError) {
        var inner = part[...]
        if part.hasPrefix("{"), part.hasSuffix("}"), part.utf8.count > 2 {
            inner = part.dropFirst().dropLast()
            if inner.hasSuffix("+") { inner = inner.dropLast() }
        }
        let isName = inner.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x5F: true
            default: false
            }
        }
        guard isName, !inner.isEmpty, part.utf8.count <= 512 else {
            throw .badRequest(
                "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end."
            )
        }
        if parent["pathPart"]?.textIfAny?.hasSuffix("+}") == true {
            throw .badRequest("Cannot create a child of a resource with a greedy path variable \(parent["path"]?.textIfAny ?? "").")
        }
        for other in others where other["parentId"] == parent["id"] {
            let name = other["pathPart"]?.textIfAny ?? ""
            if name == part { throw .conflict("Another resource with the same parent already has this name: \(part)") }
            if part.hasPrefix("{"), name.hasPrefix("{"), part.hasSuffix("+}") == name.hasSuffix("+}") {
                throw .badRequest("A sibling (\(name)) of this resource already has a variable path part -- only one is allowed")
            }
        }
    }

    private func createResource(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        try write(call) { table, _ in
            let parent = try table.resource(input, call, "parentId")
            let api = input.required("restApiId").text
            let others = try table.list(Kind.resource, parent: api).map(\.body)
            guard others.count < APIGatewayService.maximumResources else {
                throw ServiceError("LimitExceededException", "Maximum number of resources exceeded", status: 429)
            }
            let part = input.required("pathPart").text
            try APIGatewayService.checkPart(part, parent: parent, others: others)
            let id = GatewayID.random(6)
            let path = parent["path"]?.textIfAny ?? "/"
            let resource = Document.members([
                ("id", .string(id)), ("parentId", parent["id"]), ("pathPart", .string(part)),
                ("path", .string(path == "/" ? "/\(part)" : "\(path)/\(part)")),
            ])
            try table.putPart(Kind.resource, api, id, resource)
            return resource
        }
    }

    private func updateResource(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        try write(call) { table, _ in
            let (old, api) = (try table.resource(input, call), input.required("restApiId").text)
            guard old["parentId"] != nil else { throw ServiceError.badRequest("Root resource cannot be updated.") }
            let all = try table.list(Kind.resource, parent: api).map(\.body)
            let new = try Patch.apply(input, to: old, PatchRules.resource)
            let parent = all.first { $0["id"] == new["parentId"] }
            guard let parent else { throw ServiceError.notFound("Invalid Resource identifier specified") }
            let oldPath = (old["path"]?.textIfAny ?? "") + "/"
            guard !((parent["path"]?.textIfAny ?? "") + "/").hasPrefix(oldPath) else {
                throw ServiceError.badRequest("Resource cannot be moved below itself.")
            }
            try APIGatewayService.checkPart(new["pathPart"]?.textIfAny ?? "", parent: parent, others: all.filter { $0["id"] != old["id"] })
            let parentPath = parent["path"]?.textIfAny ?? "/"
            let newPath = (parentPath == "/" ? "" : parentPath) + "/" + (new["pathPart"]?.textIfAny ?? "")
            // What is below moves with it.
            for resource in all {
                guard let id = resource["id"]?.textIfAny, let path = resource["path"]?.textIfAny, (path + "/").hasPrefix(oldPath) else { continue }
                let source = resource["id"] == old["id"] ? new : resource
                let moved = newPath + path.dropFirst(oldPath.count - 1)
                try table.putPart(Kind.resource, api, id, source.setting([("path", .string(moved))]))
            }
            return new.setting([("path", .string(newPath))])
        }
    }

    private func deleteResource(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        try write(call) { table, _ in
            let (resource, api) = (try table.resource(input, call), input.required("restApiId").text)
            guard resource["parentId"] != nil else { throw ServiceError.badRequest("Root resource cannot be deleted.") }
            let path = (resource["path"]?.textIfAny ?? "") + "/"
            for record in try table.list(Kind.resource, parent: api) where ((record.body["path"]?.textIfAny ?? "") + "/").hasPrefix(path) {
                try table.remove(Kind.resource, record.name)
            }
        }
        return nil
    }
}

/// The two models that every API begins with.
enum DefaultModels {
    static let all: [Document] = [
        model(
            "Empty",
            "This is a default empty schema model",
            "{\n  \"$schema\": \"http://json-schema.org/draft-04/schema#\",\n  \"title\" : \"Empty Schema\",\n  \"type\" : \"object\"\n}"
        ),
        model(
            "Error",
            "This is a default error schema model",
            "{\n  \"$schema\" : \"http://json-schema.org/draft-04/schema#\",\n  \"title\" : \"Error Schema\",\n  \"type\" : \"object\",\n  \"properties\" : {\n    \"message\" : { \"type\" : \"string\" }\n  }\n}"
        ),
    ]

    private static func model(_ name: String, _ description: String, _ schema: String) -> Document {
        .members([
            ("id", .string(GatewayID.random(6))), ("name", .string(name)), ("description", .string(description)), ("schema", .string(schema)),
            ("contentType", .string("application/json")),
        ])
    }
}
