/// How another service learns that a shard of a stream has news, without asking again and again.
package protocol StreamWatcher: Sendable {
    /// Calls `wake` once, from any thread, when a record arrives in a shard behind all that are there now, or the shard closes. It must not wait.
    /// - Returns: what ends the wait; nil when the shard is not there or has come to its end, and then `wake` is not kept.
    func watch(stream: String, shard: String, account: String, region: String, _ wake: @escaping @Sendable () -> Void) -> (@Sendable () -> Void)?
}
