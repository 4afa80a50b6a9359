import ServiceKit
import Streams
package import Shapes
package import Wire

extension KinesisService {
    package func stopStreamEncryption(_ input: Kinesis.StopStreamEncryptionInput, _ call: Call) throws(ServiceError) {
        try Self.checkEncryption(input.encryptionType, input.keyId)
        try change { () throws(ServiceError) in
            var (stream, facts) = try settledStream(input.streamName, input.streamARN, call)
            try checkDaily(.endOfEncryption, of: stream, call)
            facts.keyID = nil
            facts.enter(.updating, at: call.now, for: configuration.streamDelay)
            try store(facts, of: stream, call)
            // What is put from now on is kept as it is; what is sealed stays so, and its keys stay with it.
            stream.engine.sealer = nil
            noteDaily(.endOfEncryption, of: stream, call)
        }
    }
}
