import ServiceKit
import Shapes
import Streams
import Wire

/// GetRecords on the fast path: its request is small, its answer is not.
extension KinesisService {
    var directGetRecords: DirectOperation {
        DirectOperation { [self] body in
            guard let input = Self.plainInput(body) else { return nil }
            return { (call) throws(ServiceError) in try self.getRecords(input, call) }
        }
    }

    private static func plainInput(_ body: [UInt8]) -> Kinesis.GetRecordsInput? {
        PlainJSON.read(body) { reader -> Kinesis.GetRecordsInput? in
            var iterator: String?
            var limit: Int?
            let isPlain = reader.object { reader, name in
                if reader.isText(at: name, "ShardIterator"), iterator == nil {
                    iterator = reader.string()
                    return Kinesis.Types.ShardIterator.accepts(iterator)
                }
                if reader.isText(at: name, "Limit"), limit == nil {
                    limit = reader.number()
                    return limit.map { (1...maximumRecords).contains($0) } ?? false
                }
                return false
            }
            guard isPlain, let iterator else { return nil }
            return Kinesis.GetRecordsInput(shardIterator: iterator, limit: limit)
        }
    }

    private func getRecords(_ input: Kinesis.GetRecordsInput, _ call: Call) throws(ServiceError) -> [UInt8] {
        let read = try read(input, call)
        let page = read.page
        let tail = Kinesis.GetRecordsOutput(
            records: [],
            nextShardIterator: read.next,
            millisBehindLatest: Int(page.millisBehindLatest),
            childShards: read.children
        )
        // All behind the records, as the slow path writes it.
        let ending = JSON.write(tail.document).dropFirst("{\"Records\":[".utf8.count)
        // A sequence number, two times, names and quotes are below 200 bytes; a byte of a key takes six at most.
        let bound = 64 + ending.count + page.count * 224 + page.bytes / 3 * 4 + page.keyBytes * 6
        return JSONOutput.write(bound: bound) { output in
            output.raw("{\"Records\":[")
            var isFirst = true
            var arrival: (time: Int64, text: [UInt8]) = (.min, [])
            page.forEach { record in
                output.raw(isFirst ? "{\"SequenceNumber\":\"" : ",{\"SequenceNumber\":\"")
                isFirst = false
                output.number(record.number)
                output.raw("\",\"ApproximateArrivalTimestamp\":")
                if record.arrival != arrival.time {
                    arrival = (record.arrival, JSON.write(.timestamp(Timestamp(milliseconds: record.arrival))))
                }
                output.raw(arrival.text)
                output.raw(",\"Data\":")
                output.blob(record.data)
                if !record.partitionKey.isEmpty {
                    output.raw(",\"PartitionKey\":")
                    output.text(record.partitionKey)
                }
                if read.isEncrypted { output.raw(",\"EncryptionType\":\"KMS\"") }
                output.raw("}")
            }
            output.raw(Array(ending))
        }
    }
}
