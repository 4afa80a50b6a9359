/// Records that a queue passed over, since the log does not have them any more.
package struct QueueLoss: Hashable, Sendable {
    package var shard: Int32
    /// Of the records, as far as they were still to be handed out.
    package var counters: Range<UInt64>
    package var fault: LogError
}
