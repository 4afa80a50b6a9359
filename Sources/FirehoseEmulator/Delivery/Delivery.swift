import Dispatch
import Logging
import ServiceKit
import Synchronization
import Wire

/// When delivery is looked at again.
struct DeliveryPace: Sendable {
    /// Whether a look is set for the next second.
    var isTicking = false
    /// Whether a look is asked for at once.
    var isKicked = false
    var isStopped = true
    /// Streams whose last object could not be made, which the log of the server says once.
    var failing: Set<UInt64> = []
    /// Where the next look begins, so that each stream is the first in its turn.
    var first = 0
}

extension FirehoseService {
    /// Goes on with what an earlier run left.
    package func start() {
        pace.withLock { $0.isStopped = false }
        kick()
    }

    /// Nothing is delivered any more when this returns. What was accepted stays for the next start.
    package func stop() {
        pace.withLock { $0.isStopped = true }
        functionCalls.wakeAll()
        queue.sync {}
        apart.wait()
    }

    /// The server's clock is about to jump: what the sources have by now is read, for behind the jump it may be older than they keep.
    package func clockWillBeSet() {
        let streams = registry.all.filter { $0.stream.source != nil }
        guard !streams.isEmpty else { return }
        queue.sync {
            // Functions and endpoints are not waited for.
            for stream in streams where stream.settings.waitsForOthers && stream.claim() {
                if stream.stream.isActive(at: time.now) { _ = readSource(of: stream) }
                stream.release()
            }
            deliverDue()
        }
    }

    /// The server's clock has jumped: what it made due is delivered.
    package func clockWasSet() {
        for stream in registry.all { stream.retryAtOnce() }
        kick()
    }

    /// Everything is forgotten; called once the store has forgotten it.
    package func forget() {
        for stream in registry.all { stream.forget() }
        registry.removeAll()
    }

    /// Looks at once.
    func kick() {
        let isFirst = pace.withLock { pace in
            guard !pace.isKicked, !pace.isStopped else { return false }
            pace.isKicked = true
            return true
        }
        guard isFirst else { return }
        queue.async { [self] in
            pace.withLock { $0.isKicked = false }
            deliverDue()
            tick()
        }
    }

    /// Looks again in a second of the machine, as long as there is something to deliver or a source to read.
    func tick() {
        guard registry.all.contains(where: { !$0.isEmpty || $0.stream.source != nil || $0.stream.isDeleting }) else { return }
        let isFirst = pace.withLock { pace in
            guard !pace.isTicking, !pace.isStopped else { return false }
            pace.isTicking = true
            return true
        }
        guard isFirst else { return }
        queue.asyncAfter(deadline: .now() + 1) { [weak self] in
            guard let self else { return }
            pace.withLock { $0.isTicking = false }
            deliverDue()
            tick()
        }
    }

    var isStopped: Bool { pace.withLock { $0.isStopped } }

    /// Reads sources, and makes every object that is due; where a function or an endpoint is waited for, that goes on when this returns.
    func deliverDue() {
        let all = registry.all
        let first = pace.withLock { pace in
            pace.first = all.isEmpty ? 0 : (pace.first + Self.mostApart) % all.count
            return pace.first
        }
        for stream in all[first...] + all[..<first] where !isStopped {
            if stream.settings.waitsForOthers { lookApart(at: stream) } else { look(at: stream) }
        }
    }

    func look(at stream: HostedDelivery) {
        guard stream.claim() else { return }
        defer { stream.release() }
        lookClaimed(at: stream)
    }

    private func lookClaimed(at stream: HostedDelivery) {
        if stream.stream.isDeleting { return endDeletion(of: stream) }
        guard stream.stream.isActive(at: time.now) else { return }
        if deliverTurn(of: stream) { kick() }
    }

    /// So many streams may wait for their functions and endpoints; others have their turn at one of the next looks.
    private static let mostApart = 32

    private func lookApart(at stream: HostedDelivery) {
        guard functionCalls.begin(Self.mostApart) else { return }
        guard stream.claim() else { return functionCalls.end() }
        apart.enter()
        stream.queue.async { [self] in
            lookClaimed(at: stream)
            stream.release()
            functionCalls.end()
            apart.leave()
        }
    }

    /// As much is read as one object holds, so a source that is far ahead is taken in turns, and other streams have theirs.
    /// - Returns: whether there is more to do at once.
    private func deliverTurn(of stream: HostedDelivery) -> Bool {
        for _ in 0..<Self.objectsATurn {
            let isMore = readSource(of: stream)
            switch deliver(stream, isForced: false) {
            case .made: break
            case .nothingDue: guard isMore else { return false }
            case .failed, .stopped: return false
            }
            guard !isStopped else { return false }
        }
        return true
    }

    private static let objectsATurn = 16

    enum Outcome {
        case made
        case nothingDue
        /// It failed, or is not tried yet because the last one did.
        case failed
        /// The server ends: what was waited for is given up, which is no failure.
        case stopped
    }

    /// Makes one object if one is due.
    /// - Parameter isForced: whether it is made of what there is, and at once.
    func deliver(_ stream: HostedDelivery, isForced: Bool) -> Outcome {
        let now = time.now
        guard let (batches, settings) = stream.due(at: now, isForced: isForced) else { return .nothingDue }
        guard isForced || !stream.isWaiting(at: .now()) else { return .failed }
        let call = Call(account: stream.key.account, region: stream.key.region, now: now, requestID: RequestID.random())
        do throws(ServiceError) {
            let object = DeliveredObject(stream.stream, settings, batches.flatMap(\.records))
            if settings.endpoint == nil {
                try write(object, call)
            } else {
                try send(object, of: stream, batches: batches.count, isLast: isForced, call)
            }
            let progress = stream.progress(after: batches)
            try store.write { transaction in
                // A stream that was deleted meanwhile must not leave its progress to another of its name.
                guard registry.contains(stream) else { return }
                try DeliveryTable(transaction.database, stream.key).save(progress)
            }
            stream.finish(batches.count, progress)
            pace.withLock { _ = $0.failing.remove(stream.identity) }
            if !object.records.isEmpty, settings.endpoint == nil {
                stream.figures.note(records: object.records.count, bytes: batches.reduce(0) { $0 + $1.bytes }, since: object.arrival, at: now)
            }
            logIsNeededNoMore(at: now)
            return .made
        } catch {
            if error.code == FunctionCalls.stopped { return .stopped }
            stream.failed(at: .now())
            if settings.endpoint == nil { stream.figures.success.add(0) }
            let isNew = pace.withLock { $0.failing.insert(stream.identity).inserted }
            if isNew {
                log.warning(
                    "a delivery stream could not deliver; its records are kept and tried again",
                    metadata: [
                        "stream": "\(stream.stream.arn)", "destination": "\(settings.endpoint?.url ?? settings.bucket)",
                        "cause": "\(error.cause.map { "\($0)" } ?? error.message ?? error.code)",
                    ]
                )
            }
            return .failed
        }
    }

    private func write(_ object: DeliveredObject, _ call: Call) throws(ServiceError) {
        guard !object.records.isEmpty else { return }
        let settings = object.settings
        // Before anything is done: what was written, or a function did, would be so again with each try.
        for target in [settings] + settings.backup { try checkBucket(target.bucket, call) }
        var outcome = try transformed(object, call)
        let partitions = partitioned(&outcome, object, call)
        for partition in partitions {
            try put(object.joined(partition.records.map(\.data)), object.key(settings, errorType: nil, keys: partition.keys), settings, call)
        }
        try putFailures(outcome.failed, PrefixExpression.processingFailed, object, call)
        for backup in settings.backup { try put(object.untransformed, object.key(backup, errorType: nil), backup, call) }
    }

    /// A bucket that is not there is not made: AWS's service waits until it is.
    private func checkBucket(_ bucket: String, _ call: Call) throws(ServiceError) {
        do throws(ServiceError) {
            _ = try caller.call("s3", "HeadBucket", .members([("Bucket", .string(bucket))]), call)
        } catch  where error.status == 404 {
            throw ServiceError("S3.NoSuchBucket", "The specified bucket does not exist: \(bucket)")
        }
    }

    /// Records that were not delivered, a line of JSON each.
    func putFailures(_ failures: [Document], _ type: String, _ object: DeliveredObject, _ call: Call) throws(ServiceError) {
        guard !failures.isEmpty else { return }
        let bytes = failures.flatMap { JSON.write($0) + [UInt8(ascii: "\n")] }
        try put(bytes, object.key(object.settings, errorType: type), object.settings, call)
    }

    func put(_ bytes: [UInt8], _ key: String, _ settings: DeliverySettings, _ call: Call) throws(ServiceError) {
        try objects.put(bucket: settings.bucket, key: key, settings.isCompressed ? try Gzip.compress(bytes) : bytes, call)
    }
}

/// The records of one object, and what it is called.
struct DeliveredObject: Sendable {
    let stream: DeliveryStream
    let settings: DeliverySettings
    let records: [DeliveryRecord]
    /// When the oldest record came.
    let arrival: Timestamp

    init(_ stream: DeliveryStream, _ settings: DeliverySettings, _ records: [DeliveryRecord]) {
        self.stream = stream
        self.settings = settings
        self.records = records
        arrival = records.lazy.map(\.arrival).min() ?? stream.created
    }

    /// Records one after the other with nothing between, but for the delimiter that was asked for.
    func joined(_ pieces: some Sequence<some Collection<UInt8>>) -> [UInt8] {
        pieces.reduce(into: []) { bytes, piece in
            bytes += piece
            bytes += settings.delimiter
        }
    }

    /// The records as they came.
    var untransformed: [UInt8] { records.reduce(into: []) { $0 += $1.data } }

    /// `PREFIX NAME-VERSION-YYYY-MM-DD-HH-MM-SS-UUID EXTENSION`, without the blanks.
    func key(_ settings: DeliverySettings, errorType: String?, keys: PartitionKeys = PartitionKeys()) -> String {
        let delivered = try? PrefixExpression.delivered(settings.prefix)
        let failed = try? PrefixExpression.failed(settings.errorPrefix, settings.prefix)
        // What is kept was checked; one that cannot be read is taken as it is written.
        let prefix = (errorType == nil ? delivered : failed)?.evaluated(at: arrival, errorType: errorType, keys: keys) ?? settings.prefix
        let moment = (try? JavaDatePattern("yyyy-MM-dd-HH-mm-ss"))?.text(arrival) ?? ""
        let name = "\(stream.key.name)-\(stream.version)-\(moment)-\(UUIDText.random())"
        return prefix + name + settings.fileExtension
    }
}
