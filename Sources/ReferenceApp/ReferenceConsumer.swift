import Dispatch
package import KinesisEmulator
package import Logging
package import ServiceKit
import Streams
import Synchronization
import Wire

/// What stands behind the reference app's stream: the function that sends its records to PutEvents, and the archive.
package final class ReferenceConsumer: Sendable {
    static let streamName = "my-stream"
    /// The post's stream is encrypted with the key that AWS manages; answers say so.
    private static let order = StreamOrder(shardCount: 1, keyID: "alias/aws/kinesis")

    private let kinesis: KinesisService
    private let services: ReferenceServices
    private let objects: any ObjectSink
    private let store: Store
    private let configuration: ServerConfiguration
    private let time: any TimeSource
    private let log: Logger
    let queue = DispatchQueue(label: "reference-app")
    private let work = Mutex<Work?>(nil)

    /// The work on one stream.
    private struct Work {
        var followers: [StreamFollower]
        var delivery: ReferenceDelivery
        var archive: ReferenceArchive
    }

    package init(
        kinesis: KinesisService,
        services: ReferenceServices,
        objects: any ObjectSink,
        store: Store,
        configuration: ServerConfiguration,
        time: any TimeSource,
        log: Logger
    ) {
        self.kinesis = kinesis
        self.services = services
        self.objects = objects
        self.store = store
        self.configuration = configuration
        self.time = time
        self.log = log
    }

    /// Makes the stream if it is not there, and follows it; and any stream that takes its place later.
    package func start() {
        let call = call
        let key = StreamKey(account: configuration.account, region: configuration.region, name: Self.streamName)
        kinesis.observeCreation { [weak self] stream in if stream.key == key { self?.follow(stream) } }
        do throws(ServiceError) {
            if let stream = kinesis.find(key, call) { follow(stream) } else { try kinesis.create(Self.order, key, call) }
        } catch {
            log.error("the stream of the reference app could not be made", metadata: ["cause": "\(error.message ?? error.code)"])
        }
    }

    /// Ends at the next page, and archives what has gathered.
    package func stop() {
        kinesis.observeCreation(nil)
        end(
            work.withLock { work in
                defer { work = nil }
                return work
            }
        )
    }

    /// Records that were sent on and that could not be, of the stream that is followed.
    var counts: (delivered: Int, undelivered: Int) {
        work.withLock { work in (work?.delivery.delivered ?? 0, work?.delivery.undelivered ?? 0) }
    }

    private var call: Call {
        Call(account: configuration.account, region: configuration.region, now: time.now, requestID: RequestID.random())
    }

    private func follow(_ stream: HostedStream) {
        let newCall: @Sendable () -> Call = { [self] in call }
        let delivered = Checkpoints(store: store, name: "reference-app/checkpoint", stream: stream.id, log: log)
        let archived = Checkpoints(store: store, name: "reference-app/archive", stream: stream.id, log: log)
        let delivery = ReferenceDelivery(services: services, checkpoints: delivered, queue: queue, log: log, call: newCall)
        let archive = ReferenceArchive(objects: objects, checkpoints: archived, queue: queue, log: log, call: newCall)
        let isThere: @Sendable () -> Bool = { [kinesis] in kinesis.hosts(stream) }
        let followers = [
            StreamFollower(stream, queue: queue, time: time, checkpoints: delivered, taker: delivery, isThere: isThere),
            StreamFollower(stream, queue: queue, time: time, checkpoints: archived, taker: archive, isThere: isThere),
        ]
        let old = work.withLock { work in
            defer { work = Work(followers: followers, delivery: delivery, archive: archive) }
            return work
        }
        end(old)
        for follower in followers { follower.start() }
    }

    private func end(_ work: Work?) {
        guard let work else { return }
        for follower in work.followers { follower.stop() }
        // Behind whatever page is under way.
        queue.sync { work.archive.flush() }
    }
}
