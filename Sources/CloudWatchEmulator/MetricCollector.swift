import Dispatch
import ServiceKit
import Synchronization
import Wire

/// Takes the figures of the services, every few seconds and before anybody reads them.
final class MetricCollector: Sendable {
    /// Seconds of the machine between two looks.
    private static let interval = 10.0

    private let sources: [any MetricSource]
    private let store: MetricStore
    private let time: any TimeSource
    private let queue = DispatchQueue(label: "metrics", qos: .utility)
    private let state: Mutex<(last: Timestamp, generation: Int)>

    init(sources: [any MetricSource], store: MetricStore, time: any TimeSource) {
        self.sources = sources
        self.store = store
        self.time = time
        state = Mutex((last: time.now, generation: 0))
    }

    func start() { tick(state.withLock { $0.generation }) }

    func stop() { state.withLock { $0.generation += 1 } }

    private func tick(_ generation: Int) {
        queue.asyncAfter(deadline: .now() + Self.interval) { [weak self] in
            guard let self, state.withLock({ $0.generation }) == generation else { return }
            collect()
            tick(generation)
        }
    }

    /// What has gathered is of the minute in which it began to gather, unless that was long ago.
    func collect() {
        state.withLock { state in
            let now = time.now
            let began = state.last <= now && now <= state.last.advanced(bySeconds: 60) ? state.last : now
            for source in sources {
                source.takeMetrics { sample in
                    let key = MetricKey(
                        account: sample.account,
                        region: sample.region,
                        namespace: sample.namespace,
                        name: sample.name,
                        dimensions: sample.dimensions.map { MetricDimension(name: $0.name, value: $0.value) }
                    )
                    store.add(sample.values, to: key, unit: sample.unit, at: began, seconds: 60, now: now)
                }
            }
            state.last = now
        }
    }
}
