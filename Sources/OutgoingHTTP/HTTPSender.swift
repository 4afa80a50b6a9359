/// A request to another server.
package struct OutgoingRequest: Sendable {
    package var method: String
    /// Absolute, of http or https.
    package var url: String
    /// Without Host, Content-Length and what else says how a request is sent: the client writes these itself.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    package var timeoutMilliseconds: Int
    /// Of the answer; a longer one is a failure.
    package var maximumBody: Int
    /// Whether a server on this machine may have a certificate that nobody vouches for, such as one that it made itself.
    package var trustsThisMachine: Bool

    package init(
        method: String,
        url: String,
        headers: [(name: String, value: String)],
        body: [UInt8],
        timeoutMilliseconds: Int,
        maximumBody: Int,
        trustsThisMachine: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeoutMilliseconds = timeoutMilliseconds
        self.maximumBody = maximumBody
        self.trustsThisMachine = trustsThisMachine
    }
}

/// What another server answered.
package struct OutgoingResponse: Sendable {
    package var status: Int
    /// In the order they came, names in lower case.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Why there is no answer.
package enum OutgoingFailure: Error, Equatable {
    case timedOut
    /// The answer is longer than the request allows.
    case tooLarge
    /// Nothing could be sent, or what came is no answer.
    case failed(String)
}

/// Sends requests to other servers.
package protocol HTTPSender: Sendable {
    /// Never blocks the caller's thread; `completion` is called once, on any thread.
    func send(_ request: OutgoingRequest, completion: @escaping @Sendable (Result<OutgoingResponse, OutgoingFailure>) -> Void)
}
