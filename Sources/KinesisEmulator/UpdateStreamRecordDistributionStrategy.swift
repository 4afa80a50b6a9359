import ServiceKit
package import Shapes
import Streams
package import Wire

extension KinesisService {
    /// Records that are there stay where they are.
    package func updateStreamRecordDistributionStrategy(
        _ input: Kinesis.UpdateStreamRecordDistributionStrategyInput,
        _ call: Call
    ) throws(ServiceError) {
        try change { () throws(ServiceError) in
            var (stream, facts) = try settledStream(nil, input.streamARN, call)
            let spreads = input.recordDistributionStrategy == "AUTO"
            guard !spreads || stream.engine.mode == .onDemand else { throw .spreadingNeedsOnDemand }
            guard spreads != facts.spreadsRecords else { return }
            facts.spreadsRecords = spreads
            facts.enter(.updating, at: call.now, for: configuration.streamDelay)
            try store(facts, of: stream, call)
        }
    }
}

extension ServiceError {
    static var spreadingNeedsOnDemand: ServiceError {
        .Kinesis.invalidArgument("RecordDistributionStrategy AUTO needs a stream in ON_DEMAND mode.")
    }
}
