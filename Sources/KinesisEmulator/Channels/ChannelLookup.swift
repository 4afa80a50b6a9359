import Logging
import ServiceKit
import Shapes
import Streams
import Synchronization
import Wire

/// How operations find the channel that they are about.
extension KinesisService {
    /// - Throws: `InvalidArgumentException`, `ResourceNotFoundException`.
    func channel(_ text: String, _ call: Call) throws(ServiceError) -> Channel {
        guard let arn = ChannelARN(text) else { throw .Kinesis.invalidArgument("ChannelARN \(text) is not the ARN of a channel.") }
        guard arn.account == call.account, arn.region == call.region else { throw .channelNotFound(arn) }
        let found = try store.read { try ChannelTable($0).find(arn.name, account: arn.account, region: arn.region, at: call.now) }
        guard let found, found.resource == arn else { throw .channelNotFound(arn) }
        return found
    }

    /// Stores a channel as it is from now on, and shows it.
    func store(_ channel: Channel, _ call: Call) throws(ServiceError) {
        try store.write { transaction in
            guard channel.status != .deleted else { return try purgeChannels(of: channel, transaction) }
            try ChannelTable(transaction.database).put(channel)
            transaction.afterCommit { [self] committed in
                channels.withLock { $0.channels[channel.resource] }?.set(channel, committed)
            }
        }
    }

    /// - Throws: `ResourceInUseException` while the stream has channels.
    func checkHasNoChannels(_ stream: HostedStream, to purpose: String, _ call: Call) throws(ServiceError) {
        guard try !store.read({ try ChannelTable($0).all(of: stream, at: call.now) }).isEmpty else { return }
        throw .Kinesis.resourceInUse(
            """
            Stream \(stream.key.name) under account \(stream.key.account) has channels. Delete every channel on the stream with DeleteChannel to \
            \(purpose).
            """
        )
    }

    /// Takes in the channels that the store has.
    func restoreChannels() throws(ServiceError) {
        let kept = try store.read { database in
            let table = ChannelTable(database)
            return try table.everything().map { ($0.name, $0.channel, try $0.channel.map { try table.progress(of: $0) }) }
        }
        for (name, channel, progress) in kept {
            guard let channel, let progress else {
                log.error("a channel cannot be read and is left alone", metadata: ["name": "\(name)"])
                continue
            }
            let known = try pulledBack(progress, of: channel)
            channels.withLock { $0.channels[channel.resource] = HostedChannel(channel, known) }
        }
    }

    /// A power cut may have taken records that a channel has delivered already, and others get their places: they are to be delivered too.
    private func pulledBack(_ progress: ChannelProgress, of channel: Channel) throws(ServiceError) -> ChannelProgress {
        guard let engine = registry.withLock({ $0.byID[channel.streamID]?.engine }) else { return progress }
        var known = progress
        for (shard, counter) in progress.cursors {
            if let end = engine.nextCounter(in: shard), counter > end { known.cursors[shard] = end }
        }
        guard known != progress else { return progress }
        log.warning("a channel had delivered records that the log has lost; it goes on at its end", metadata: ["channel": "\(channel.resource.text)"])
        try store.write { [known] in try ChannelTable($0.database).save(known, of: channel) }
        return known
    }
}

extension ServiceError {
    static func channelNotFound(_ arn: ChannelARN) -> ServiceError {
        .Kinesis.resourceNotFound("Channel \(arn.text) under account \(arn.account) not found.")
    }

    /// What AWS has and is not carried out here.
    static func notCarriedOut(_ what: String) -> ServiceError {
        var error = ServiceError.Kinesis.validation("\(what) is not carried out by personalite.")
        error.hint = "docs/fidelity-kinesis.md lists what personalite carries out of channels"
        return error
    }
}
