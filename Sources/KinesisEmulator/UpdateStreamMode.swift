import ServiceKit
package import Shapes
import Streams
package import Wire

extension KinesisService {
    /// The shards stay as they are. The mode that the stream has already is accepted.
    package func updateStreamMode(_ input: Kinesis.UpdateStreamModeInput, _ call: Call) throws(ServiceError) {
        try change { () throws(ServiceError) in
            var (stream, facts) = try settledStream(nil, input.streamARN, call)
            guard let mode = StreamMode(rawValue: input.streamModeDetails.streamMode) else { return }
            if let warm = input.warmThroughputMiBps {
                try checkWarmThroughput(warm, isOnDemand: mode == .onDemand, call)
                facts.warm = WarmThroughput(target: warm, current: facts.warm?.current ?? 0)
            }
            if mode == .provisioned {
                guard !facts.spreadsRecords else { throw .spreadingNeedsOnDemand }
                try checkHasNoQueues(stream, to: "change its capacity mode", call)
                try checkHasNoChannels(stream, to: "change its capacity mode", call)
                facts.warm = nil
            }
            let isSwitch = mode != stream.engine.mode
            guard isSwitch || input.warmThroughputMiBps != nil else { return }
            if isSwitch {
                try checkDaily(.mode, of: stream, call)
                if mode == .onDemand { try checkOnDemandQuota(call) }
            }
            try reshape(stream, facts, call, with: { try OnDemandPeak.remove($0.database, of: stream.id) }) { $0.mode = mode }
            stream.load.forget()
            if isSwitch { noteDaily(.mode, of: stream, call) }
        }
    }
}
