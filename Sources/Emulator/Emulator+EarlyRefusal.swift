import Logging
import PersonalizeEmulator
import S3Emulator
import ServiceKit
import Wire

extension Emulator {
    /// The refusal of what no service is asked about, in the form of the service that was: a page of a foreign origin, or a write while the
    /// data directory is gone. Nil when nothing is refused.
    func earlyRefusal(_ request: WireRequest, _ route: Route, _ call: Call) -> WireResponse? {
        var isAsked = true
        if case .execute = route { isAsked = false }
        if isAsked, let reason = crossOrigin.refusal(request) {
            log.debug("a page was refused", metadata: ["request": "\(call.requestID)", "reason": "\(reason)"])
            let error = ServiceError("AccessDeniedException", reason, status: 403)
            return refusal(error, inS3: S3Service.refusal(ofPage: request, reason), of: request, route: route, call)
        }
        return goneRefusal(request, route, call)
    }

    /// The refusal of a write while the data directory is gone.
    func goneRefusal(_ request: WireRequest, _ route: Route, _ call: Call) -> WireResponse? {
        if let watch = parts.watch, watch.isGone, Self.writes(request, route) {
            let reason = watch.reason
            let error = ServiceError("ServiceUnavailableException", reason, status: 503)
            return refusal(error, inS3: ServiceError("ServiceUnavailable", reason, status: 503), of: request, route: route, call)
        }
        return nil
    }

    private func refusal(
        _ error: ServiceError,
        inS3 objectError: ServiceError,
        of request: WireRequest,
        route: Route,
        _ call: Call
    ) -> WireResponse {
        switch route {
        case .json: return AnswerForm.json(.json).failure(error, call)
        case .events, .runtime: return AnswerForm.rest.failure(error, call)
        case .monitoring(_, let form): return AnswerForm.queryCompatible(form, Self.monitoringNames).failure(error, call)
        case .apiGateway: return AnswerForm.routed(status: 200).failure(error, call)
        case .query, .other: return QueryProtocol.failure(error, namespace: "", call)
        case .s3: return S3Answer.failure(objectError, method: request.method, path: request.path, call)
        case .lambda: return LambdaProtocol.failure(error, call)
        case .admin, .execute, .functionCode, .customResource:
            let body = JSON.write(.object(Document.Fields([("message", .string(error.message ?? ""))])))
            return WireResponse(status: error.status, headers: [("content-type", "application/json")], body: .bytes(body))
        }
    }

    private static func writes(operation: some StringProtocol) -> Bool {
        !["Describe", "List", "Get", "SubscribeToShard"].contains { operation.hasPrefix($0) }
    }

    /// Operations that only read say so by their names.
    private static func writes(_ request: WireRequest, _ route: Route) -> Bool {
        switch route {
        case .json(let target):
            return writes(operation: target.flatMap { $0.split(separator: ".").last } ?? "")
        case .query:
            return writes(operation: QueryForm(request)?.action ?? "")
        case .monitoring(let operation, _): return writes(operation: operation)
        case .other, .execute: return false
        case .events: return true
        case .runtime: return false
        case .s3: return request.method != "GET" && request.method != "HEAD"
        case .admin, .apiGateway, .lambda, .functionCode, .customResource: return request.method != "GET" && request.method != "HEAD"
        }
    }
}
