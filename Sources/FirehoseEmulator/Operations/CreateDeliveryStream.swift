import ServiceKit
import Wire

extension FirehoseService {
    /// Of an account in a region.
    private static let maximumStreams = 5_000

    func createDeliveryStream(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = input.required("DeliveryStreamName").text
        let key = DeliveryKey(account: call.account, region: call.region, name: name)
        let source = try source(input, call)
        let tags = input["Tags"]?.items ?? []
        try DeliveryTags.check(tags)
        let encryption = try input["DeliveryStreamEncryptionConfigurationInput"].map { (wanted) throws(ServiceError) -> Document in
            guard source == nil else { throw Self.notPermittedWithSource }
            return try Self.encryption(wanted)
        }
        let destination = try Destination.create(input, abilities)
        let stream = DeliveryStream(
            key,
            created: call.now,
            due: call.now.advanced(bySeconds: delay),
            source: source,
            destination: destination,
            encryption: encryption ?? DeliveryStream.unencrypted,
            tags: tags
        )
        let hosted = HostedDelivery(stream, DeliveryProgress(), memory)
        try store.write { transaction in
            let old = registry[key]
            guard old?.stream.isGone(at: call.now) ?? true else {
                throw ServiceError("ResourceInUseException", "Firehose \(name) under accountId \(call.account) already exists")
            }
            guard registry.all.count(where: { $0.key.account == key.account && $0.key.region == key.region }) < Self.maximumStreams else {
                throw ServiceError("LimitExceededException", "You have already consumed your firehose quota of \(Self.maximumStreams) hoses.")
            }
            let table = DeliveryTable(transaction.database, key)
            try table.remove()
            try table.save(stream)
            transaction.afterCommit { [self] _ in
                if let old { drop(old) }
                registry.insert(hosted)
            }
        }
        if source != nil { kick() }
        return .members([("DeliveryStreamARN", .string(stream.arn))])
    }

    /// What a destination may need that is not everywhere.
    var abilities: Destination.Abilities { Destination.Abilities(hasFunctions: functions != nil, asksEndpoints: http != nil) }

    func drop(_ stream: HostedDelivery) {
        registry.remove(stream)
        stream.forget()
    }

    /// What is known of a source, or nil when records are put.
    private func source(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        for other in ["MSKSourceConfiguration", "DatabaseSourceConfiguration"] where input[other] != nil { throw .notHere(other) }
        if input["DirectPutSourceConfiguration"] != nil, input["DeliveryStreamType"]?.text != "DirectPut" {
            throw .invalidArgument("DirectPutSourceConfiguration is only applicable for DirectPut source type")
        }
        switch input["DeliveryStreamType"]?.text ?? "DirectPut" {
        case "DirectPut":
            guard input["KinesisStreamSourceConfiguration"] == nil else {
                throw .invalidArgument("KinesisStreamSourceConfiguration is only applicable for KinesisStreamAsSource stream type.")
            }
            return nil
        case "KinesisStreamAsSource":
            guard let source = input["KinesisStreamSourceConfiguration"] else {
                throw .invalidArgument("Kinesis stream source configuration must be provided for KinesisStreamAsSource delivery stream type.")
            }
            try checkSource(source.required("KinesisStreamARN").text, call)
            return source
        case let type: throw .notHere("The delivery stream type \(type)")
        }
    }

    private func checkSource(_ arn: String, _ call: Call) throws(ServiceError) {
        guard let parts = ARN(arn), parts.account == call.account, parts.region == call.region else {
            throw .notHere("A source of another account or region")
        }
        do throws(ServiceError) {
            _ = try caller.call("kinesis", "DescribeStreamSummary", .members([("StreamARN", .string(arn))]), call)
        } catch  where error.code == "ResourceNotFoundException" {
            throw .invalidArgument(error.message ?? "The source stream \(arn) was not found.")
        }
    }

    static var notPermittedWithSource: ServiceError {
        .invalidArgument("This operation is not permitted on KinesisStreamAsSource delivery stream type.")
    }
}
