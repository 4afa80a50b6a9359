package import ServiceKit
import Synchronization
package import Wire

extension APIGatewayService {
    /// Of a request (quota "Payload size", API Gateway developer guide).
    static let maximumBody = 10 << 20

    /// Answers a request to a stage: who it is for, who may ask, what is asked, and then the integration. `reply` is called once.
    package func execute(
        _ request: WireRequest,
        _ target: ExecuteTarget,
        _ call: Call,
        _ services: any ServiceRequester,
        _ reply: @escaping @Sendable (WireResponse) -> Void
    ) {
        do throws(GatewayFault) {
            let stage = try stage(target)
            let call = call.from(account: stage.account, region: stage.region)
            var exchange = try GatewayExchange(request, target, stage, call)
            var endpoint: Endpoint?
            do throws(GatewayFault) {
                guard request.body.count <= Self.maximumBody else { throw .tooLarge }
                guard let match = stage.routes.match(target.path, method: request.method) else { throw .noRoute }
                exchange.parameters = match.parameters
                endpoint = match.endpoint
                try authorize(&exchange, match.endpoint, stage)
                try RequestValidation.check(exchange, match.endpoint, stage)
                let run = IntegrationRun(
                    service: self,
                    exchange: exchange,
                    endpoint: match.endpoint,
                    stage: stage,
                    call: call,
                    services: services,
                    answer: OnceReply(Self.finishing(request, logging(exchange, endpoint, stage, reply)))
                )
                run.start()
            } catch {
                Self.finishing(request, logging(exchange, endpoint, stage, reply))(error.response(exchange, stage, call))
            }
        } catch {
            Self.finishing(request, reply)(error.response(nil, nil, call))
        }
    }

    /// HEAD has no body.
    private static func finishing(
        _ request: WireRequest,
        _ reply: @escaping @Sendable (WireResponse) -> Void
    ) -> @Sendable (WireResponse) -> Void {
        guard request.method == "HEAD" else { return reply }
        return { response in
            var response = response
            response.body = .head(length: response.body.count ?? 0)
            reply(response)
        }
    }

    private func stage(_ target: ExecuteTarget) throws(GatewayFault) -> DeployedStage {
        let found: DeployedStage?
        do {
            found = try deployedStage(target)
        } catch {
            throw .configuration("the store cannot be read")
        }
        guard let found, !found.isDisabled else { throw GatewayFault(.invalidKey, "Forbidden", cause: "no such API or stage") }
        return found
    }

    private func authorize(_ exchange: inout GatewayExchange, _ endpoint: Endpoint, _ stage: DeployedStage) throws(GatewayFault) {
        switch endpoint.method["authorizationType"]?.textIfAny {
        case "NONE": break
        case "AWS_IAM":
            do {
                exchange.caller = try authenticator.caller(of: exchange.request, for: "execute-api")
            } catch {
                if case .missing = error { throw .noRoute }
                let refusal = error.restRefusal
                let isExpired = refusal.code.hasPrefix("ExpiredToken")
                throw GatewayFault(isExpired ? .expiredToken : .invalidSignature, refusal.message ?? "Forbidden", cause: refusal.hint)
            }
        // What is not known lets nobody in.
        default: throw .configuration("the authorizationType of the method is not carried out")
        }
        guard endpoint.method["apiKeyRequired"] == .boolean(true) else { return }
        guard let value = exchange.header("x-api-key"), let id = stage.keys[value] else { throw .forbidden }
        exchange.key = (id, value)
    }
}

/// An answer that is given once: what comes later is dropped, and nothing of the request is held any more.
final class OnceReply: Sendable {
    private struct State {
        var reply: (@Sendable (WireResponse) -> Void)?
        /// What is answered when the integration takes too long.
        var late: (@Sendable () -> WireResponse)?
    }

    private let state: Mutex<State>

    init(_ reply: @escaping @Sendable (WireResponse) -> Void) {
        state = Mutex(State(reply: reply))
    }

    func callAsFunction(_ response: WireResponse) {
        take()?.reply?(response)
    }

    /// Says what is answered by `expire`.
    func isLate(_ late: @escaping @Sendable () -> WireResponse) {
        state.withLock { if $0.reply != nil { $0.late = late } }
    }

    /// Its time is over.
    func expire() {
        guard let taken = take(), let late = taken.late else { return }
        taken.reply?(late())
    }

    private func take() -> State? {
        state.withLock { state in
            guard state.reply != nil else { return nil }
            defer { state = State() }
            return state
        }
    }
}
