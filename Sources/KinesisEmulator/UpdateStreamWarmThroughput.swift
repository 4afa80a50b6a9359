import ServiceKit
package import Shapes
import Streams
package import Wire

extension KinesisService {
    package func updateStreamWarmThroughput(
        _ input: Kinesis.UpdateStreamWarmThroughputInput,
        _ call: Call
    ) throws(ServiceError) -> Kinesis.UpdateStreamWarmThroughputOutput {
        try change { () throws(ServiceError) in
            var (stream, facts) = try settledStream(input.streamName, input.streamARN, call)
            let wanted = input.warmThroughputMiBps
            try checkWarmThroughput(wanted, isOnDemand: stream.engine.mode == .onDemand, call)
            facts.warm = WarmThroughput(target: wanted, current: facts.warm?.current ?? 0)
            facts.enter(.updating, at: call.now, for: configuration.streamDelay)
            try store(facts, of: stream, call)
            return Kinesis.UpdateStreamWarmThroughputOutput(
                streamARN: stream.key.arn,
                streamName: stream.key.name,
                warmThroughput: facts.warm?.output
            )
        }
    }
}
