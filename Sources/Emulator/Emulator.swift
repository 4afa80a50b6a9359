import APIGatewayEmulator
import Dispatch
package import Logging
import PersonalizeEmulator
import S3Emulator
package import ServiceKit
package import Wire

/// The whole server above its sockets: takes requests, gives answers.
package final class Emulator: Sendable {
    package let configuration: ServerConfiguration
    let parts: ServerComponents
    let log: Logger
    let crossOrigin: CrossOrigin
    /// Control-plane operations and objects wait for disks; they do it here and not on the event loops.
    let background = DispatchQueue(label: "operations", attributes: .concurrent)

    /// - Parameters:
    ///   - certificate: what clients have to trust to speak TLS, in PEM; nil when there is no TLS.
    ///   - startup: how far the scripts of the start are.
    ///   - settings: the options of the start, for whoever asks.
    ///   - snapshots: where they are, and how one is gone back to; nil when the server keeps none.
    /// - Throws: `StartFailure` when the data directory cannot be used.
    package init(
        _ configuration: ServerConfiguration,
        time: any TimeSource = SystemTime(),
        log: Logger,
        certificate: @escaping @Sendable () -> String? = { nil },
        startup: @escaping @Sendable () -> StartupScripts = { StartupScripts() },
        settings: @escaping @Sendable () -> [ShownSetting] = { [] },
        snapshots: SnapshotSettings? = nil
    ) throws {
        self.configuration = configuration
        self.log = log
        crossOrigin = CrossOrigin(allowed: configuration.allowedOrigins)
        do {
            parts = try ServerComponents(
                configuration,
                time: time,
                log: log,
                certificate: certificate,
                startup: startup,
                settings: settings,
                snapshots: snapshots
            )
        } catch {
            throw StartFailure(error, directory: configuration.dataDirectory)
        }
    }

    /// Ends what start-up left to do: work that an earlier run did not finish. `/_personalite/ready` says when it is done.
    /// - Parameter then: called when that is done, on another thread.
    package func start(then: @escaping @Sendable () -> Void = {}) {
        background.async { [parts] in
            parts.resume()
            then()
        }
    }

    /// Tells what functions are told: where the server is.
    package func listens(host: String, port: Int) { parts.address.listens(host: host, port: port) }

    /// Everything acknowledged is on the disk when this returns.
    package func shutdown() {
        parts.close()
    }

    // MARK: One request

    /// What is stored may be a page. A browser that shows it is told that it has no origin: with this server's it could read the console's key.
    private static func isolating(
        _ request: WireRequest,
        _ route: Route,
        _ reply: @escaping @Sendable (WireResponse) -> Void
    ) -> @Sendable (WireResponse) -> Void {
        guard Self.isShared(route), let use = request.headers["sec-fetch-dest"], ["document", "iframe", "frame", "object", "embed"].contains(use)
        else {
            return reply
        }
        return { reply($0.adding([("content-security-policy", "sandbox allow-scripts allow-forms allow-popups allow-downloads")])) }
    }

    /// Whether what is answered has the origin of the server itself.
    private static func isShared(_ route: Route) -> Bool {
        switch route {
        case .s3: true
        case .execute(let target): !target.isByHost
        default: false
        }
    }

    /// What to do with the body that follows a head.
    package func admit(_ head: WireRequest) -> Admission {
        switch Route(head) {
        case .s3:
            noted(head, earlyRefusal(head, .s3, newCall()).map { Admission.refuse($0) } ?? crossOrigin.admitting(head, admitS3(head)))
        case .admin, .functionCode, .customResource: .collect(limit: 1 << 20)
        case .lambda: .collect(limit: Self.maximumFunctionBody)
        case .json, .events, .runtime, .apiGateway, .execute, .query, .monitoring, .other: .collect(limit: Self.maximumBody)
        }
    }

    /// 10 MiB of records as base64, and what stands around them.
    private static let maximumBody = 16 << 20

    /// The order of refusals, on one screen. `reply` is called once.
    package func answer(_ request: WireRequest, _ reply: @escaping @Sendable (WireResponse) -> Void) {
        let call = newCall()
        let route = Route(request)
        // What the console asks of the server itself would drown the rest.
        let noted = route == .admin ? reply : parts.requests.noting(request, call, reply)
        if let refusal = earlyRefusal(request, route, call) { return noted(refusal) }
        if case .execute(let target) = route {
            // Who may ask an API is the API's to say: its callers are pages of others, and it answers their preflights itself.
            let reply = Self.isolating(request, route, noted)
            return background.async { [self] in parts.apiGateway.execute(request, target, call, self, reply) }
        }
        let reply = Self.isolating(request, route, crossOrigin.admitting(request, noted))
        if let preflight = crossOrigin.preflight(request, call) { return reply(preflight) }
        switch route {
        case .admin: background.async { [parts] in reply(parts.admin.answer(request, call)) }
        case .json(let target): answerJSON(request, target: target, call, reply)
        case .events: answerREST(request, table: parts.personalize.eventsTable, call, reply)
        case .runtime: answerREST(request, table: parts.personalize.runtimeTable, call, reply)
        case .apiGateway: answerAPIGateway(request, call, reply)
        case .execute: break
        case .lambda: answerLambda(request, call, reply)
        case .functionCode(let path): background.async { [self] in reply(answerFunctionCode(request, path: path, call)) }
        case .customResource(let name): background.async { [self] in reply(answerCustomResource(request, name: name)) }
        case .query(let service): answerQuery(request, service, call, reply)
        case .monitoring(let operation, let form): answerMonitoring(request, operation, form, call, reply)
        case .other(let service): reply(OtherServices.refusal(request, service, call))
        case .s3: background.async { [self] in answerS3(request, call, reply) }
        }
    }

    private func newCall() -> Call {
        Call(account: configuration.account, region: configuration.region, now: parts.time.now, requestID: RequestID.random())
    }

    /// - Parameter known: who asks, where that is known without a signature.
    func answerJSON(
        _ request: WireRequest,
        target: String?,
        _ call: Call,
        by known: Caller? = nil,
        _ reply: @escaping @Sendable (WireResponse) -> Void
    ) {
        let content = JSONProtocol.Content(request.headers["content-type"])
        let form = AnswerForm.json(request.body.isEmpty ? content.formatWithoutBody : content.format)
        let fail = { (error: ServiceError) in reply(form.failure(error, call)) }
        // 1. Method and content type.
        guard request.method == "POST" else { return reply(JSONProtocol.undeterminedOperation(call)) }
        let found = target.flatMap { parts.operation($0) }
        guard !request.body.isEmpty else {
            return fail(ServiceError(found == nil ? "UnknownOperationException" : "SerializationException", nil))
        }
        if content == .other {
            return reply(target == nil ? JSONProtocol.undeterminedOperation(call) : JSONProtocol.unknownOperation(call))
        }
        if case .json = content, known == nil, let found, answerDirectly(request, table: found.table, entry: found.entry, call, reply) { return }
        // 2. The body parses.
        guard let body = form.format.object(request.body) else {
            if content == .plainJSON { return reply(JSONProtocol.plainFailure("SerializationException", status: 400, call)) }
            return fail(ServiceError("SerializationException", nil))
        }
        if content == .plainJSON { return reply(JSONProtocol.plainFailure("UnknownOperationException", status: 404, call)) }
        // 3. The operation is known.
        guard let found else { return fail(Self.unknownOperation(target)) }
        // 4. The signature.
        let caller: Caller
        do {
            if let known {
                caller = known
            } else {
                caller = try parts.authenticator.caller(of: request, for: found.table.dialect.signingName)
            }
        } catch {
            return fail(error.jsonRefusal)
        }
        // 5. Types, 6. constraints, 7. the operation.
        carryOut(found.entry, of: found.table, body: body, call.by(caller), form: form, reply: reply)
    }

    /// Kinesis and Personalize say nothing more, so nothing more is said for them.
    private static func unknownOperation(_ target: String?) -> ServiceError {
        guard let target,
            let service = ["AmazonSSM": "ssm", "Firehose_20150804": "firehose", "Logs_20140328": "logs", "AWSEvents": "events"][
                String(target.prefix(while: { $0 != "." }))
            ]
        else {
            return ServiceError("UnknownOperationException", nil)
        }
        let page = HostedServices.page(of: service)
        return ServiceError("UnknownOperationException", "\(target) is not carried out by personalite; \(page) lists what is.")
    }

    /// - Parameter known: who asks, where that is known without a signature.
    func answerREST(
        _ request: WireRequest,
        table: ServiceTable,
        _ call: Call,
        by known: Caller? = nil,
        _ reply: @escaping @Sendable (WireResponse) -> Void
    ) {
        let form = AnswerForm.rest
        let fail = { (error: ServiceError) in reply(form.failure(error, call)) }
        let caller: Caller
        do {
            if let known {
                caller = known
            } else {
                caller = try parts.authenticator.caller(of: request, for: table.dialect.signingName)
            }
        } catch {
            return fail(error.restRefusal)
        }
        guard let entry = table[request.path] else { return fail(ServiceError("UnknownOperationException", nil, status: 404)) }
        guard let body = request.body.isEmpty ? .object(Document.Fields()) : try? JSON.parse(request.body), case .object = body else {
            return fail(ServiceError("SerializationException", nil))
        }
        carryOut(entry, of: table, body: body, call.by(caller), form: form, reply: reply)
    }

    /// Runs an operation, where the bytes arrived or in the background, and answers once what it wrote is safe.
    func carryOut(
        _ entry: ServiceTable.Entry,
        of table: ServiceTable,
        body: Document,
        _ call: Call,
        form: AnswerForm,
        reply: @escaping @Sendable (WireResponse) -> Void
    ) {
        let work: @Sendable () -> Void = { [self] in
            carryOut(
                { (call) throws(ServiceError) in try table.run(entry, body, call, as: form.format) },
                operation: entry.name,
                call,
                form: form,
                success: { form.success($0, $1, numbers: table.dialect.numbers) },
                reply: reply
            )
        }
        withFaults(service: table.dialect.name, operation: entry.name, region: call.region, fail: { reply(form.failure($0, call)) }) { [self] in
            if entry.isDataPlane { work() } else { background.async(execute: work) }
        }
    }

    /// Runs `work` here, and answers once what it wrote is safe.
    func carryOut<Output: Sendable>(
        _ work: (Call) throws(ServiceError) -> Output,
        operation: String,
        _ call: Call,
        form: AnswerForm,
        success: @escaping @Sendable (Output, Call) -> WireResponse,
        reply: @escaping @Sendable (WireResponse) -> Void
    ) {
        do throws(ServiceError) {
            let output = try work(call)
            call.acknowledgement.whenSafe { [self] failed in
                guard let failed else {
                    let stream = call.acknowledgement.events.map { JSONProtocol.stream(EventStreamBody($0, form.format), call) }
                    let later = call.acknowledgement.later.map { JSONProtocol.later(LaterBody($0, form.format), form.format, call) }
                    return reply(stream ?? later ?? success(output, call))
                }
                call.acknowledgement.events?.close()
                call.acknowledgement.later?.close()
                let fault = ServiceError.internalFailure(failed)
                note(fault, operation, call)
                reply(form.failure(fault, call))
            }
        } catch {
            note(error, operation, call)
            reply(form.failure(error, call))
        }
    }

    /// Faults of ours are logged with their cause; refusals only when somebody asks to see them.
    private func note(_ error: ServiceError, _ operation: String, _ call: Call) {
        if let cause = error.cause {
            log.error("\(operation) failed", metadata: ["request": "\(call.requestID)", "cause": "\(cause)"])
        } else {
            let message = error.message ?? ""
            log.debug("\(operation) refused", metadata: ["request": "\(call.requestID)", "code": "\(error.code)", "message": "\(message)"])
        }
    }
}
