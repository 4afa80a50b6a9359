import ServiceKit
import Wire

extension FirehoseService {
    func startEncryption(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let wanted = input["DeliveryStreamEncryptionConfigurationInput"] ?? .members([("KeyType", .string("AWS_OWNED_CMK"))])
        try setEncryption(input, try Self.encryption(wanted), call)
        return .object(Document.Fields())
    }

    func stopEncryption(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        try setEncryption(input, DeliveryStream.unencrypted, call)
        return .object(Document.Fields())
    }

    private func setEncryption(_ input: Document, _ encryption: Document, _ call: Call) throws(ServiceError) {
        let name = input.required("DeliveryStreamName").text
        try change(name, call) { (stream) throws(ServiceError) in
            guard stream.source == nil else { throw Self.notPermittedWithSource }
            guard stream.status(at: call.now) == "ACTIVE" else {
                throw ServiceError("ResourceInUseException", "Firehose \(name) under account \(call.account) is not in ACTIVE state.")
            }
            stream.encryption = encryption
        }
    }

    /// As Describe shows it. Nothing is encrypted by it here: that a key is named is kept, and answers say so.
    static func encryption(_ wanted: Document) throws(ServiceError) -> Document {
        let type = wanted.required("KeyType").text
        guard (type == "CUSTOMER_MANAGED_CMK") == (wanted["KeyARN"] != nil) else {
            throw .invalidArgument(
                type == "CUSTOMER_MANAGED_CMK"
                    ? "KeyARN must be specified when KeyType is CUSTOMER_MANAGED_CMK" : "KeyARN must not be specified when KeyType is AWS_OWNED_CMK"
            )
        }
        return .members([("KeyARN", wanted["KeyARN"]), ("KeyType", .string(type)), ("Status", .string("ENABLED"))])
    }
}
