import ServiceKit
import Streams
import Wire

extension KinesisService: StreamWatcher {
    package func watch(
        stream arn: String,
        shard: String,
        account: String,
        region: String,
        _ wake: @escaping @Sendable () -> Void
    ) -> (@Sendable () -> Void)? {
        let call = Call(account: account, region: region, now: time.now, requestID: "")
        // A shard that was closed takes records until its second is over, and nothing signals when that is.
        guard let stream = try? stream(nil, arn, call), let index = ShardID.index(of: shard),
            let shown = stream.engine.shards(.after(index - 1), at: call.now.milliseconds).first, shown.index == index, shown.closed == nil,
            let tip = try? stream.engine.position(in: index, at: .latest, now: call.now.milliseconds),
            let wait = stream.engine.whenReadable(from: tip, now: call.now.milliseconds, wake)
        else { return nil }
        return { stream.engine.cancelWait(wait, at: tip) }
    }
}
