/// A write that is under way to the disk.
///
/// Whoever gets one either hands it to the acknowledgement of its call or waits for it itself; a function that returns one cannot be called
/// without doing something with it.
package struct PendingWrite: Sendable {
    private let begin: @Sendable (_ done: @escaping @Sendable ((any Error)?) -> Void) -> Void

    /// - Parameter wait: calls back once, from any thread, when the write is safe (nil) or has failed.
    package init(_ wait: @escaping @Sendable (_ done: @escaping @Sendable ((any Error)?) -> Void) -> Void) {
        begin = wait
    }

    /// For a change that needed no write.
    package static let nothing = PendingWrite { $0(nil) }

    /// Calls `body` once: when the write is safe (nil), or with why it failed.
    package func whenSafe(_ body: @escaping @Sendable ((any Error)?) -> Void) {
        begin(body)
    }
}
