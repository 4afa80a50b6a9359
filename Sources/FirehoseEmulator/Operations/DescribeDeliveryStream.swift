import Dispatch
import ServiceKit
import Wire

extension FirehoseService {
    func describeDeliveryStream(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let stream = try stream(input.required("DeliveryStreamName").text, call).stream
        // There is one destination, so nothing begins behind it.
        let isBehind = (input["ExclusiveStartDestinationId"]?.text).map { $0 >= DeliveryStream.destinationID } ?? false
        let destination: Document
        if EndpointDestination.isOne(stream.destination) {
            destination = .members([
                ("DestinationId", .string(DeliveryStream.destinationID)),
                ("HttpEndpointDestinationDescription", EndpointDestination.shown(stream.destination)),
            ])
        } else {
            destination = .members([
                ("DestinationId", .string(DeliveryStream.destinationID)),
                ("S3DestinationDescription", .members(Destination.simple.map { ($0, stream.destination[$0]) })),
                ("ExtendedS3DestinationDescription", stream.destination),
            ])
        }
        var source: Document?
        if let kept = stream.source {
            source = .members([
                (
                    "KinesisStreamSourceDescription",
                    .members([
                        ("KinesisStreamARN", kept["KinesisStreamARN"]), ("RoleARN", kept["RoleARN"]),
                        ("DeliveryStartTimestamp", .timestamp(stream.due)),
                    ])
                )
            ])
        }
        return .members([
            (
                "DeliveryStreamDescription",
                .members([
                    ("DeliveryStreamName", .string(stream.key.name)), ("DeliveryStreamARN", .string(stream.arn)),
                    ("DeliveryStreamStatus", .string(stream.status(at: call.now))),
                    ("DeliveryStreamEncryptionConfiguration", stream.source == nil ? stream.encryption : nil),
                    ("DeliveryStreamType", .string(stream.type)),
                    ("VersionId", .string("\(stream.version)")), ("CreateTimestamp", .timestamp(stream.created)),
                    ("LastUpdateTimestamp", stream.changed.map { .timestamp($0) }), ("Source", source),
                    ("Destinations", .list(isBehind ? [] : [destination])), ("HasMoreDestinations", .boolean(false)),
                ])
            )
        ])
    }

    func listDeliveryStreams(_ input: Document, _ call: Call) -> Document {
        let type = input["DeliveryStreamType"]?.text
        let after = input["ExclusiveStartDeliveryStreamName"]?.text ?? ""
        let limit = input["Limit"]?.int ?? 10
        let names = registry.all.filter { hosted in
            guard hosted.key.account == call.account, hosted.key.region == call.region, hosted.key.name > after else { return false }
            let stream = hosted.stream
            return !stream.isGone(at: call.now) && (type == nil || type == stream.type)
        }.map(\.key.name).sorted()
        return .members([
            ("DeliveryStreamNames", .list(names.prefix(limit).map { .string($0) })), ("HasMoreDeliveryStreams", .boolean(names.count > limit)),
        ])
    }

    func deleteDeliveryStream(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = input.required("DeliveryStreamName").text
        let hosted = try stream(name, call)
        guard hosted.stream.status(at: call.now) != "CREATING" else {
            throw ServiceError("ResourceInUseException", "Firehose \(name) under account \(call.account) is being created and cannot be deleted yet.")
        }
        // From here on nothing is accepted, so that what was is all that has to be delivered.
        try change(name, call) { stream in
            stream.isDeleting = true
        }
        // Neither a function nor an endpoint is waited for: the stream is DELETING until all is delivered.
        if hosted.settings.waitsForOthers { kick() } else { queue.sync { look(at: hosted) } }
        tick()
        return .object(Document.Fields())
    }

    /// Delivers what a stream accepted before its deletion, if it can be, and removes it once the time of its deletion is over. Called by who has
    /// claimed the stream.
    func endDeletion(of hosted: HostedDelivery) {
        guard registry.contains(hosted) else { return }
        if !hosted.stream.isDrained {
            _ = readSource(of: hosted)
            var left = Self.objectsOfDeletion
            var outcome = Outcome.made
            while left > 0, outcome == .made {
                outcome = deliver(hosted, isForced: true)
                left -= 1
            }
            // A server that ends goes on with it at its next start.
            guard outcome != .stopped else { return }
            let now = time.now
            do throws(ServiceError) {
                try store.write { transaction in
                    guard registry[hosted.key] === hosted else { return }
                    var drained = hosted.stream
                    drained.isDrained = true
                    drained.due = now.advanced(bySeconds: delay)
                    try DeliveryTable(transaction.database, drained.key).save(drained)
                    transaction.afterCommit { [drained] _ in hosted.replace(drained) }
                }
            } catch {
                // It is tried again.
                return
            }
        }
        if hosted.stream.isGone(at: time.now) { purge(hosted) }
    }

    private static let objectsOfDeletion = 1000

    /// Removes a stream whose time of deletion is over. Called by who has claimed it, so that nothing is added to it meanwhile.
    private func purge(_ hosted: HostedDelivery) {
        do throws(ServiceError) {
            try store.write { transaction in
                // Another may have taken its name.
                if registry[hosted.key] === hosted { try DeliveryTable(transaction.database, hosted.key).remove() }
                transaction.afterCommit { [self] _ in drop(hosted) }
            }
        } catch {
            // It is tried again; nobody sees it meanwhile.
        }
    }
}
