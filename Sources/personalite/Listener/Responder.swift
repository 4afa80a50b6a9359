import ServiceKit
package import Wire

/// Whatever answers requests. The listener knows nothing else about it.
package protocol Responder: Sendable {
    /// What becomes of the body, from the head alone (`head.body` is empty). Called on an event loop; must not block.
    func admit(_ head: WireRequest) -> Admission
    /// Answers a complete request. Called on an event loop; must not block. `reply` must be called exactly once, inline or from any thread.
    func answer(_ request: WireRequest, _ reply: @escaping @Sendable (WireResponse) -> Void)
}
