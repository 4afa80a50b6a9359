/// Records of a queue by the time at which they become visible; among those of one time by their place.
///
/// What has changed since it was entered is told by whoever takes it out: it is not looked for here.
struct DeliveryHeap: Sendable {
    struct Entry: Sendable, Equatable {
        var visibleAt: Int64
        var place: RecordPlace
        /// The delivery that it was entered with.
        var delivery: Int64

        static func < (left: Self, right: Self) -> Bool {
            (left.visibleAt, left.place.shard, left.place.counter) < (right.visibleAt, right.place.shard, right.place.counter)
        }
    }

    private var entries: [Entry] = []

    var first: Entry? { entries.first }
    var count: Int { entries.count }

    mutating func insert(_ entry: Entry) {
        entries.append(entry)
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child] < entries[parent] else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    mutating func removeFirst() {
        guard let last = entries.popLast() else { return }
        guard !entries.isEmpty else { return }
        entries[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count && entries[child] < entries[least] { least = child }
            guard least != parent else { return }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
