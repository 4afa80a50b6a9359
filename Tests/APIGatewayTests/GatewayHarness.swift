import OutgoingHTTP
import Synchronization
import Wire

@testable import APIGatewayEmulator
@testable import ServiceKit

/// The service with a function that answers what a test says, and a clock for integrations that the test holds.
final class GatewayHarness: ServiceRequester {
    let service: APIGatewayService
    private let state: State

    final class State: Sendable {
        let invocations = Mutex<[FunctionInvocation]>([])
        let answer = Mutex<Result<FunctionAnswer, ServiceError>?>(.success(FunctionAnswer(payload: Array("{}".utf8), executedVersion: "$LATEST")))
        let timers = Mutex<[@Sendable () -> Void]>([])
        let requests = Mutex<[WireRequest]>([])
        let outgoing = Mutex<[OutgoingRequest]>([])
        let outgoingAnswer = Mutex<Result<OutgoingResponse, OutgoingFailure>?>(nil)
    }

    private struct Web: HTTPSender {
        let state: State

        func send(_ request: OutgoingRequest, completion: @escaping @Sendable (Result<OutgoingResponse, OutgoingFailure>) -> Void) {
            state.outgoing.withLock { $0.append(request) }
            if let answer = state.outgoingAnswer.withLock({ $0 }) { completion(answer) }
        }
    }

    private struct Functions: FunctionInvoker {
        let state: State

        func invoke(_ invocation: FunctionInvocation, completion: @escaping @Sendable (Result<FunctionAnswer, ServiceError>) -> Void) {
            state.invocations.withLock { $0.append(invocation) }
            if let answer = state.answer.withLock({ $0 }) { completion(answer) }
        }
    }

    init() throws {
        let state = State()
        self.state = state
        var configuration = ServerConfiguration()
        configuration.authentication = .off
        service = APIGatewayService(
            store: try Store(directory: nil),
            authenticator: Authenticator(configuration, time: ManualTime()),
            functions: Functions(state: state),
            http: Web(state: state),
            after: { _, body in state.timers.withLock { $0.append(body) } }
        )
    }

    func send(_ request: WireRequest, to service: String, _ call: Call, reply: @escaping @Sendable (WireResponse) -> Void) {
        state.requests.withLock { $0.append(request) }
        reply(WireResponse(status: 200, headers: [("content-type", "application/x-amz-json-1.1")], body: .bytes(Array("{\"a\":1}".utf8))))
    }

    /// What the function answers; nil for never.
    func answers(_ payload: String?, error: String? = nil) {
        state.answer.withLock {
            $0 = payload.map { .success(FunctionAnswer(payload: Array($0.utf8), functionError: error, executedVersion: "$LATEST")) }
        }
    }

    var events: [Document] { state.invocations.withLock { $0 }.map { (try? JSON.parse($0.payload)) ?? .null } }
    var invocations: [FunctionInvocation] { state.invocations.withLock { $0 } }
    /// What other servers answer; nil for never.
    func others(answer: Result<OutgoingResponse, OutgoingFailure>?) { state.outgoingAnswer.withLock { $0 = answer } }

    var outgoing: [OutgoingRequest] { state.outgoing.withLock { $0 } }
    var requests: [WireRequest] { state.requests.withLock { $0 } }

    func ringTimers() {
        let timers = state.timers.withLock { held in
            defer { held = [] }
            return held
        }
        for timer in timers { timer() }
    }

    private var call: Call {
        Call(account: "000000000000", region: "us-east-1", now: Timestamp(milliseconds: 1_428_582_896_000), requestID: "request-1")
    }

    @discardableResult
    func run(_ operation: String, _ input: String) throws -> Document {
        let table = service.table
        guard let entry = table[operation] else { throw ServiceError("UnknownOperationException", operation) }
        return try table.run(entry, JSON.parse(input), call) ?? .null
    }

    /// An API with one resource of one segment and a method there.
    /// - Parameter integration: members of PutIntegration; `@` in it stands for a function's URI.
    func api(
        _ part: String = "{proxy+}",
        method: String = "",
        integration: String,
        responses: [(code: String, mapped: String)] = [],
        settings: String = ""
    ) throws -> String {
        let api = try run("CreateRestApi", #"{"name":"a"\#(settings)}"#)
        let (id, root) = (api["id"]?.textIfAny ?? "", api["rootResourceId"]?.textIfAny ?? "")
        let resource = try run("CreateResource", #"{"restApiId":"\#(id)","parentId":"\#(root)","pathPart":"\#(part)"}"#)["id"]?.textIfAny ?? ""
        let ids = #""restApiId":"\#(id)","resourceId":"\#(resource)","httpMethod":"ANY""#
        try run("PutMethod", #"{\#(ids),"authorizationType":"NONE"\#(method)}"#)
        let uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"
        try run("PutIntegration", "{\(ids),\(integration.replacing("@", with: uri))}")
        for (code, mapped) in responses {
            try run("PutMethodResponse", #"{\#(ids),"statusCode":"\#(code)"}"#)
            try run("PutIntegrationResponse", #"{\#(ids),"statusCode":"\#(code)"\#(mapped)}"#)
        }
        try run("CreateDeployment", #"{"restApiId":"\#(id)","stageName":"prod"}"#)
        return id
    }

    func proxyAPI(settings: String = "") throws -> String {
        try api(integration: #""type":"AWS_PROXY","integrationHttpMethod":"POST","uri":"@""#, settings: settings)
    }

    /// The answer, or nil while there is none.
    @discardableResult
    func ask(
        _ api: String,
        _ method: String = "GET",
        _ path: String = "/x",
        query: String = "",
        headers: [(name: String, value: String)] = [],
        body: String = ""
    ) -> WireResponse? {
        let box = Box()
        var fields = WireHeaders([(name: "host", value: "\(api).execute-api.localhost:4590")] + headers.map { ($0.name.lowercased(), $0.value) })
        fields.spelling = Array(("Host" + headers.map(\.name).joined()).utf8)
        let request = WireRequest(method: method, path: "/prod" + path, query: query, headers: fields, body: Array(body.utf8))
        guard let target = ExecuteTarget(request) else { return nil }
        service.execute(request, target, call, self) { response in box.value.withLock { $0 = response } }
        held.withLock { $0 = box }
        return latest
    }

    private final class Box: Sendable { let value = Mutex<WireResponse?>(nil) }
    private let held = Mutex<Box?>(nil)

    /// What the last request was answered, by now.
    var latest: WireResponse? { held.withLock { $0 }?.value.withLock { $0 } }
}
