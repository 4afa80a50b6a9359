import ServiceKit
import Wire

/// One request on its way to what stands behind a method, and back.
struct IntegrationRun: Sendable {
    let service: APIGatewayService
    let exchange: GatewayExchange
    let endpoint: Endpoint
    let stage: DeployedStage
    let call: Call
    let services: any ServiceRequester
    let answer: OnceReply

    func start() {
        do throws(GatewayFault) {
            switch endpoint.integration.type {
            case "MOCK": try mock()
            case "AWS_PROXY": try proxy()
            case "AWS": try mapped()
            case "HTTP": try http()
            case "HTTP_PROXY": try httpProxy()
            default: throw .configuration("the integration type is not here")
            }
        } catch {
            fail(error)
        }
    }

    func fail(_ fault: GatewayFault) {
        answer(fault.response(exchange, stage, call))
    }

    /// The gateway's own answer when the integration takes too long.
    func startTimer() {
        answer.isLate { GatewayFault.timeout.response(exchange, stage, call) }
        service.after(endpoint.integration.timeout) { [answer] in answer.expire() }
    }

    // MARK: Functions behind AWS_PROXY

    private func proxy() throws(GatewayFault) {
        guard case .function(let name) = try target() else { throw .configuration("the URI names no function") }
        guard endpoint.integration.httpMethod == "POST" else { throw .configuration("functions are asked by POST") }
        let event = ProxyEvent.document(exchange, endpoint, stage)
        try invoke(name, JSON.write(event), isAsynchronous: false) { result in
            do throws(GatewayFault) {
                answer(try ProxyAnswer.response(try payload(result), exchange, stage))
            } catch {
                fail(error)
            }
        }
    }

    /// What a function answered.
    private func payload(_ result: Result<FunctionAnswer, ServiceError>) throws(GatewayFault) -> [UInt8] {
        switch result {
        case .success(let found):
            if found.functionError != nil { throw .badGateway("the function failed") }
            return found.payload
        case .failure(let error): throw Self.fault(error)
        }
    }

    static func fault(_ error: ServiceError) -> GatewayFault {
        switch error.code {
        case "TooManyRequestsException": GatewayFault(.usual5xx, "Internal server error", status: 500, cause: error.code)
        default: .configuration("\(error.code): \(error.message ?? "")")
        }
    }

    func invoke(
        _ name: String,
        _ payload: [UInt8],
        isAsynchronous: Bool,
        _ completion: @escaping @Sendable (Result<FunctionAnswer, ServiceError>) -> Void
    ) throws(GatewayFault) {
        guard let functions = service.functions else { throw .configuration("there are no functions here") }
        startTimer()
        let invocation = FunctionInvocation(
            function: name,
            payload: payload,
            isAsynchronous: isAsynchronous,
            account: stage.account,
            region: stage.region
        )
        functions.invoke(invocation, completion: completion)
    }

    /// The integration's URI, stage variables put in.
    var uri: String {
        var uri = endpoint.integration.uri
        if uri.contains("${stageVariables.") {
            for variable in stage.variables.entriesIfAny {
                uri = uri.replacing("${stageVariables.\(variable.name)}", with: variable.value.textIfAny ?? "")
            }
        }
        return uri
    }

    func target() throws(GatewayFault) -> IntegrationTarget {
        do {
            return try IntegrationTarget(uri)
        } catch {
            throw .configuration("the URI of the integration is wrong")
        }
    }
}
