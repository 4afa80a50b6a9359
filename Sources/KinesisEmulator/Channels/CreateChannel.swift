import ServiceKit
package import Shapes
import Streams
import Synchronization
package import Wire

extension KinesisService {
    /// Of an account in a region.
    static let maximumChannels = 100
    /// Seconds.
    private static let usualFreshness = 300
    private static let longestFreshness = 86_400
    private static let longestKey = 1024

    /// The channel delivers what comes into the stream from this moment on.
    package func createChannel(_ input: Kinesis.CreateChannelInput, _ call: Call) throws(ServiceError) -> Kinesis.CreateChannelOutput {
        guard let buckets else { throw .notCarriedOut("A channel without buckets") }
        guard let wanted = input.streamConfigurationList.first, input.streamConfigurationList.count == 1 else {
            throw .Kinesis.validation("StreamConfigurationList must contain exactly one stream.")
        }
        if input.s3TablesDestinationConfiguration != nil, input.s3DestinationConfiguration == nil {
            throw .notCarriedOut("S3TablesDestinationConfiguration, the delivery to tables of Apache Iceberg,")
        }
        guard let destination = input.s3DestinationConfiguration, input.s3TablesDestinationConfiguration == nil else {
            throw .Kinesis.validation("Exactly one of S3DestinationConfiguration and S3TablesDestinationConfiguration must be specified.")
        }
        try Self.check(wanted.recordConfiguration)
        let settings = try Self.settings(destination, input.channelName)
        let tags = input.tags ?? [:]
        try StreamTags.check(tags, by: .resource, adding: true)
        guard tags.count <= StreamTags.maximum else { throw .Kinesis.validation("A channel cannot have more than \(StreamTags.maximum) tags.") }
        let failure = try failure(of: settings, buckets, call)
        let channel = try change { () throws(ServiceError) in
            let stream = try stream(nil, wanted.streamARN, call)
            let facts = stream.facts(at: call.now)
            guard facts.status == .active || facts.status == .updating else { throw .notActiveOrUpdating(stream.key, facts) }
            guard stream.engine.mode == .onDemand else {
                throw .Kinesis.validation(
                    "Stream \(stream.key.name) under account \(stream.key.account) is not in On-Demand mode, which channels need."
                )
            }
            let cursors: [Int32: UInt64]
            do throws(PositionRefusal) {
                cursors = try stream.engine.cursors(from: .latest, now: call.now.milliseconds)
            } catch {
                throw .Kinesis.resourceInUse("The shards of stream \(stream.key.name) cannot be read now.")
            }
            let resource = ChannelARN(account: call.account, region: call.region, name: input.channelName, id: UUIDText.random())
            var channel = Channel(
                resource,
                stream: stream.key,
                streamID: stream.id,
                shown: Kinesis.ChannelDescription(
                    channelName: input.channelName,
                    channelARN: resource.text,
                    channelId: resource.id,
                    channelStatus: Channel.Status.creating.rawValue,
                    channelStatusReason: failure,
                    channelCreationTimestamp: call.now,
                    serviceExecutionRoleARN: input.serviceExecutionRoleARN,
                    streamConfigurationList: [
                        Kinesis.ChannelStreamDescription(
                            streamARN: stream.key.arn,
                            streamCreationTimestamp: Timestamp(milliseconds: stream.engine.created * 1000),
                            recordConfiguration: wanted.recordConfiguration
                        )
                    ],
                    s3DestinationConfiguration: settings,
                    encryptionConfiguration: input.encryptionConfiguration,
                    loggingConfiguration: Kinesis.ChannelLoggingConfiguration(
                        cloudWatchLogs: Self.logs(
                            input.loggingConfiguration?.cloudWatchLogs ?? Kinesis.CloudWatchLogs(enabled: false),
                            resource
                        )
                    )
                )
            )
            channel.enter(.creating, at: call.now, for: configuration.streamDelay)
            let hosted = HostedChannel(channel, ChannelProgress(cursors))
            try store.write { [channel] transaction in
                let table = ChannelTable(transaction.database)
                let others = try table.all(account: call.account, region: call.region, at: call.now)
                guard !others.contains(where: { $0.name == channel.name }) else {
                    throw ServiceError.Kinesis.resourceInUse("Channel \(channel.name) under account \(call.account) already exists.")
                }
                guard others.count < Self.maximumChannels else {
                    throw ServiceError.Kinesis.limitExceeded("Account \(call.account) has reached its limit of \(Self.maximumChannels) channels.")
                }
                if let gone = try table.kept(channel.name, account: call.account, region: call.region) {
                    try table.remove(gone)
                    transaction.afterCommit { [self] _ in channels.withLock { _ = $0.channels.removeValue(forKey: gone.resource) } }
                }
                try table.put(channel)
                try table.save(hosted.progress, of: channel)
                try StreamTags.add(tags, to: TagOwner(channel), transaction.database)
                transaction.afterCommit { [self] _ in channels.withLock { $0.channels[channel.resource] = hosted } }
            }
            return channel
        }
        tickChannels()
        // The answer is that of a channel in the making, though with no delay it is made already.
        var shown = channel
        shown.shown.channelStatus = Channel.Status.creating.rawValue
        return Kinesis.CreateChannelOutput(channelDescription: shown.description)
    }

    private static func check(_ records: Kinesis.RecordConfiguration) throws(ServiceError) {
        guard Channel.Format(rawValue: records.recordFormatType) != nil else {
            throw .Kinesis.validation("RecordFormatType \(records.recordFormatType) is supported only for streaming table destinations.")
        }
        if records.gsrSchemaARN != nil { throw .notCarriedOut("GSRSchemaARN, the validation by a schema of the Glue Schema Registry,") }
    }

    /// The settings as they are shown, with what was left out.
    private static func settings(_ input: Kinesis.S3DestinationConfiguration, _ name: String) throws(ServiceError) -> Kinesis.S3DestinationDescription
    {
        var storage = input.storageConfiguration
        storage.outputKeyTemplate = storage.outputKeyTemplate ?? ChannelKeyTemplate.usual
        storage.storageClass = storage.storageClass ?? "STANDARD"
        let longest: Int
        do throws(ChannelKeyTemplate.Fault) {
            longest = try ChannelKeyTemplate(storage.outputKeyTemplate ?? ChannelKeyTemplate.usual).longest
        } catch {
            throw .Kinesis.validation("OutputKeyTemplate is invalid: \(error.reason).")
        }
        var letters =
            input.deadLetterQueueS3Configuration
            ?? Kinesis.DeadLetterQueueS3Configuration(bucketARN: storage.bucketARN, expectedBucketOwner: storage.expectedBucketOwner)
        letters.errorOutputPrefix = letters.errorOutputPrefix ?? ChannelObject.errorPrefix(name)
        guard max(longest, letters.errorOutputPrefix?.utf8.count ?? 0) + ChannelObject.longestName <= longestKey else {
            throw .Kinesis.validation("OutputKeyTemplate can give object keys of more than \(longestKey) bytes.")
        }
        if storage.compressionType == "ZSTD", !Zstandard.isThere {
            throw .Kinesis.validation("CompressionType ZSTD needs the library libzstd, which this system does not have.")
        }
        return Kinesis.S3DestinationDescription(
            dataFreshnessInSeconds: try freshness(input.dataFreshnessInSeconds ?? usualFreshness),
            deadLetterQueueS3Configuration: letters,
            storageConfiguration: storage
        )
    }

    static func freshness(_ seconds: Int) throws(ServiceError) -> Int {
        guard (0...longestFreshness).contains(seconds) else {
            throw .Kinesis.validation("DataFreshnessInSeconds must be between 0 and \(longestFreshness).")
        }
        return seconds
    }

    static func logs(_ wanted: Kinesis.CloudWatchLogs, _ channel: ChannelARN) -> Kinesis.CloudWatchLogs {
        var logs = wanted
        if logs.enabled {
            logs.logGroupName = logs.logGroupName ?? "/aws/kinesis/\(channel.name)/\(channel.id)"
            logs.logStreamName = logs.logStreamName ?? "DestinationDelivery"
        }
        return logs
    }

    /// Why a channel comes to be FAILED and not ACTIVE; nil when it does not.
    private func failure(
        of settings: Kinesis.S3DestinationDescription,
        _ buckets: any BucketSink,
        _ call: Call
    ) throws(ServiceError) -> String? {
        let (storage, letters) = (settings.storageConfiguration, settings.deadLetterQueueS3Configuration)
        for (arn, owner) in [(storage.bucketARN, storage.expectedBucketOwner), (letters.bucketARN, letters.expectedBucketOwner)] {
            let bucket = Self.bucket(arn)
            guard try buckets.hasBucket(bucket, call) else { return "The bucket \(bucket) does not exist." }
            guard owner == call.account else { return "The bucket \(bucket) is not owned by the account \(owner)." }
        }
        return nil
    }
}
