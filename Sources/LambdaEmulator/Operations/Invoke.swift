import Dispatch
package import ServiceKit
package import Wire

/// What an invocation was asked as.
package struct InvokeRequest: Sendable {
    package enum Kind: String, Sendable {
        case requestResponse = "RequestResponse"
        case event = "Event"
        case dryRun = "DryRun"
    }

    var name: FunctionName
    var kind: Kind
    var wantsTail: Bool
    var clientContext: String?
    var payload: [UInt8]
    var trace: String?

    /// Of a request.
    /// - Parameters:
    ///   - input: the members that stand outside the body.
    ///   - body: the payload.
    package init(_ input: Document, body: [UInt8], trace: String?, _ call: Call) throws(ServiceError) {
        name = try FunctionName(input["FunctionName"]?.textIfAny ?? "", qualifier: input["Qualifier"]?.textIfAny, call)
        for member in ["DurableExecutionName", "TenantId"] where input[member] != nil { throw .notHere("\(member) of Invoke") }
        kind =
            try Self.choice(input, "InvocationType", "invocationType", ["Event", "RequestResponse", "DryRun"]).flatMap(Kind.init) ?? .requestResponse
        wantsTail = try Self.choice(input, "LogType", "logType", ["None", "Tail"]) == "Tail"
        if let text = input["ClientContext"]?.textIfAny {
            guard let bytes = try? Base64.decode(text), case .object? = try? JSON.parse(bytes), text.utf8.count <= 3583 else {
                throw ServiceError("InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object.")
            }
            clientContext = String(decoding: bytes, as: UTF8.self)
        }
        payload = body
        self.trace = trace
        try Self.check(payload, kind)
    }

    /// Of another service.
    init(_ invocation: FunctionInvocation, _ call: Call) throws(ServiceError) {
        name = try FunctionName(invocation.function, call)
        kind = invocation.isAsynchronous ? .event : .requestResponse
        (wantsTail, clientContext, payload) = (false, invocation.clientContext, invocation.payload)
        try Self.check(payload, kind)
    }

    private static func choice(_ input: Document, _ member: String, _ place: String, _ values: [String]) throws(ServiceError) -> String? {
        guard let text = input[member]?.textIfAny else { return nil }
        guard values.contains(text) else {
            throw ServiceError(
                "ValidationException",
                "1 validation error detected: Value '\(text)' at '\(place)' failed to satisfy constraint: "
                    + "Member must satisfy enum value set: [\(values.joined(separator: ", "))]"
            )
        }
        return text
    }

    static let maximumPayload = 6_291_456
    static let maximumEvent = 1_048_576

    private static func check(_ payload: [UInt8], _ kind: Kind) throws(ServiceError) {
        let limit = kind == .event ? maximumEvent : maximumPayload
        guard payload.count <= limit else {
            throw ServiceError(
                "RequestTooLargeException",
                "\(payload.count) byte payload is too large for the \(kind.rawValue) invocation type (limit \(limit) bytes)",
                status: 413
            )
        }
        guard !payload.isEmpty else { return }
        do throws(JSON.Failure) { _ = try JSON.parse(payload) } catch {
            throw ServiceError("InvalidRequestContentException", "Could not parse request body into json: \(error.reason) at byte \(error.offset)")
        }
    }
}

/// What an invocation is answered with.
package struct InvokeAnswer: Sendable {
    package var status: Int
    package var payload: [UInt8]
    package var functionError: String?
    package var executedVersion: String?
    /// The last 4 KiB of the log, where it was asked for.
    package var tail: [UInt8]?
}

extension LambdaService: FunctionInvoker {
    /// - Parameter completion: called once, on any thread; it must not wait.
    package func invoke(_ request: InvokeRequest, _ call: Call, _ completion: @escaping @Sendable (Result<InvokeAnswer, ServiceError>) -> Void) {
        do throws(ServiceError) {
            let found = try read(call) { try Self.resolve(request.name, in: $0, call) }
            switch request.kind {
            case .dryRun: completion(.success(InvokeAnswer(status: 204, payload: [], executedVersion: found.version.name)))
            case .event:
                try events.accept(request, call)
                completion(.success(InvokeAnswer(status: 202, payload: [])))
            case .requestResponse:
                try run(request, found, call) { completion($0) }
            }
        } catch {
            completion(.failure(error))
        }
    }

    /// Runs a version and answers what came of it.
    private func run(
        _ request: InvokeRequest,
        _ found: (function: Function, version: FunctionVersion),
        _ call: Call,
        _ completion: @escaping @Sendable (Result<InvokeAnswer, ServiceError>) -> Void
    ) throws(ServiceError) {
        let version = found.version.name
        let wantsTail = request.wantsTail
        let invocation = PendingInvocation(
            id: call.requestID,
            setup: found.version.setup(reserved: found.function.reserved, call),
            arn: request.name.arn(call),
            payload: request.payload,
            clientContext: request.clientContext,
            trace: request.trace
                ?? "Root=1-\(String(call.now.seconds, radix: 16))-\(HexText.random(digits: 24));Parent=\(HexText.random(digits: 16));Sampled=0",
            completion: { outcome in
                switch outcome {
                case .answered(let payload, let isFailure, let tail, _):
                    completion(
                        .success(
                            InvokeAnswer(
                                status: 200,
                                payload: payload,
                                functionError: isFailure ? "Unhandled" : nil,
                                executedVersion: version,
                                tail: wantsTail ? tail : nil
                            )
                        )
                    )
                case .throttled: completion(.failure(.tooManyRequests))
                case .refused(let code, let message, let status): completion(.failure(ServiceError(code, message, status: status)))
                }
            }
        )
        try runtime.invoke(invocation)
    }

    /// As another service asks.
    package func invoke(_ invocation: FunctionInvocation, completion: @escaping @Sendable (Result<FunctionAnswer, ServiceError>) -> Void) {
        queue.async { [self] in
            let call = Call(account: invocation.account, region: invocation.region, now: time.now, requestID: RequestID.random())
            do throws(ServiceError) {
                let request = try InvokeRequest(invocation, call)
                // The rules of faults hold for other services' invocations as for clients'.
                if let error = faults("Invoke", call.region) { throw error }
                invoke(request, call) { result in
                    completion(
                        result.map { answer in
                            FunctionAnswer(
                                payload: answer.payload,
                                functionError: answer.functionError,
                                executedVersion: answer.executedVersion ?? "$LATEST"
                            )
                        }
                    )
                }
            } catch {
                completion(.failure(error))
            }
        }
    }
}
