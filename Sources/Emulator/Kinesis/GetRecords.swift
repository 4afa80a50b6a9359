package import Shapes
import Streams
package import Wire

extension KinesisService {
    private static let maximumRecords = 10_000

    package func getRecords(_ input: Kinesis.GetRecordsInput, _ call: Call) throws(ServiceError) -> Kinesis.GetRecordsOutput {
        let iterator = try iterator(input.shardIterator, call)
        let (stream, position) = try target(of: iterator, call)
        if let arn = input.streamARN, arn != stream.key.arn {
            throw .Kinesis.invalidArgument("StreamARN \(arn) is not the stream of the ShardIterator.")
        }
        if input.dryRun == true { throw .dryRun }
        let page: RecordPage
        do {
            page = try stream.engine.read(from: position, limit: input.limit ?? Self.maximumRecords, now: call.now.milliseconds)
        } catch {
            switch error {
            case .noSuchShard: throw .shardDoesNotExist(position.shardIndex, in: stream.key)
            case .throttled: throw .rateExceeded(shard: position.shardIndex, in: stream.key)
            }
        }
        sweepIfDue(call.now)
        var next = iterator.next(at: page.next.counter, now: call.now.milliseconds)
        next.stream = stream.iteratorName
        next.position = page.next
        return Kinesis.GetRecordsOutput(
            records: Self.records(page, isEncrypted: stream.facts(at: call.now).keyID != nil),
            nextShardIterator: page.isEnd ? nil : token(next),
            millisBehindLatest: Int(page.millisBehindLatest),
            childShards: page.isEnd ? page.children.map { Kinesis.ChildShard($0) } : nil
        )
    }

    static func records(_ page: RecordPage, isEncrypted: Bool) -> [Kinesis.Record] {
        var records: [Kinesis.Record] = []
        records.reserveCapacity(page.count)
        page.forEach { record in
            records.append(
                Kinesis.Record(
                    sequenceNumber: record.number.description,
                    approximateArrivalTimestamp: Timestamp(milliseconds: record.arrival),
                    data: Array(record.data),
                    // Only records that AWS itself spreads over the shards may lack a key.
                    partitionKey: record.partitionKey.isEmpty ? nil : String(decoding: record.partitionKey, as: UTF8.self),
                    encryptionType: isEncrypted ? "KMS" : nil
                )
            )
        }
        return records
    }
}

extension Kinesis.ChildShard {
    init(_ child: Streams.ChildShard) {
        self.init(
            shardId: ShardID.text(child.index),
            parentShards: child.parents.map { ShardID.text($0) },
            hashKeyRange: Kinesis.HashKeyRange(child.range)
        )
    }
}
