import ServiceKit
import Wire

extension FirehoseService {
    func updateDestination(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = input.required("DeliveryStreamName").text
        let wanted = input.required("CurrentDeliveryStreamVersionId").text
        try change(name, call) { (stream) throws(ServiceError) in
            guard stream.status(at: call.now) == "ACTIVE" else {
                throw ServiceError("ResourceInUseException", "Firehose \(name) under account \(call.account) is not in ACTIVE state.")
            }
            guard wanted == "\(stream.version)" else {
                throw ServiceError(
                    "ConcurrentModificationException",
                    "Cannot update firehose: \(name) since the current version id: \(stream.version) and specified version id: \(wanted) do not match"
                )
            }
            guard input.required("DestinationId").text == DeliveryStream.destinationID else {
                throw .invalidArgument("Destination Id \(input.required("DestinationId").text) not found")
            }
            stream.destination = try Destination.update(stream.destination, input, abilities)
            stream.version += 1
            stream.changed = call.now
        }
        // A smaller buffer may be full now.
        kick()
        return .object(Document.Fields())
    }
}
