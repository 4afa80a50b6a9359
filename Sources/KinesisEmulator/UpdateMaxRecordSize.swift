import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    package func updateMaxRecordSize(_ input: Kinesis.UpdateMaxRecordSizeInput, _ call: Call) throws(ServiceError) {
        try change { () throws(ServiceError) in
            var (stream, facts) = try settledStream(nil, input.streamARN, call)
            facts.maxRecordKiB = input.maxRecordSizeInKiB
            facts.enter(.updating, at: call.now, for: configuration.streamDelay)
            try store(facts, of: stream, call)
        }
    }
}
