import ServiceKit
import Wire

/// A version of a layer as it is kept. Its archive is a deployment package of nobody's: the record of a layer's own.
struct LayerVersion {
    static let kind = "lambda-layer-version"
    /// Of the layer itself: the number that its next version gets, which is never given twice.
    private static let layerKind = "lambda-layer"

    let layer: String
    let number: Int
    var body: Document

    init(layer: String, number: Int, body: Document) {
        (self.layer, self.number, self.body) = (layer, number, body)
    }

    init(_ record: Record) {
        layer = record.parent ?? ""
        number = Int(clamping: record.body["Number"]?.integerIfAny ?? 0)
        body = record.body
    }

    var codeID: String { body["CodeID"]?.textIfAny ?? "" }
    var statements: [Document] { body["Statements"]?.listIfAny ?? [] }
    var revision: String { body["Revision"]?.textIfAny ?? "" }

    /// Names are ordered as numbers are.
    private static func key(_ layer: String, _ number: Int) -> String {
        "\(layer)/\(number.padded(to: 12))"
    }

    static func find(_ layer: String, _ number: Int, in table: RecordTable) throws -> LayerVersion? {
        try table.find(kind, key(layer, number)).map { LayerVersion($0) }
    }

    /// The oldest first.
    static func all(_ layer: String, in table: RecordTable) throws -> [LayerVersion] {
        try table.list(kind, parent: layer).map { LayerVersion($0) }
    }

    /// The names of layers that have been made, with and without versions.
    static func layers(after: String, in table: RecordTable) throws -> [String] { try table.list(layerKind, after: after).map(\.name) }

    static func nextNumber(_ layer: String, in table: RecordTable) throws -> Int {
        let next = Int(min(max(try table.find(layerKind, layer)?.body["Next"]?.integerIfAny ?? 1, 1), 1 << 53))
        try table.put(layerKind, layer, .members([("Next", .integer(Int64(next) + 1))]))
        return next
    }

    func save(in table: RecordTable) throws { try table.put(Self.kind, Self.key(layer, number), parent: layer, body) }

    /// With another policy, which has a revision of its own.
    mutating func save(_ statements: PolicyStatements, in table: RecordTable) throws {
        body.set("Statements", .list(statements.list))
        body.set("Revision", .string(UUIDText.random()))
        try save(in: table)
    }

    func remove(in table: RecordTable) throws { try table.remove(Self.kind, Self.key(layer, number)) }

    // MARK: As it is answered

    static func layerARN(_ layer: String, _ call: Call) -> String {
        "arn:\(ARN.partition(of: call.region)):lambda:\(call.region):\(call.account):layer:\(layer)"
    }

    func arn(_ call: Call) -> String { "\(Self.layerARN(layer, call)):\(number)" }

    /// As lists have it.
    func row(_ call: Call) -> Document {
        .members([
            ("LayerVersionArn", .string(arn(call))), ("Version", .integer(Int64(number))), ("Description", body["Description"] ?? .string("")),
            ("CreatedDate", body["CreatedDate"]), ("CompatibleArchitectures", body["CompatibleArchitectures"]),
            ("CompatibleRuntimes", body["CompatibleRuntimes"]), ("LicenseInfo", body["LicenseInfo"]),
        ])
    }

    /// - Parameter location: where the archive is downloaded from.
    func document(location: String, _ call: Call) -> Document {
        let content = Document.members([("Location", .string(location)), ("CodeSha256", body["CodeSha256"]), ("CodeSize", body["CodeSize"])])
        return .members(
            [("Content", content), ("LayerArn", .string(Self.layerARN(layer, call)))] + row(call).entriesIfAny.map { ($0.name, $0.value) }
        )
    }

    /// Whether it is for a runtime and an architecture. One that names none is for all.
    func suits(_ input: Document) -> Bool {
        [("CompatibleRuntime", "CompatibleRuntimes"), ("CompatibleArchitecture", "CompatibleArchitectures")].allSatisfy { asked, kept in
            guard let wanted = input[asked] else { return true }
            return (body[kept]?.listIfAny ?? []).contains(wanted)
        }
    }
}

/// A layer, or a version of one, as requests name it.
struct LayerName {
    var name: String
    /// Nil where the layer itself is meant.
    var number: Int?

    /// - Throws: for a layer of another account or region.
    init(_ text: String, _ call: Call) throws(ServiceError) {
        guard let arn = ARN(text) else {
            name = text
            return
        }
        let parts = arn.resource.split(separator: ":").map(String.init)
        guard arn.service == "lambda", parts.count == 2 || parts.count == 3, parts[0] == "layer" else {
            throw .invalidParameter("Layer version \(text) does not exist.")
        }
        guard arn.region == call.region, arn.account == call.account else { throw .notHere("A layer of another account or region (\(text))") }
        name = parts[1]
        if parts.count == 3 {
            guard let read = Int(parts[2]) else { throw .invalidParameter("Layer version \(text) does not exist.") }
            number = read
        }
    }
}

/// The layers of a function: kept in its configuration with what is needed to run it, for a layer's version may be deleted meanwhile.
enum FunctionLayers {
    private static let maximum = 5

    /// - Parameters:
    ///   - arns: of versions, in the order in which they lie over each other.
    ///   - unpacked: bytes that the function's own package has unzipped.
    /// - Throws: in the words of Lambda.
    static func resolve(_ arns: [Document], unpacked: Int, in table: RecordTable, _ call: Call) throws -> Document {
        guard arns.count <= maximum else { throw ServiceError.invalidParameter("Cannot reference more than \(maximum) layers.") }
        var layers: [Document] = []
        var (seen, total): ([String: String], Int) = ([:], unpacked)
        for arn in arns {
            let text = arn.textIfAny ?? ""
            let named = try LayerName(text, call)
            guard let number = named.number, let version = try LayerVersion.find(named.name, number, in: table) else {
                throw ServiceError.invalidParameter("Layer version \(text) does not exist.")
            }
            if let other = seen[named.name] {
                let both = "\(other) and \(text)"
                throw ServiceError.invalidParameter(
                    "Two different versions of the same layer are not allowed to be referenced in the same function. \(both) versions."
                )
            }
            seen[named.name] = text
            total += size(version.body)
            layers.append(
                .members([
                    ("Arn", .string(version.arn(call))), ("CodeSize", version.body["CodeSize"]), ("CodeID", .string(version.codeID)),
                    ("UnzippedSize", version.body["UnzippedSize"]),
                ])
            )
        }
        try checkSize(total)
        return .list(layers)
    }

    /// That a function's package and the layers that it has fit together.
    static func check(_ config: Document) throws {
        let sizes = (config["Layers"]?.listIfAny ?? []) + [config]
        try checkSize(sizes.reduce(0) { $0 + size($1) })
    }

    /// Bytes of all files together.
    static func size(_ body: Document) -> Int { Int(min(max(body["UnzippedSize"]?.integerIfAny ?? 0, 0), 1 << 40)) }

    private static func checkSize(_ total: Int) throws {
        guard total <= ZIPArchive.maximumSize else {
            throw ServiceError.invalidParameter(
                """
                Function code combined with layers exceeds the maximum allowed size of \(ZIPArchive.maximumSize) bytes. \
                The actual size is \(total) bytes.
                """
            )
        }
    }

    /// Removes the archives of versions that are deleted, once no function has them.
    /// - Parameter ids: that may have become nobody's.
    static func sweep(_ ids: Set<String>, in table: RecordTable) throws {
        guard !ids.isEmpty else { return }
        var kept: Set<String> = []
        for record in try table.list(Function.kind) + table.list(FunctionVersion.kind) {
            kept.formUnion((record.body["Config"]?["Layers"]?.listIfAny ?? []).compactMap { $0["CodeID"]?.textIfAny })
        }
        let open = ids.subtracting(kept)
        guard !open.isEmpty else { return }
        let named = Set(try table.list(LayerVersion.kind).map { LayerVersion($0).codeID })
        for id in open.subtracting(named) { try DeploymentPackage.remove(id, in: table) }
    }

    static func ids(_ config: Document) -> Set<String> { Set((config["Layers"]?.listIfAny ?? []).compactMap { $0["CodeID"]?.textIfAny }) }
}
