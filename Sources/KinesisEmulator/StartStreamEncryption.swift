import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    /// Records are sealed from now on, where the server has a key to do so (`--encryption-key`); each call makes the stream another key of its own. Any
    /// KMS key in a form that AWS reads is shown back, and answers say `KMS`.
    package func startStreamEncryption(_ input: Kinesis.StartStreamEncryptionInput, _ call: Call) throws(ServiceError) {
        try Self.checkEncryption(input.encryptionType, input.keyId)
        try change { () throws(ServiceError) in
            var (stream, facts) = try settledStream(input.streamName, input.streamARN, call)
            try checkDaily(.encryption, of: stream, call)
            facts.keyID = input.keyId
            facts.enter(.updating, at: call.now, for: configuration.streamDelay)
            try encrypt(stream, facts, call)
            noteDaily(.encryption, of: stream, call)
        }
    }

    static func checkEncryption(_ type: String, _ key: String) throws(ServiceError) {
        guard type == "KMS" else { throw .Kinesis.invalidArgument("EncryptionType must be KMS. Specified value was \(type)") }
        let parts = key.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        let isARN = parts.count == 6 && parts[0] == "arn" && parts[2] == "kms" && (parts[5].hasPrefix("key/") || parts[5].hasPrefix("alias/"))
        let isAlias = key.hasPrefix("alias/") && key.utf8.count > 6
        let isUUID =
            key.utf8.count == 36 && key.split(separator: "-", omittingEmptySubsequences: false).map(\.utf8.count) == [8, 4, 4, 4, 12]
            && key.utf8.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit || $0 == UInt8(ascii: "-") }
        guard isARN || isAlias || isUUID || key.hasPrefix("mrk-") else { throw .Kinesis.invalidArgument("KeyId \(key) is not the name of a key.") }
    }
}
