/// A record of a stream: its shard, and its counter there.
package struct RecordPlace: Hashable, Sendable, Comparable {
    package var shard: Int32
    package var counter: UInt64

    package init(shard: Int32, counter: UInt64) {
        self.shard = shard
        self.counter = counter
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.shard, left.counter) < (right.shard, right.counter)
    }
}
