import ServiceKit
package import Wire

extension LambdaService {
    func getFunction(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = try Self.name(input, call)
        return try read(call) { table in
            let found = try Self.resolve(name, in: table, call)
            let location = "\(address.url)\(Self.codePath)\(call.account)/\(call.region)/\(found.version.codeID)"
            return .members([
                ("Configuration", found.version.document(qualifier: name.qualifier, call)),
                ("Code", .members([("RepositoryType", .string("S3")), ("Location", .string(location))])),
                ("Tags", found.function.tags.isEmpty ? nil : Document.map(found.function.tags) { .string($0) }),
                ("Concurrency", found.function.reserved.map { .members([("ReservedConcurrentExecutions", .integer(Int64($0)))]) }),
            ])
        }
    }

    func getFunctionConfiguration(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = try Self.name(input, call)
        return try read(call) { try Self.resolve(name, in: $0, call).version.document(qualifier: name.qualifier, call) }
    }

    func listFunctions(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        if input["MasterRegion"] != nil { throw .notHere("MasterRegion of ListFunctions") }
        let all = input["FunctionVersion"]?.text == "ALL"
        let page = try FunctionPage(input)
        return try read(call) { table in
            let functions = try table.list(Function.kind, after: page.after, limit: page.size + 1).map { Function($0) }
            let shown = try functions.prefix(page.size).flatMap { function -> [Document] in
                let latest = function.latest.document(qualifier: all ? "$LATEST" : nil, call)
                guard all else { return [latest] }
                return try [latest] + FunctionVersion.all(function.name, in: table).map { $0.document(qualifier: $0.name, call) }
            }
            return .members([("Functions", .list(shown)), ("NextMarker", page.next(functions.map(\.name)))])
        }
    }

    /// Where the deployment package of a function is downloaded from: the account, the region and the package's id follow, which nobody guesses.
    package static var codePath: String { "/_aws/lambda/code/" }

    /// - Parameter path: below `codePath`.
    /// - Returns: nil when there is no such package.
    package func code(path: String, _ call: Call) throws(ServiceError) -> [UInt8]? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 else { return nil }
        return try read(call.from(account: parts[0], region: parts[1])) { try DeploymentPackage.read(parts[2], in: $0) }
    }
}

/// Where a page of a list begins, and how long it is.
struct FunctionPage {
    /// The last name of the page before; empty at the beginning.
    var after = ""
    var size: Int

    init(_ input: Document) throws(ServiceError) {
        size = min(input["MaxItems"]?.int ?? 50, 50)
        guard let marker = input["Marker"]?.text, !marker.isEmpty else { return }
        guard let bytes = try? Base64.decode(marker), let text = String(validating: bytes, as: UTF8.self) else {
            throw .invalidParameter("Invalid Marker")
        }
        after = text
    }

    /// - Parameter names: those of the page, and one more when there is one.
    func next(_ names: [String]) -> Document? {
        guard names.count > size, size > 0 else { return nil }
        return .string(Base64.encode(Array(names[size - 1].utf8)))
    }
}
