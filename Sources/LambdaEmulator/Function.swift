import ServiceKit
import Wire

/// A function as it is kept: what `$LATEST` is, and what belongs to all versions.
struct Function {
    static let kind = "lambda-function"

    let name: String
    /// The members of a configuration that do not follow from others.
    var config: Document
    /// The record of the deployment package.
    var codeID: String
    /// The number that the next version gets.
    var nextVersion: Int
    /// The revision of `$LATEST` that was published last.
    var published: String?
    var tags: [String: String]
    /// Statements by qualifier; those of the function itself by the empty text.
    var policies: [String: [Document]]
    var reserved: Int?

    init(name: String, config: Document, codeID: String, tags: [String: String]) {
        (self.name, self.config, self.codeID, self.tags) = (name, config, codeID, tags)
        (nextVersion, policies) = (1, [:])
    }

    init(_ record: Record) {
        let body = record.body
        name = record.name
        config = body["Config"] ?? .object(Document.Fields())
        codeID = body["CodeID"]?.textIfAny ?? ""
        nextVersion = Int(body["Next"]?.integerIfAny ?? 1)
        published = body["Published"]?.textIfAny
        tags = Dictionary((body["Tags"]?.entriesIfAny ?? []).map { ($0.name, $0.value.textIfAny ?? "") }) { $1 }
        policies = Dictionary((body["Policies"]?.entriesIfAny ?? []).map { ($0.name, $0.value.listIfAny) }) { $1 }
        reserved = body["Reserved"]?.integerIfAny.map { Int($0) }
    }

    static func find(_ name: String, in table: RecordTable) throws -> Function? { try table.find(kind, name).map { Function($0) } }

    /// - Throws: that there is none.
    static func get(_ name: FunctionName, in table: RecordTable, _ call: Call) throws -> Function {
        guard let function = try find(name.name, in: table) else { throw ServiceError.functionNotFound(name.arn(call)) }
        return function
    }

    func save(in table: RecordTable) throws {
        let body = Document.members([
            ("Config", config), ("CodeID", .string(codeID)), ("Next", .integer(Int64(nextVersion))), ("Published", published.map { .string($0) }),
            ("Tags", Document.map(tags) { .string($0) }), ("Policies", Document.map(policies) { .list($0) }),
            ("Reserved", reserved.map { .integer(Int64($0)) }),
        ])
        try table.put(Self.kind, name, body)
    }

    var latest: FunctionVersion { FunctionVersion(function: name, number: nil, config: config, codeID: codeID) }
    var revision: String { config["RevisionId"]?.textIfAny ?? "" }
}

/// `$LATEST`, or what was published of it.
struct FunctionVersion {
    static let kind = "lambda-version"

    let function: String
    /// Nil for `$LATEST`.
    let number: Int?
    var config: Document
    var codeID: String

    init(function: String, number: Int?, config: Document, codeID: String) {
        (self.function, self.number, self.config, self.codeID) = (function, number, config, codeID)
    }

    init(_ record: Record) {
        function = record.parent ?? ""
        number = Int(record.body["Number"]?.integerIfAny ?? 0)
        config = record.body["Config"] ?? .object(Document.Fields())
        codeID = record.body["CodeID"]?.textIfAny ?? ""
    }

    /// Names are ordered as numbers are.
    private static func key(_ function: String, _ number: Int) -> String {
        "\(function)/\(number.padded(to: 12))"
    }

    static func find(_ function: String, _ number: Int, in table: RecordTable) throws -> FunctionVersion? {
        try table.find(kind, key(function, number)).map { FunctionVersion($0) }
    }

    static func all(_ function: String, in table: RecordTable) throws -> [FunctionVersion] {
        try table.list(kind, parent: function).map { FunctionVersion($0) }
    }

    func save(in table: RecordTable) throws {
        guard let number else { return }
        let body = Document.members([("Number", .integer(Int64(number))), ("Config", config), ("CodeID", .string(codeID))])
        try table.put(Self.kind, Self.key(function, number), parent: function, body)
    }

    func remove(in table: RecordTable) throws {
        if let number { try table.remove(Self.kind, Self.key(function, number)) }
    }

    var name: String { number.map { "\($0)" } ?? "$LATEST" }
    var revision: String { config["RevisionId"]?.textIfAny ?? "" }

    // MARK: As it is answered

    /// - Parameter qualifier: that the ARN is to have; nil for none.
    func document(qualifier: String?, _ call: Call) -> Document {
        let arn = FunctionName.arn(function, call) + (qualifier.map { ":\($0)" } ?? "")
        let variables = config["Variables"]
        var document = Document.members([
            ("FunctionName", .string(function)), ("FunctionArn", .string(arn)), ("Runtime", config["Runtime"]), ("Role", config["Role"]),
            ("Handler", config["Handler"]), ("CodeSize", config["CodeSize"]), ("Description", config["Description"] ?? .string("")),
            ("Timeout", config["Timeout"]), ("MemorySize", config["MemorySize"]), ("LastModified", config["LastModified"]),
            ("CodeSha256", config["CodeSha256"]), ("Version", .string(name)), ("VpcConfig", config["VpcConfig"]), ("KMSKeyArn", config["KMSKeyArn"]),
            ("Environment", variables.map { .members([("Variables", $0)]) }), ("Layers", layers),
        ])
        let rest = Document.members([
            ("TracingConfig", config["TracingConfig"] ?? .members([("Mode", .string("PassThrough"))])), ("RevisionId", .string(revision)),
            ("State", .string("Active")), ("LastUpdateStatus", .string("Successful")), ("PackageType", .string("Zip")),
            ("Architectures", config["Architectures"] ?? .list([.string("x86_64")])),
            ("EphemeralStorage", .members([("Size", config["StorageSize"] ?? .integer(512))])),
            ("SnapStart", .members([("ApplyOn", .string("None")), ("OptimizationStatus", .string("Off"))])), ("LoggingConfig", logging),
        ])
        for field in rest.entriesIfAny { document.set(field.name, field.value) }
        return document
    }

    private var layers: Document? {
        let layers = config["Layers"]?.listIfAny ?? []
        return layers.isEmpty ? nil : .list(layers.map { .members([("Arn", $0["Arn"]), ("CodeSize", $0["CodeSize"])]) })
    }

    private var logging: Document {
        var logging = config["LoggingConfig"] ?? .members([("LogFormat", .string("Text"))])
        logging.set("LogGroup", .string(logGroup))
        return logging
    }

    var logGroup: String { config["LoggingConfig"]?["LogGroup"]?.textIfAny ?? "/aws/lambda/\(function)" }

    /// What is needed to run it.
    func setup(reserved: Int?, _ call: Call) -> FunctionSetup {
        FunctionSetup(
            name: function,
            arn: FunctionName.arn(function, call),
            version: name,
            revision: "\(FunctionName.arn(function, call)):\(name):\(revision)",
            runtime: config["Runtime"]?.textIfAny ?? "",
            handler: config["Handler"]?.textIfAny ?? "",
            timeout: Int(config["Timeout"]?.integerIfAny ?? 3),
            memory: Int(config["MemorySize"]?.integerIfAny ?? 128),
            storage: Int(config["StorageSize"]?.integerIfAny ?? 512),
            environment: Dictionary((config["Variables"]?.entriesIfAny ?? []).map { ($0.name, $0.value.textIfAny ?? "") }) { $1 },
            codeID: codeID,
            layers: (config["Layers"]?.listIfAny ?? []).compactMap { $0["CodeID"]?.textIfAny },
            role: config["Role"]?.textIfAny ?? "",
            logGroup: logGroup,
            account: call.account,
            region: call.region,
            reserved: reserved
        )
    }
}

/// A deployment package as it is kept.
enum DeploymentPackage {
    static let kind = "lambda-code"

    static func save(_ bytes: [UInt8], _ id: String, of function: String, in table: RecordTable) throws {
        try table.put(kind, id, parent: function, .members([("Zip", .string(Base64.encode(bytes)))]))
    }

    /// Nil when there is none, or it cannot be read.
    static func read(_ id: String, in table: RecordTable) throws -> [UInt8]? {
        try table.find(kind, id).flatMap { $0.body["Zip"]?.textIfAny }.flatMap { try? Base64.decode($0) }
    }

    static func remove(_ id: String, in table: RecordTable) throws { try table.remove(kind, id) }

    /// Removes the packages of a function that nothing is made of any more.
    /// - Returns: their ids.
    static func sweep(_ function: String, keeping kept: Set<String>, in table: RecordTable) throws -> [String] {
        let gone = try table.names(kind, parent: function).filter { !kept.contains($0) }
        for id in gone { try table.remove(kind, id) }
        return gone
    }
}
