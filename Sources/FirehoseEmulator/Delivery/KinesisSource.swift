import Logging
import ServiceKit
import Synchronization
import Wire

/// Where the reading of a shard stands.
struct ShardReading: Sendable {
    /// The iterator to go on with; nil when a new one is to be asked for.
    var iterator: String?
    /// The last record that was read, delivered or not; `DeliveryProgress.end` when the shard is read whole.
    var last: String?
}

extension FirehoseService {
    /// So many pages of a shard in one turn.
    private static let pagesATurn = 32

    /// Takes what the source has that was not read yet, until an object is full.
    /// - Returns: whether there is more than was taken.
    func readSource(of stream: HostedDelivery) -> Bool {
        guard let arn = stream.stream.sourceARN, let name = arn.split(separator: "/").last.map(String.init) else { return false }
        let call = Call(account: stream.key.account, region: stream.key.region, now: time.now, requestID: RequestID.random())
        do throws(ServiceError) {
            let source = try checkSource(name, of: stream, call)
            let shards = try shards(name, call)
            guard !shards.isEmpty else { return false }
            // A shard that fills the buffer must not always be the same.
            let first = stream.firstShard.withLock { first in
                first = (first + 1) % shards.count
                return first
            }
            var isMore = false
            for shard in shards[first...] + shards[..<first] {
                do throws(ServiceError) {
                    if try read(shard, name, source, stream, call) { isMore = true }
                } catch {
                    // Another may well be read, such as when this one is read too often.
                    log.debug(
                        "a shard could not be read",
                        metadata: ["shard": "\(shard)", "stream": "\(arn)", "cause": "\(error.message ?? error.code)"]
                    )
                }
            }
            return isMore
        } catch {
            // It is read again in a second; a source that is gone is no news each time.
            log.debug("a source could not be read", metadata: ["stream": "\(arn)", "cause": "\(error.message ?? error.code)"])
            return false
        }
    }

    /// A stream that has the name of the source but is another one is read from its beginning.
    /// - Returns: the creation of the source, by which positions in it are known from another's.
    private func checkSource(_ name: String, of stream: HostedDelivery, _ call: Call) throws(ServiceError) -> Int64? {
        let answer = try caller.call("kinesis", "DescribeStreamSummary", .members([("StreamName", .string(name))]), call)
        guard case .timestamp(let created)? = answer?["StreamDescriptionSummary"]?["StreamCreationTimestamp"] else { return nil }
        var progress = stream.progress
        guard progress.sourceCreated != created.milliseconds else { return created.milliseconds }
        if progress.sourceCreated != nil {
            progress.shards = [:]
            stream.reading.withLock { $0 = [:] }
        }
        progress.sourceCreated = created.milliseconds
        let begun = progress
        try store.write { transaction in
            guard registry.contains(stream) else { return }
            try DeliveryTable(transaction.database, stream.key).save(begun)
        }
        stream.begin(begun)
        return created.milliseconds
    }

    private func shards(_ name: String, _ call: Call) throws(ServiceError) -> [String] {
        var (ids, token): ([String], Document?) = ([], nil)
        repeat {
            let input: Document = .members([("StreamName", token == nil ? .string(name) : nil), ("NextToken", token)])
            let answer = try caller.call("kinesis", "ListShards", input, call)
            ids += (answer?["Shards"]?.listIfAny ?? []).compactMap { $0["ShardId"]?.textIfAny }
            token = answer?["NextToken"]
        } while token != nil && ids.count < 100_000
        return ids
    }

    private func read(_ shard: String, _ name: String, _ source: Int64?, _ stream: HostedDelivery, _ call: Call) throws(ServiceError) -> Bool {
        var reading = stream.reading.withLock { $0[shard] } ?? ShardReading(last: stream.progress.shards[shard])
        guard reading.last != DeliveryProgress.end else { return false }
        defer { stream.reading.withLock { [reading] in $0[shard] = reading } }
        for _ in 0..<Self.pagesATurn {
            guard !stream.isFull else { return !stream.isEmpty }
            let answer: Document
            do throws(ServiceError) {
                var iterator = reading.iterator ?? ""
                reading.iterator = nil
                if iterator.isEmpty { iterator = try self.iterator(shard, name, after: reading.last, stream, call) }
                answer = try caller.call("kinesis", "GetRecords", .members([("ShardIterator", .string(iterator))]), call) ?? .null
            } catch  where error.code == "ExpiredIteratorException" {
                continue
            }
            reading.iterator = answer["NextShardIterator"]?.textIfAny
            let records = answer["Records"]?.listIfAny ?? []
            if let last = records.last?["SequenceNumber"]?.textIfAny {
                reading.last = last
                let batch = Self.batch(records, .shard(shard, last: last, source: source), call.now)
                stream.add(batch)
                stream.figures.readBytes.add(batch.bytes)
                stream.figures.readRecords.add(records.count)
            }
            guard reading.iterator != nil else {
                reading.last = DeliveryProgress.end
                stream.add(DeliveryBatch(.shardEnd(shard, source: source), arrival: call.now, []))
                return false
            }
            if records.isEmpty, answer["MillisBehindLatest"]?.numberIfAny ?? 0 == 0 { return false }
        }
        return true
    }

    /// Begins behind what was read last, or with what has come since the delivery stream is there.
    private func iterator(_ shard: String, _ name: String, after last: String?, _ stream: HostedDelivery, _ call: Call) throws(ServiceError) -> String
    {
        var input: [(name: String, value: Document?)] = [("StreamName", .string(name)), ("ShardId", .string(shard))]
        if let last {
            input += [("ShardIteratorType", .string("AFTER_SEQUENCE_NUMBER")), ("StartingSequenceNumber", .string(last))]
        } else {
            input += [("ShardIteratorType", .string("AT_TIMESTAMP")), ("Timestamp", .timestamp(stream.stream.due))]
        }
        return try caller.call("kinesis", "GetShardIterator", .members(input), call)?["ShardIterator"]?.textIfAny ?? ""
    }

    private static func batch(_ records: [Document], _ origin: DeliveryBatch.Origin, _ now: Timestamp) -> DeliveryBatch {
        var shard = ""
        if case .shard(let name, _, _) = origin { shard = name }
        let held = records.map { record -> DeliveryRecord in
            var data: [UInt8] = []
            if case .bytes(let bytes)? = record["Data"] { data = bytes }
            var arrival = now
            if case .timestamp(let time)? = record["ApproximateArrivalTimestamp"] { arrival = time }
            let source: Document = .members([
                ("shardId", .string(shard)), ("partitionKey", record["PartitionKey"]), ("sequenceNumber", record["SequenceNumber"]),
                ("subsequenceNumber", .integer(0)), ("approximateArrivalTimestamp", .integer(arrival.milliseconds)),
            ])
            return DeliveryRecord(data: data[...], arrival: arrival, source: source)
        }
        return DeliveryBatch(origin, arrival: held.first?.arrival ?? now, held)
    }
}
