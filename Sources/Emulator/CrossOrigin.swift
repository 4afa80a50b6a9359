import Wire

/// What browsers are told about pages of other origins: as AWS's services do, that any may ask, for a request counts by its signature.
enum CrossOrigin {
    private static let exposed =
        "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,Date"
    /// Seconds for which a browser need not ask again.
    private static let maximumAge = "172800"

    private static let common: [(name: String, value: String)] = [
        ("access-control-allow-origin", "*"), ("access-control-expose-headers", exposed),
    ]

    /// The answer to a browser's question whether it may ask; nil for any other request.
    static func preflight(_ request: WireRequest, _ call: Call) -> WireResponse? {
        guard isPreflight(request) else { return nil }
        var headers: [(name: String, value: String)] = [("x-amzn-requestid", call.requestID)]
        if let asked = request.headers["access-control-request-headers"] { headers.append(("access-control-allow-headers", asked)) }
        if let asked = request.headers["access-control-request-method"] { headers.append(("access-control-allow-methods", asked)) }
        headers.append(("access-control-max-age", maximumAge))
        return WireResponse(status: 200, headers: headers)
    }

    static func isPreflight(_ request: WireRequest) -> Bool {
        request.method == "OPTIONS" && request.headers["origin"] != nil
    }

    /// `reply`, with what a browser wants to see when the request came from a page.
    static func admitting(_ request: WireRequest, _ reply: @escaping @Sendable (WireResponse) -> Void) -> @Sendable (WireResponse) -> Void {
        guard request.headers["origin"] != nil else { return reply }
        return { response in
            var response = response
            response.headers += common
            reply(response)
        }
    }
}
