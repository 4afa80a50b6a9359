import Dispatch
import LambdaEmulator
import ServiceKit
import Wire

extension Emulator {
    /// 50 MiB of a deployment package as base64, and what stands around it: as AWS has it.
    static let maximumFunctionBody = 70_167_211

    /// The order of refusals of Lambda's protocol.
    func answerLambda(_ request: WireRequest, _ call: Call, _ reply: @escaping @Sendable (WireResponse) -> Void) {
        let fail = { (error: ServiceError) in reply(LambdaProtocol.failure(error, call)) }
        // 1. The operation is known.
        let match: RESTRoute.Match
        switch LambdaService.router.find(method: request.method, path: request.path, query: request.query) {
        case .operation(let found): match = found
        case .other(let name):
            let page = HostedServices.page(of: "lambda")
            return fail(
                ServiceError("UnknownOperationException", "\(name) of Lambda is not carried out by personalite; \(page) lists what is.")
            )
        case .nothing:
            return fail(ServiceError("UnknownOperationException", "No operation of Lambda is \(request.method) \(request.path).", status: 404))
        }
        // 2. The signature.
        let caller: Caller
        do {
            caller = try parts.authenticator.caller(of: request, for: "lambda")
        } catch {
            return fail(error.restRefusal)
        }
        let call = call.by(caller)
        if match.route.payload != nil { return answerInvoke(request, match, call, reply) }
        // 3. The body parses.
        var body: Document?
        if !request.body.isEmpty {
            guard let parsed = try? JSON.parse(request.body), case .object = parsed else {
                return fail(ServiceError("SerializationException", "Could not parse request body into json."))
            }
            body = parsed
        }
        // 4. Types, 5. constraints, 6. the operation.
        let table = parts.lambdaTable.value
        guard let entry = table[match.route.name] else { return fail(ServiceError("UnknownOperationException", nil, status: 404)) }
        carryOut(entry, of: table, body: match.document(request, body: body), call, form: .lambda(status: match.route.status), reply: reply)
    }

    /// An invocation is answered when its function has: no thread waits for it.
    private func answerInvoke(_ request: WireRequest, _ match: RESTRoute.Match, _ call: Call, _ reply: @escaping @Sendable (WireResponse) -> Void) {
        let fail = { @Sendable (error: ServiceError) in reply(LambdaProtocol.failure(error, call)) }
        withFaults(service: "lambda", operation: match.route.name, region: call.region, fail: fail) { [parts, background] in
            background.async {
                do throws(ServiceError) {
                    let input = match.document(request, body: nil)
                    let invocation = try InvokeRequest(input, body: request.body, trace: request.headers["x-amzn-trace-id"], call)
                    parts.lambda.invoke(invocation, call) { result in
                        switch result {
                        case .success(let answer): reply(Self.response(answer, call))
                        case .failure(let error): fail(error)
                        }
                    }
                } catch {
                    fail(error)
                }
            }
        }
    }

    private static func response(_ answer: InvokeAnswer, _ call: Call) -> WireResponse {
        var headers: [(name: String, value: String)] = [("content-type", "application/json"), ("x-amzn-requestid", call.requestID)]
        if let version = answer.executedVersion { headers.append(("x-amz-executed-version", version)) }
        if let error = answer.functionError { headers.append(("x-amz-function-error", error)) }
        if let tail = answer.tail { headers.append(("x-amz-log-result", Base64.encode(tail))) }
        return WireResponse(status: answer.status, headers: headers, body: .bytes(answer.payload))
    }

    /// Deployment packages are downloaded without a signature: who has the address was given it.
    func answerFunctionCode(_ request: WireRequest, path: String, _ call: Call) -> WireResponse {
        guard request.method == "GET" || request.method == "HEAD", let bytes = try? parts.lambda.code(path: path, call) else {
            return WireResponse(
                status: 404,
                headers: [("content-type", "application/json")],
                body: .bytes(Array("{\"message\":\"no such package\"}".utf8))
            )
        }
        return WireResponse(
            status: 200,
            headers: [("content-type", "application/zip")],
            body: request.method == "HEAD" ? .head(length: bytes.count) : .bytes(bytes)
        )
    }
}
