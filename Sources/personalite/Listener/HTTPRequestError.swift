import Wire

/// Why a request was refused before anybody above the listener saw it.
struct HTTPRequestError: Error, Equatable {
    let status: Int
    let reason: String

    init(_ status: Int, _ reason: String) {
        self.status = status
        self.reason = reason
    }

    static func bad(_ reason: String) -> HTTPRequestError { HTTPRequestError(400, reason) }
    static let headTooLarge = HTTPRequestError(431, "The request's header lines are too large.")
    static let tooManyFields = HTTPRequestError(431, "The request has too many header lines.")
    static let targetTooLong = HTTPRequestError(414, "The request target is too long.")
    static let bodyTooLarge = HTTPRequestError(413, "The request body is larger than this operation takes.")
    static let headTooSlow = HTTPRequestError(408, "The request did not arrive in time.")
    static let bodyTooSlow = HTTPRequestError(408, "The request body stopped arriving.")
    /// A line of three words or more whose last one has nothing of HTTP/1.
    static let notHTTP = bad("The first line is neither a request line of HTTP/1 nor the connection preface of HTTP/2.")
    static let unknownExpectation = HTTPRequestError(417, "Only \"100-continue\" can be expected.")
}

extension WireResponse {
    /// As the listener itself refuses.
    static func refusal(_ malformed: HTTPRequestError) -> WireResponse {
        WireResponse(
            status: malformed.status,
            headers: [(name: "content-type", value: "text/plain; charset=utf-8")],
            body: .bytes(Array((malformed.reason + "\n").utf8))
        )
    }
}
