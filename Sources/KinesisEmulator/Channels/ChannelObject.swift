import ServiceKit
import Shapes
import Streams
import Wire

/// The objects that a page of one shard becomes: one of what is delivered, one of dead letters.
///
/// Both are named by their first record, so that a delivery that was cut off and is made again puts them in the place of those that are there.
struct ChannelObject: Sendable {
    struct Part: Sendable {
        var key: String
        var bytes: [UInt8]
    }

    private(set) var delivered: Part?
    private(set) var failed: Part?
    private(set) var records = 0
    private(set) var deadLetters = 0

    init(_ page: RecordPage, of channel: Channel, _ settings: Kinesis.S3DestinationDescription) {
        var (good, bad) = ([UInt8](), [UInt8]())
        var (first, firstBad): ((SequenceNumber, Timestamp)?, (SequenceNumber, Timestamp)?)
        let shard = ShardID.text(page.next.shardIndex)
        page.forEach { record in
            let arrival = Timestamp(milliseconds: record.arrival)
            if let fault = Self.add(record.data, to: &good, channel.format) {
                firstBad = firstBad ?? (record.number, arrival)
                deadLetters += 1
                bad += JSON.write(Self.deadLetter(record, fault, shard, channel)) + [UInt8(ascii: "\n")]
            } else {
                first = first ?? (record.number, arrival)
                records += 1
            }
        }
        let storage = settings.storageConfiguration
        if let first {
            let template = (try? ChannelKeyTemplate(storage.outputKeyTemplate ?? ChannelKeyTemplate.usual))
            let prefix = template?.evaluated(channel, shard: shard, at: first.1) ?? ""
            let name = Self.name(channel, shard, first.0) + Self.ending(channel.format, storage.compressionType)
            delivered = Part(key: prefix + name, bytes: good)
        }
        if let firstBad {
            let prefix = settings.deadLetterQueueS3Configuration.errorOutputPrefix ?? Self.errorPrefix(channel.name)
            let hour = (try? JavaDatePattern("yyyy/MM/dd/HH/"))?.text(firstBad.1) ?? ""
            failed = Part(key: prefix + hour + Self.name(channel, shard, firstBad.0) + ".json", bytes: bad)
        }
    }

    /// The most bytes behind a prefix: the hour, two names, a sequence number and the longest ending.
    static let longestName = 40 + 128 + 1 + 20 + 1 + 56 + 10

    static func errorPrefix(_ channel: String) -> String { "\(channel)/errors/" }

    private static func name(_ channel: Channel, _ shard: String, _ number: SequenceNumber) -> String { "\(channel.name)-\(shard)-\(number)" }

    private static func ending(_ format: Channel.Format, _ compression: String) -> String {
        let kind = format == .json ? ".json" : format == .string ? ".txt" : ""
        return kind + (compression == "GZIP" ? ".gz" : compression == "ZSTD" ? ".zst" : "")
    }

    /// - Returns: why the record is a dead letter; nil when it was added.
    private static func add(_ data: UnsafeRawBufferPointer, to bytes: inout [UInt8], _ format: Channel.Format) -> (code: String, message: String)? {
        switch format {
        case .bytes: bytes += data
        case .string:
            guard String(validating: data, as: UTF8.self) != nil else { return ("InvalidString", "The record is not valid UTF-8.") }
            bytes += data
            bytes.append(UInt8(ascii: "\n"))
        case .json:
            guard (try? JSON.parse(Array(data))) != nil else { return ("InvalidJSON", "The record is not valid JSON.") }
            // Between the tokens of a document a break is a blank, and inside of texts there is none: one record is one line.
            for byte in data { bytes.append(byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") ? UInt8(ascii: " ") : byte) }
            bytes.append(UInt8(ascii: "\n"))
        }
        return nil
    }

    private static func deadLetter(_ record: StoredRecord, _ fault: (code: String, message: String), _ shard: String, _ channel: Channel) -> Document
    {
        .members([
            ("channelArn", .string(channel.resource.text)), ("streamArn", .string(channel.stream.arn)), ("shardId", .string(shard)),
            ("sequenceNumber", .string(record.number.description)),
            ("partitionKey", record.partitionKey.isEmpty ? nil : .string(String(decoding: record.partitionKey, as: UTF8.self))),
            ("approximateArrivalTimestamp", .integer(record.arrival)), ("errorCode", .string(fault.code)), ("errorMessage", .string(fault.message)),
            ("rawData", .string(Base64.encode(Array(record.data)))),
        ])
    }
}
