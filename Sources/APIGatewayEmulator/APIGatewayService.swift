import Dispatch
package import OutgoingHTTP
package import ServiceKit
import Shapes
package import Wire

/// Amazon API Gateway, its REST APIs: their parts are kept in the store, and what a stage serves is read from there once and then held.
package final class APIGatewayService: Sendable {
    let store: Store
    let authenticator: Authenticator
    let functions: (any FunctionInvoker)?
    let http: (any HTTPSender)?
    /// Gets the lines of the access logs of stages; nil where there are no logs.
    let accessLog: (any FunctionLog)?
    let deployed = DeployedStages()
    /// Calls something after so many milliseconds.
    let after: @Sendable (_ milliseconds: Int, _ body: @escaping @Sendable () -> Void) -> Void

    /// - Parameters:
    ///   - authenticator: verifies what is sent to methods of AWS_IAM.
    ///   - functions: what runs functions; nil where there are none.
    ///   - http: what asks the servers that integrations of HTTP name; nil where none may be asked.
    ///   - accessLog: gets the lines of the access logs of stages.
    ///   - after: how integrations that take too long are told; tests hold it in their hands.
    package init(
        store: Store,
        authenticator: Authenticator,
        functions: (any FunctionInvoker)?,
        http: (any HTTPSender)?,
        accessLog: (any FunctionLog)? = nil,
        after: @escaping @Sendable (Int, @escaping @Sendable () -> Void) -> Void = { milliseconds, body in
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds), execute: body)
        }
    ) {
        self.store = store
        self.authenticator = authenticator
        self.functions = functions
        self.http = http
        self.accessLog = accessLog
        self.after = after
    }

    typealias Work = @Sendable (APIGatewayService, Document, Call) throws(ServiceError) -> Document?

    private static let work: [String: Work] = [parts, methods, deployments, keys, tagging].reduce(into: restAPIs) { all, some in
        all.merge(some) { first, _ in first }
    }

    /// Read at the first request.
    package static let router = RESTRouter(APIGateway.routes, others: APIGateway.others)

    package var table: ServiceTable {
        let dialect = ServiceDialect(
            name: "apigateway",
            violationCode: "BadRequestException",
            package: "com.amazonaws.services.apigateway.model",
            numbers: .plain
        )
        return ServiceTable(self, inputs: APIGateway.routes.map { ($0.name, $0.input) }, work: Self.work, dialect)
    }

    /// Everything was removed from the store.
    package func forget() {
        deployed.forget()
    }

    func read<Value>(_ call: Call, _ body: (RecordTable) throws -> Value) throws(ServiceError) -> Value {
        try store.read { try body(RecordTable($0, account: call.account, region: call.region)) }
    }

    /// A transaction, after which nothing that was read before it is served any more.
    func write<Value>(_ call: Call, _ body: (RecordTable, _ places: RecordTable) throws -> Value) throws(ServiceError) -> Value {
        try store.write { transaction in
            transaction.afterCommit { [deployed] _ in deployed.forget() }
            return try body(
                RecordTable(transaction.database, account: call.account, region: call.region),
                RecordTable.shared(transaction.database)
            )
        }
    }
}

/// The kinds of records. Those of an API are called `API/NAME` and have the API for a parent.
enum Kind {
    static let api = "restapi"
    static let resource = "restapi-resource"
    static let deployment = "restapi-deployment"
    static let stage = "restapi-stage"
    static let model = "restapi-model"
    static let validator = "restapi-validator"
    static let gatewayResponse = "restapi-response"
    static let key = "apigateway-key"
    static let plan = "apigateway-plan"
    static let account = "apigateway-account"
    /// Whose an API is, and in which region: of the account "" in the region "".
    static let place = "restapi-place"

    static let ofAPI = [resource, deployment, stage, model, validator, gatewayResponse]
}

extension RecordTable {
    /// A record that belongs to an API.
    func part(_ kind: String, _ api: String, _ name: String) throws -> Document? {
        try find(kind, "\(api)/\(name)")?.body
    }

    func putPart(_ kind: String, _ api: String, _ name: String, _ body: Document) throws {
        try put(kind, "\(api)/\(name)", parent: api, body)
    }

    /// The API.
    /// - Throws: that there is none.
    func api(_ id: String, _ call: Call) throws -> Document {
        guard let record = try find(Kind.api, id) else {
            throw ServiceError.notFound("Invalid API identifier specified \(call.account):\(id)")
        }
        return record.body
    }

    /// - Throws: that there is no such API, or that it has no such resource.
    func resource(_ input: Document, _ call: Call, _ member: String = "resourceId") throws -> Document {
        let api = input.required("restApiId").text
        _ = try self.api(api, call)
        guard let body = try part(Kind.resource, api, input.required(member).text) else {
            throw ServiceError.notFound("Invalid Resource identifier specified")
        }
        return body
    }

    /// - Throws: that there is no such API, resource or method.
    func method(_ input: Document, _ call: Call) throws -> (resource: Document, method: Document) {
        let resource = try resource(input, call)
        guard let method = resource["resourceMethods"]?[input.required("httpMethod").text] else {
            throw ServiceError.notFound("Invalid Method identifier specified")
        }
        return (resource, method)
    }

    /// Puts a method into its resource, or takes it away.
    func saveMethod(_ method: Document?, _ resource: Document, _ input: Document) throws {
        var (resource, methods) = (resource, resource["resourceMethods"] ?? .object(Document.Fields()))
        methods.set(input.required("httpMethod").text, method)
        resource.set("resourceMethods", methods.entriesIfAny.isEmpty ? nil : methods)
        try putPart(Kind.resource, input.required("restApiId").text, input.required("resourceId").text, resource)
    }
}

extension ServiceError {
    static func notFound(_ message: String) -> ServiceError { ServiceError("NotFoundException", message, status: 404) }
    static func badRequest(_ message: String) -> ServiceError { ServiceError("BadRequestException", message) }
    static func conflict(_ message: String) -> ServiceError { ServiceError("ConflictException", message, status: 409) }

    /// For what AWS has and is not here.
    static func notHere(_ what: String) -> ServiceError {
        ServiceError(
            "BadRequestException",
            "\(what) is not carried out by personalite.",
            hint: "docs/fidelity-apigateway.md lists what is carried out"
        )
    }
}

/// Identifiers as the service makes them.
enum GatewayID {
    static func random(_ count: Int) -> String {
        String((0..<count).map { _ in "abcdefghijklmnopqrstuvwxyz0123456789".randomElement() ?? "a" })
    }

    /// The value of a key.
    static func keyValue() -> String {
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        return String((0..<40).map { _ in letters.randomElement() ?? "A" })
    }
}

/// A page of a list. Lists are in the order of their names, and the position is the last name shown.
struct Page {
    private let after: String
    private let size: Int

    /// - Parameter usual: how many entries a page has when the request does not say.
    init(_ input: Document, usual: Int = 25) throws(ServiceError) {
        size = min(max(input["limit"]?.int ?? usual, 1), 500)
        guard let token = input["position"]?.text else {
            after = ""
            return
        }
        guard let bytes = try? Base64.decode(token), let text = String(validating: bytes, as: UTF8.self) else {
            throw .badRequest("Invalid position parameter")
        }
        after = text
    }

    /// The entries of the page, with where the next begins.
    /// - Parameter entries: all, in any order, by what they are ordered by.
    func document(_ entries: [(name: String, value: Document)]) -> Document {
        let left = entries.filter { $0.name > after }.sorted { $0.name < $1.name }
        let shown = left.prefix(size)
        let more = left.count > size ? shown.last.map { Document.string(Base64.encode(Array($0.name.utf8))) } : nil
        return .members([("item", .list(shown.map(\.value))), ("position", more)])
    }
}

extension Document {
    /// The object with other members; those that are nil are taken away.
    func setting(_ members: [(name: String, value: Document?)]) -> Document {
        var copy = self
        for member in members { copy.set(member.name, member.value) }
        return copy
    }

    /// The members of that name that a checked input has.
    func only(_ names: [String]) -> [(name: String, value: Document?)] { names.map { ($0, self[$0]) } }
}
