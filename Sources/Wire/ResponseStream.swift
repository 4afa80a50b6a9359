/// A body whose bytes come as time goes by. The listener asks for more only when the client has taken what it was sent.
package protocol ResponseStream: Sendable {
    /// The next piece. Asked on the connection's event loop, so it must not block; never again after `last`.
    ///
    /// - Parameters:
    ///   - isEnding: the listener shuts: only `last` may follow.
    ///   - wake: called, from any thread, when there is news after `pending` was answered; perhaps more than once, perhaps for nothing.
    func next(isEnding: Bool, _ wake: @escaping @Sendable () -> Void) -> StreamPiece
    /// The body is complete, or its client is gone. Called once, last.
    func close()
}

package enum StreamPiece: Sendable {
    case bytes([UInt8])
    /// The end of the body; perhaps no bytes.
    case last([UInt8])
    /// No bytes for so many milliseconds, unless `wake` is called earlier.
    case pending(milliseconds: Int64)
}
