/// What an operation that answers with an event stream goes on to say after its answer has begun.
package protocol EventSource: Sendable {
    /// The next event, if there is one. Asked by one thread at a time, never again after `exception` or `end`.
    ///
    /// - Parameters:
    ///   - isEnding: the server shuts down: only `end` may follow.
    ///   - wake: called, from any thread, when there is news after `nothing` was answered; perhaps more than once, perhaps for nothing.
    func next(isEnding: Bool, _ wake: @escaping @Sendable () -> Void) -> EventStep
    /// The receiver is gone, or has all. Called once, last, whatever the last step was.
    func close()
}

package enum EventStep: Sendable {
    /// An event of the modelled name.
    case event(String, Document)
    /// The stream ends with a modelled error.
    case exception(ServiceError)
    case end
    /// Nothing for so many milliseconds, unless `wake` is called earlier.
    case nothing(milliseconds: Int64)
}
