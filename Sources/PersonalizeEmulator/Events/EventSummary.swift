import ServiceKit
package import Streams

/// The events of one log segment without their texts: for each entry its dataset and place, for each event the hashes that it is known by.
///
/// As bytes, in words of eight, little-endian: dataset · offset, with events << 32, and 1 << 48 where users' events are removed · then of each event
/// its owner, contents and id, 0 without one.
package struct EventSummary: LogSummary {
    package static let kind = LogSummaryKind(kind: EventStore.logKind, version: 1) { EventSummary() }

    /// One entry.
    struct Entry {
        var dataset: DatasetID
        var offset: UInt32
        var removes: Bool
        var events: [EventHistory.Marks]
    }

    private static let removal: UInt64 = 1 << 48

    private var words: [UInt64] = []

    package init() {}

    package mutating func add(_ payload: ArraySlice<UInt8>, at offset: UInt32) {
        payload.withUnsafeBytes { bytes in
            guard let batch = EventBatchText(bytes) else { return }
            let events = batch.events.compactMap { EventText(UnsafeRawBufferPointer(rebasing: bytes[$0])) }
            // Their ordinals say where they are, so an entry is taken as a whole or not at all.
            guard events.count == batch.events.count, events.count <= UInt16.max else { return }
            words.append(UInt64(bitPattern: batch.dataset.rawValue))
            words.append(UInt64(offset) | UInt64(events.count) << 32 | (batch.hasRemoved ? Self.removal : 0))
            for event in events {
                let marks = EventHistory.Marks(event)
                words += [marks.owner, marks.contents, marks.id]
            }
        }
    }

    package func encoded() -> [UInt8] {
        words.withUnsafeBytes { Array($0) }
    }

    /// - Parameter bytes: what `encoded` gave; whatever is behind the last whole entry is left out.
    static func forEach(_ bytes: ArraySlice<UInt8>, _ body: (Entry) -> Void) {
        bytes.withUnsafeBytes { bytes in
            var index = 0
            let end = bytes.count / 8
            func word(_ index: Int) -> UInt64 { UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)) }
            while index + 2 <= end {
                let place = word(index + 1)
                let count = Int(place >> 32 & 0xffff)
                guard index + 2 + 3 * count <= end else { return }
                let events = (0..<count).map { event in
                    let start = index + 2 + 3 * event
                    return EventHistory.Marks(owner: word(start), contents: word(start + 1), id: word(start + 2))
                }
                body(
                    Entry(
                        dataset: DatasetID(rawValue: Int64(bitPattern: word(index))),
                        offset: UInt32(truncatingIfNeeded: place),
                        removes: place & removal != 0,
                        events: events
                    )
                )
                index += 2 + 3 * count
            }
        }
    }
}
