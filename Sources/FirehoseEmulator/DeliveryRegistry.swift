import Synchronization

/// The delivery streams in memory.
package final class DeliveryRegistry: Sendable {
    /// Segments of the record log with records that may be those of streams which cannot be read.
    private struct Kept {
        var isNeeded = false
        var segments: Set<UInt64> = []
    }

    private let kept = Mutex(Kept())
    private let streams = Mutex<(byKey: [DeliveryKey: HostedDelivery], byIdentity: [UInt64: HostedDelivery])>(([:], [:]))

    package init() {}

    subscript(key: DeliveryKey) -> HostedDelivery? { streams.withLock { $0.byKey[key] } }
    subscript(identity: UInt64) -> HostedDelivery? { streams.withLock { $0.byIdentity[identity] } }
    var all: [HostedDelivery] { streams.withLock { Array($0.byKey.values) } }

    func insert(_ stream: HostedDelivery) {
        streams.withLock { streams in
            streams.byKey[stream.key] = stream
            streams.byIdentity[stream.identity] = stream
        }
    }

    func remove(_ stream: HostedDelivery) {
        streams.withLock { streams in
            if streams.byKey[stream.key] === stream { streams.byKey[stream.key] = nil }
            streams.byIdentity[stream.identity] = nil
        }
    }

    func removeAll() {
        streams.withLock { $0 = ([:], [:]) }
        kept.withLock { $0 = Kept() }
    }

    /// A stream cannot be read: whose records it has is not known, and they must outlast that.
    func noteUnreadable() { kept.withLock { $0.isNeeded = true } }

    /// Keeps a segment of the log while a stream cannot be read, if it has records of streams that are not known.
    func keep(_ segment: UInt64, for identities: [UInt64]) {
        guard kept.withLock({ $0.isNeeded }), identities.contains(where: { self[$0] == nil }) else { return }
        kept.withLock { _ = $0.segments.insert(segment) }
    }

    func contains(_ stream: HostedDelivery) -> Bool { streams.withLock { $0.byIdentity[stream.identity] === stream } }

    /// Segments of the record log whose records are not all delivered.
    package var segments: Set<UInt64> {
        all.reduce(into: kept.withLock { $0.segments }) { segments, stream in stream.addSegments(to: &segments) }
    }
}
