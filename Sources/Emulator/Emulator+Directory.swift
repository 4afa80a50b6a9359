import Wire

extension Emulator {
    /// The refusal of a write while the data directory is gone; nil when nothing is wrong, or nothing would be written.
    func refusal(ofWrite request: WireRequest, _ route: Route, _ call: Call) -> WireResponse? {
        guard let watch = parts.watch, watch.isGone, Self.writes(request, route) else { return nil }
        let reason = watch.reason
        switch route {
        case .json:
            return AnswerForm.json(.json).failure(ServiceError("ServiceUnavailableException", reason, status: 503), call)
        case .events, .runtime: return AnswerForm.rest.failure(ServiceError("ServiceUnavailableException", reason, status: 503), call)
        case .s3:
            return S3Answer.failure(ServiceError("ServiceUnavailable", reason, status: 503), method: request.method, path: request.path, call)
        case .admin, .gateway:
            let body = JSON.write(.object(Document.Fields([("message", .string(reason))])))
            return WireResponse(status: 503, headers: [("content-type", "application/json")], body: .bytes(body))
        }
    }

    /// Operations that only read say so by their names.
    private static func writes(_ request: WireRequest, _ route: Route) -> Bool {
        switch route {
        case .json(let target):
            let operation = target.flatMap { $0.split(separator: ".").last } ?? ""
            return !["Describe", "List", "Get", "SubscribeToShard"].contains { operation.hasPrefix($0) }
        case .events: return true
        case .runtime: return false
        case .s3: return request.method != "GET" && request.method != "HEAD"
        case .admin, .gateway: return request.method != "GET" && request.method != "HEAD"
        }
    }
}
