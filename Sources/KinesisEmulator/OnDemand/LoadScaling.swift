import Dispatch
import Logging
import ServiceKit
import Streams
import Synchronization
import Wire

/// On-demand streams with as many shards as their load asks for (`--on-demand-scaling`).
///
/// A stream has the capacity for twice the peak of the last 30 days, as AWS documents it. The peak is the most that a minute of the server's clock
/// brought. It is looked for when a minute is over in which records came, so that a stream which nobody writes to costs nothing.
extension KinesisService {
    /// As many as AWS gives a new on-demand stream; one that shrinks is left so many.
    private static let fewestShards = StreamOrder.defaultShards

    /// Counts what was put; called on the data plane.
    func noteLoad(_ outcomes: [PutOutcome], of entries: [PutEntry], into stream: HostedStream, at now: Timestamp) {
        guard stream.engine.mode == .onDemand, stream.load.note(outcomes, of: entries, at: now) else { return }
        // The minute before is over, which a clock that was not asked may not have noticed.
        sweeper.async { [weak self] in self?.lookAtLoad(of: stream) }
    }

    /// To be called when the clock was set: minutes may be over, or take another time.
    func lookAtLoads() {
        guard configuration.scalesOnDemand else { return }
        for stream in registry.withLock({ Array($0.byID.values) }) where stream.load.isCounting { lookAtLoad(of: stream) }
    }

    /// Takes in the minutes that are over, and gives the stream the shards that it needs then.
    func lookAtLoad(of stream: HostedStream) {
        let now = time.now
        do throws(ServiceError) {
            let again = try change { () throws(ServiceError) in try scale(stream, at: now) }
            if let again { return lookAtLoadLater(of: stream, at: again, now) }
            if stream.load.isCounting { lookAtLoadLater(of: stream, at: Self.endOfMinute(now), now) }
        } catch {
            log.error(
                "an on-demand stream keeps its shards",
                metadata: ["stream": "\(stream.key.name)", "cause": "\(error.cause.map { "\($0)" } ?? error.message ?? error.code)"]
            )
        }
    }

    private static func endOfMinute(_ now: Timestamp) -> Timestamp {
        Timestamp(milliseconds: (LoadedMinute.minute(of: now) + 1) * LoadedMinute.length)
    }

    private func lookAtLoadLater(of stream: HostedStream, at then: Timestamp, _ now: Timestamp) {
        let left = machineTime(then.milliseconds - now.milliseconds)
        // By a clock that stands still the minute is over when the clock is set.
        guard left < 86_400_000 else { return }
        // There is one look to come for a stream, or none.
        let deadline = DispatchTime.now() + .milliseconds(Int(left) + 1)
        guard stream.load.expectsLook(at: deadline.uptimeNanoseconds) else { return }
        looksOrdered.wrappingAdd(1, ordering: .relaxed)
        sweeper.asyncAfter(deadline: deadline) { [weak self, weak stream] in
            guard let self, let stream, stream.load.beginsLook(at: deadline.uptimeNanoseconds) else { return }
            lookAtLoad(of: stream)
        }
    }

    /// - Returns: when it has to be tried again, if the stream cannot be changed now.
    private func scale(_ stream: HostedStream, at now: Timestamp) throws(ServiceError) -> Timestamp? {
        let facts = stream.facts(at: now)
        guard hosts(stream, at: now), stream.engine.mode == .onDemand else {
            stream.load.forget()
            return nil
        }
        let minute = stream.load.take(at: now)
        var peak = stream.load.peak
        if peak == nil { peak = try store.read { try OnDemandPeak($0, of: stream.id) } }
        var known = peak ?? OnDemandPeak(since: now)
        if let minute, known.note(minute, at: now) || peak == nil {
            let kept = known
            do throws(ServiceError) {
                try store.write { try kept.save($0.database, of: stream.id) }
            } catch {
                stream.load.putBack(minute)
                throw error
            }
        }
        stream.load.peak = known
        let call = Call(account: stream.key.account, region: stream.key.region, now: now, requestID: "")
        let (open, wanted) = (stream.engine.openShardCount, known.shards(at: now, ThroughputLimits()))
        let (grown, fewest) = (min(wanted, open + room(for: stream, call)), max(wanted, Self.fewestShards))
        let shrinks = fewest <= open / 2 && known.isWhole(at: now)
        guard grown > open || shrinks else { return nil }
        guard facts.status == .active else {
            // Which shards carried it is asked for then.
            if let minute { stream.load.putBack(minute) }
            return facts.due
        }
        try reshape(stream, facts, call) { engine in
            if shrinks {
                engine.scale(to: fewest, now: now.milliseconds)
            } else {
                engine.halve(to: grown, load: minute?.shards ?? [:], now: now.milliseconds)
            }
        }
        log.info(
            "an on-demand stream was scaled",
            metadata: ["stream": "\(stream.key.name)", "from": "\(open)", "to": "\(stream.engine.openShardCount)", "wanted": "\(wanted)"]
        )
        return nil
    }

    /// How many shards more it may have: each split closes one and makes two, and closed ones count.
    private func room(for stream: HostedStream, _ call: Call) -> Int {
        let own = (Self.maximumShards - stream.engine.snapshot.shards.count) / 2
        return max(0, min(own, shardLimit.map { $0 - openShards(call) } ?? .max))
    }
}
