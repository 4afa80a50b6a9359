import ServiceKit
import Wire

extension LambdaService {
    func publishVersion(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = try Self.unqualified(input, call)
        if let target = input["PublishTo"]?.textIfAny, !target.isEmpty { throw .notHere("PublishTo") }
        return try write(call) { _, table in
            var function = try Function.get(name, in: table, call)
            if let revision = input["RevisionId"]?.text, revision != function.revision { throw ServiceError.wrongRevision }
            let hash = function.config["CodeSha256"]?.textIfAny ?? ""
            if let asked = input["CodeSha256"]?.text, !asked.isEmpty, asked != hash {
                throw ServiceError.invalidParameter(
                    "CodeSHA256 (\(asked)) is different from current CodeSHA256 in $LATEST (\(hash)). Please try again with the CodeSHA256 in $LATEST."
                )
            }
            let version = try Self.publish(&function, description: input["Description"]?.text, in: table, call)
            try function.save(in: table)
            return version.document(qualifier: version.name, call)
        }
    }

    /// What `$LATEST` is becomes a version, unless it was published already and that version is still there.
    static func publish(_ function: inout Function, description: String?, in table: RecordTable, _ call: Call) throws -> FunctionVersion {
        let last = try FunctionVersion.all(function.name, in: table).last
        if let last, function.published == function.revision { return last }
        var version = FunctionVersion(function: function.name, number: function.nextVersion, config: function.config, codeID: function.codeID)
        version.config.set("RevisionId", .string(UUIDText.random()))
        if let description, !description.isEmpty { version.config.set("Description", .string(description)) }
        try version.save(in: table)
        function.published = function.revision
        function.nextVersion += 1
        return version
    }

    func listVersions(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = try Self.unqualified(input, call)
        let page = try FunctionPage(input)
        return try read(call) { table in
            let function = try Function.get(name, in: table, call)
            let all = try [function.latest] + FunctionVersion.all(function.name, in: table)
            let first = page.after.isEmpty ? 0 : (all.firstIndex { $0.name == page.after } ?? -1) + 1
            let some = all[first...].prefix(page.size + 1)
            return .members([
                ("Versions", .list(some.prefix(page.size).map { $0.document(qualifier: $0.name, call) })),
                ("NextMarker", page.next(some.map(\.name))),
            ])
        }
    }
}
