/// What becomes of a request's body, decided from its head alone, before any of it is read.
package enum Admission: Sendable {
    /// The body is gathered in memory; a longer one is answered 413 and the connection closed.
    case collect(limit: Int)
    /// The body goes piece by piece to a sink, which also answers.
    case stream(any RequestSink)
    /// Answered at once; the body is not read and the connection closes.
    case refuse(WireResponse)
}

/// Takes a body too large to hold. The listener calls one method at a time, in order, never on an event loop.
package protocol RequestSink: Sendable {
    /// One piece of the body, in order.
    func receive(_ bytes: [UInt8])
    /// The body is complete. Called once, last; `reply` must be called exactly once, from any thread.
    func complete(_ reply: @escaping @Sendable (WireResponse) -> Void)
    /// The connection ended before the body did: whatever was kept must be given back. Called once, last.
    func abandon()
}
