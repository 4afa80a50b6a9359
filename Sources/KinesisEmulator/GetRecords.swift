import ServiceKit
package import Shapes
import Streams
package import Wire

extension KinesisService {
    static let maximumRecords = 10_000

    package func getRecords(_ input: Kinesis.GetRecordsInput, _ call: Call) throws(ServiceError) -> Kinesis.GetRecordsOutput {
        let read = try read(input, call)
        return Kinesis.GetRecordsOutput(
            records: Self.records(read.page, isEncrypted: read.isEncrypted),
            nextShardIterator: read.next,
            millisBehindLatest: Int(read.page.millisBehindLatest),
            childShards: read.children
        )
    }

    /// A page, and where to go on from it: by an iterator, or in the children of a shard that has ended.
    struct ReadPage {
        var page: RecordPage
        var next: String?
        var children: [Kinesis.ChildShard]?
        var isEncrypted: Bool
    }

    func read(_ input: Kinesis.GetRecordsInput, _ call: Call) throws(ServiceError) -> ReadPage {
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
            case .throttled:
                stream.figures.throttledReads.add(1)
                throw .readRateExceeded(shard: position.shardIndex, in: stream.key)
            case .lost(let fault): throw .internalFailure(fault)
            }
        }
        sweepIfDue(call.now)
        stream.figures.note(page)
        stream.reads.note(page, shard: position.shardIndex, now: call.now.milliseconds)
        var next = iterator.next(at: page.next.counter, now: call.now.milliseconds)
        next.stream = stream.iteratorName
        next.position = page.next
        return ReadPage(
            page: page,
            next: page.isEnd ? nil : token(next),
            children: page.isEnd ? page.children.map { Kinesis.ChildShard($0) } : nil,
            isEncrypted: stream.facts(at: call.now).keyID != nil
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
