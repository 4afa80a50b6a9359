package import Shapes
import Streams
package import Wire

extension KinesisService {
    /// The shards stay as they are. The mode that the stream has already is accepted.
    package func updateStreamMode(_ input: Kinesis.UpdateStreamModeInput, _ call: Call) throws(ServiceError) {
        guard input.warmThroughputMiBps == nil else {
            throw .Kinesis.validation("WarmThroughputMiBps needs a billing commitment, which account settings have to turn on.")
        }
        try change { () throws(ServiceError) in
            let (stream, facts) = try settledStream(nil, input.streamARN, call)
            guard let mode = StreamMode(rawValue: input.streamModeDetails.streamMode), mode != stream.engine.mode else { return }
            try reshape(stream, facts, call) { $0.mode = mode }
        }
    }
}
