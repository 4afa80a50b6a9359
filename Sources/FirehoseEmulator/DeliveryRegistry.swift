import Synchronization

/// The delivery streams in memory.
package final class DeliveryRegistry: Sendable {
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

    func removeAll() { streams.withLock { $0 = ([:], [:]) } }

    func contains(_ stream: HostedDelivery) -> Bool { streams.withLock { $0.byIdentity[stream.identity] === stream } }

    /// Segments of the record log whose records are not all delivered.
    package var segments: Set<UInt64> {
        all.reduce(into: []) { segments, stream in stream.addSegments(to: &segments) }
    }
}
