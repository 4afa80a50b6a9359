package import Wire

/// Requests to other services as they stand on the wire, without a signature: whose they are is known already.
package protocol ServiceRequester: Sendable {
    /// - Parameter service: as signatures name it; the services of Personalize by their own names.
    /// - Parameter reply: called once, on any thread; with a refusal by name when the service is not here.
    func send(_ request: WireRequest, to service: String, _ call: Call, reply: @escaping @Sendable (WireResponse) -> Void)
}
