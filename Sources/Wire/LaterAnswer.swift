/// An answer that is not there yet when its operation returns: it comes when something happens, or when its time is over.
///
/// Whoever drops it unanswered closes it; what it would have given away is then given back.
package protocol LaterAnswer: Sendable {
    /// The answer, if it is there. Asked by one thread at a time, which it must not block; never again after `answer`.
    ///
    /// - Parameters:
    ///   - isEnding: the server shuts down: only `answer` may follow.
    ///   - wake: called, from any thread, when the answer is there after `nothing` was said; perhaps more than once, perhaps for nothing.
    func next(isEnding: Bool, _ wake: @escaping @Sendable () -> Void) -> LaterStep
    /// The answer was sent, or its receiver is gone. Called once, last.
    func close()
}

package enum LaterStep: Sendable {
    case answer(Document)
    /// Nothing for so many milliseconds, unless `wake` is called earlier.
    case nothing(milliseconds: Int64)
}
