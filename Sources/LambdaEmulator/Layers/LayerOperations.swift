import ServiceKit
import Wire

extension LambdaService {
    /// Where an archive is downloaded from.
    private func location(_ version: LayerVersion, _ call: Call) -> String {
        "\(address.url)\(Self.codePath)\(call.account)/\(call.region)/\(version.codeID)"
    }

    func publishLayerVersion(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = try LayerName(input.required("LayerName").text, call)
        let code = try FunctionCode(input.required("Content"), objects: objects, call)
        var facts = Document.object(Document.Fields())
        code.note(in: &facts)
        let description = try write(call) { _, table in
            let number = try LayerVersion.nextNumber(name.name, in: table)
            let id = HexText.random(digits: 32)
            let body = Document.members([
                ("Number", .integer(Int64(number))), ("Description", input["Description"]), ("CodeID", .string(id)),
                ("CreatedDate", .string(ISO8601.milliseconds(call.now).replacing("Z", with: "+0000"))),
                ("CompatibleRuntimes", input["CompatibleRuntimes"]), ("CompatibleArchitectures", input["CompatibleArchitectures"]),
                ("LicenseInfo", input["LicenseInfo"]), ("CodeSha256", facts["CodeSha256"]), ("CodeSize", facts["CodeSize"]),
                ("UnzippedSize", facts["UnzippedSize"]), ("Revision", .string(UUIDText.random())),
            ])
            let version = LayerVersion(layer: name.name, number: number, body: body)
            // A colon is in no function's name.
            try DeploymentPackage.save(code.bytes, id, of: "layer:\(name.name)", in: table)
            try version.save(in: table)
            return version.document(location: location(version, call), call)
        }
        return description
    }

    func listLayers(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let page = try FunctionPage(input)
        return try read(call) { table in
            var rows: [(name: String, row: Document)] = []
            for layer in try LayerVersion.layers(after: page.after, in: table) where rows.count <= page.size {
                guard let newest = try LayerVersion.all(layer, in: table).last(where: { $0.suits(input) }) else { continue }
                let members: [(name: String, value: Document?)] = [
                    ("LayerName", .string(layer)), ("LayerArn", .string(LayerVersion.layerARN(layer, call))),
                    ("LatestMatchingVersion", newest.row(call)),
                ]
                rows.append((layer, .members(members)))
            }
            return .members([("Layers", .list(rows.prefix(page.size).map(\.row))), ("NextMarker", page.next(rows.map(\.name)))])
        }
    }

    /// The newest first.
    func listLayerVersions(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = try LayerName(input.required("LayerName").text, call)
        let page = try FunctionPage(input)
        let before = page.after.isEmpty ? Int.max : Int(page.after) ?? 0
        return try read(call) { table in
            let versions = try LayerVersion.all(name.name, in: table).reversed().filter { $0.number < before && $0.suits(input) }
            return .members([
                ("LayerVersions", .list(versions.prefix(page.size).map { $0.row(call) })), ("NextMarker", page.next(versions.map { "\($0.number)" })),
            ])
        }
    }

    func getLayerVersion(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let (name, number) = try Self.layer(input, call)
        return try described(name, number, call)
    }

    func getLayerVersionByARN(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = try LayerName(input.required("Arn").text, call)
        return try described(name.name, name.number ?? 0, call)
    }

    private func described(_ name: String, _ number: Int, _ call: Call) throws(ServiceError) -> Document {
        let version = try read(call) { try LayerVersion.find(name, number, in: $0) }
        guard let version else { throw ServiceError("ResourceNotFoundException", "The resource you requested does not exist.", status: 404) }
        return version.document(location: location(version, call), call)
    }

    /// Functions that have it keep it.
    func deleteLayerVersion(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let (name, number) = try Self.layer(input, call)
        try write(call) { _, table in
            guard let version = try LayerVersion.find(name, number, in: table) else { return }
            try version.remove(in: table)
            try FunctionLayers.sweep([version.codeID], in: table)
        }
        return nil
    }

    private static func layer(_ input: Document, _ call: Call) throws(ServiceError) -> (name: String, number: Int) {
        let name = try LayerName(input.required("LayerName").text, call)
        let number = Int(clamping: input["VersionNumber"]?.integerIfAny ?? 0)
        guard number >= 1 else { throw .invalidParameter("Layer Version Cannot be less than 1") }
        return (name.name, number)
    }

    // MARK: Permissions, which are kept and returned and grant nothing

    func addLayerPermission(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let (name, number) = try Self.layer(input, call)
        let id = input.required("StatementId").text
        let principal = input.required("Principal").text
        return try write(call) { _, table in
            var version = try Self.version(name, number, in: table, call)
            try Self.check(input["RevisionId"], of: version)
            let account = Credentials.isAccount(principal) ? "arn:\(ARN.partition(of: call.region)):iam::\(principal):root" : principal
            let organization = input["OrganizationId"].map { Document.members([("StringEquals", .members([("aws:PrincipalOrgID", $0)]))]) }
            let statement = Document.members([
                ("Sid", .string(id)), ("Effect", .string("Allow")),
                ("Principal", principal == "*" ? .string("*") : .members([("AWS", .string(account))])), ("Action", input["Action"]),
                ("Resource", .string(version.arn(call))), ("Condition", organization),
            ])
            var statements = PolicyStatements(version.statements)
            try statements.add(statement)
            try version.save(statements, in: table)
            return .members([("Statement", .string(JSON.text(statement))), ("RevisionId", .string(version.revision))])
        }
    }

    func getLayerPolicy(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let (name, number) = try Self.layer(input, call)
        return try read(call) { table in
            let version = try Self.version(name, number, in: table, call)
            guard !version.statements.isEmpty else {
                throw ServiceError("ResourceNotFoundException", "No policy is associated with the given resource.", status: 404)
            }
            return .members([("Policy", .string(PolicyStatements(version.statements).text)), ("RevisionId", .string(version.revision))])
        }
    }

    func removeLayerPermission(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let (name, number) = try Self.layer(input, call)
        let id = input.required("StatementId").text
        try write(call) { _, table in
            var version = try Self.version(name, number, in: table, call)
            try Self.check(input["RevisionId"], of: version)
            var statements = PolicyStatements(version.statements)
            try statements.remove(id)
            try version.save(statements, in: table)
        }
        return nil
    }

    private static func version(_ name: String, _ number: Int, in table: RecordTable, _ call: Call) throws -> LayerVersion {
        guard let version = try LayerVersion.find(name, number, in: table) else {
            let arn = "\(LayerVersion.layerARN(name, call)):\(number)"
            throw ServiceError("ResourceNotFoundException", "Layer version \(arn) does not exist.", status: 404)
        }
        return version
    }

    private static func check(_ revision: Document?, of version: LayerVersion) throws {
        guard let asked = revision?.textIfAny, asked != version.revision else { return }
        throw ServiceError(
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id",
            status: 412
        )
    }
}
