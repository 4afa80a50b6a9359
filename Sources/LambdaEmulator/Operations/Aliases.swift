import ServiceKit
import Wire

/// A name for a version.
struct FunctionAlias {
    static let kind = "lambda-alias"

    let function: String
    let name: String
    /// FunctionVersion, Description, RoutingConfig and RevisionId, as they are answered.
    var body: Document

    init(function: String, name: String, body: Document) { (self.function, self.name, self.body) = (function, name, body) }

    private init(_ record: Record, _ function: String) {
        self.init(function: function, name: String(record.name.dropFirst(function.count + 1)), body: record.body)
    }

    static func find(_ function: String, _ name: String, in table: RecordTable) throws -> FunctionAlias? {
        try table.find(kind, "\(function)/\(name)").map { FunctionAlias($0, function) }
    }

    static func all(_ function: String, in table: RecordTable) throws -> [FunctionAlias] {
        try table.list(kind, parent: function).map { FunctionAlias($0, function) }
    }

    func save(in table: RecordTable) throws { try table.put(Self.kind, "\(function)/\(name)", parent: function, body) }

    func remove(in table: RecordTable) throws { try table.remove(Self.kind, "\(function)/\(name)") }

    private var weights: [(version: String, weight: Double)] {
        (body["RoutingConfig"]?["AdditionalVersionWeights"]?.entriesIfAny ?? []).map { ($0.name, $0.value.numberIfAny ?? 0) }
    }

    func refers(to version: String) -> Bool { body["FunctionVersion"]?.textIfAny == version || weights.contains { $0.version == version } }

    /// The version of one invocation: the alias's own, or by chance the other that it names.
    var version: String {
        let own = body["FunctionVersion"]?.textIfAny ?? "$LATEST"
        guard let other = weights.first, Double.random(in: 0..<1) < other.weight else { return own }
        return other.version
    }

    var revision: String { body["RevisionId"]?.textIfAny ?? "" }

    func arn(_ call: Call) -> String { "\(FunctionName.arn(function, call)):\(name)" }

    func document(_ call: Call) -> Document {
        .members([
            ("AliasArn", .string(arn(call))), ("Name", .string(name)), ("FunctionVersion", body["FunctionVersion"]),
            ("Description", body["Description"] ?? .string("")), ("RoutingConfig", body["RoutingConfig"]), ("RevisionId", body["RevisionId"]),
        ])
    }
}

extension LambdaService {
    func createAlias(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = try Self.unqualified(input, call)
        let body = try Self.aliasBody(input, over: .object(Document.Fields()))
        return try write(call) { _, table in
            let function = try Function.get(name, in: table, call)
            let alias = FunctionAlias(function: function.name, name: input.required("Name").text, body: body)
            guard try FunctionAlias.find(function.name, alias.name, in: table) == nil else {
                throw ServiceError.conflict("Alias already exists: \(alias.arn(call))")
            }
            try Self.check(alias, in: table, call)
            try alias.save(in: table)
            return alias.document(call)
        }
    }

    func updateAlias(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = try Self.unqualified(input, call)
        return try write(call) { _, table in
            var alias = try Self.alias(name, input, in: table, call)
            if let revision = input["RevisionId"]?.text, revision != alias.revision { throw ServiceError.wrongRevision }
            alias.body = try Self.aliasBody(input, over: alias.body)
            try Self.check(alias, in: table, call)
            try alias.save(in: table)
            return alias.document(call)
        }
    }

    func getAlias(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = try Self.unqualified(input, call)
        return try read(call) { try Self.alias(name, input, in: $0, call).document(call) }
    }

    func deleteAlias(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let name = try Self.unqualified(input, call)
        try write(call) { _, table in
            let function = try Function.get(name, in: table, call)
            // What is not there is deleted already.
            try FunctionAlias.find(function.name, input.required("Name").text, in: table)?.remove(in: table)
        }
        return nil
    }

    func listAliases(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = try Self.unqualified(input, call)
        let page = try FunctionPage(input)
        let version = input["FunctionVersion"]?.text
        return try read(call) { table in
            let function = try Function.get(name, in: table, call)
            let found = try FunctionAlias.all(function.name, in: table).filter { $0.name > page.after && (version.map($0.refers) ?? true) }
            return .members([("Aliases", .list(found.prefix(page.size).map { $0.document(call) })), ("NextMarker", page.next(found.map(\.name)))])
        }
    }

    private static func alias(_ name: FunctionName, _ input: Document, in table: RecordTable, _ call: Call) throws -> FunctionAlias {
        let function = try Function.get(name, in: table, call)
        let text = input.required("Name").text
        guard let alias = try FunctionAlias.find(function.name, text, in: table) else {
            throw ServiceError.aliasNotFound("\(FunctionName.arn(function.name, call)):\(text)")
        }
        return alias
    }

    private static func aliasBody(_ input: Document, over old: Document) throws(ServiceError) -> Document {
        var body = old
        for name in ["FunctionVersion", "Description"] { if let value = input[name] { body.set(name, value) } }
        if let routing = input["RoutingConfig"] {
            let weights = routing["AdditionalVersionWeights"]?.entriesIfAny ?? []
            guard weights.count <= 1 else { throw .invalidParameter("Number of items in AdditionalVersionWeights cannot be greater than 1") }
            body.set("RoutingConfig", weights.isEmpty ? nil : routing)
        }
        body.set("RevisionId", .string(UUIDText.random()))
        return body
    }

    /// The versions that an alias names are there.
    private static func check(_ alias: FunctionAlias, in table: RecordTable, _ call: Call) throws {
        let weights = alias.body["RoutingConfig"]?["AdditionalVersionWeights"]?.entriesIfAny ?? []
        let own = alias.body["FunctionVersion"]?.textIfAny ?? ""
        guard weights.isEmpty || own != "$LATEST" else {
            throw ServiceError.invalidParameter("$LATEST is not supported for an alias pointing to more than 1 version")
        }
        for version in [own] + weights.map(\.name) where version != "$LATEST" {
            guard let number = Int(version), try FunctionVersion.find(alias.function, number, in: table) != nil else {
                throw ServiceError.functionNotFound("\(FunctionName.arn(alias.function, call)):\(version)")
            }
        }
    }
}
