import ServiceKit
import Wire

/// The keys of the partition that a record belongs to.
struct PartitionKeys: Hashable, Sendable {
    /// Those that the query of the delivery stream has found.
    var query: [String: String] = [:]
    /// Those that its function has given.
    var function: [String: String] = [:]
}

/// The records of an object that go to one place.
struct Partition: Sendable {
    struct Refusal: Error {
        var code: String
        var message: String
    }

    var keys: PartitionKeys
    var records: [TransformedRecords.Record]

    /// Partitions that a delivery stream writes at a time ("Amazon Data Firehose quota", developer guide, 2026).
    static let most = 500

    /// Records by where they go, in the order in which the first of each came.
    /// - Parameters:
    ///   - find: the keys of a record.
    ///   - length: bytes of the object key that keys make; asked once for each partition, and for none beyond the most.
    ///   - refuse: told of each record that has no place.
    static func divide(
        _ records: [TransformedRecords.Record],
        find: (TransformedRecords.Record) throws(Refusal) -> PartitionKeys,
        length: (PartitionKeys) -> Int,
        refuse: (TransformedRecords.Record, Refusal) -> Void
    ) -> [Partition] {
        var (partitions, places) = ([Partition](), [PartitionKeys: Int]())
        for record in records {
            do throws(Refusal) {
                let keys = try find(record)
                if let place = places[keys] {
                    partitions[place].records.append(record)
                    continue
                }
                guard partitions.count < most else {
                    throw Refusal(code: "ActivePartitionLimitExceeded", message: "The active partition limit of \(most) was exceeded.")
                }
                guard length(keys) <= Destination.longestKey else {
                    throw Refusal.extraction("the key of the object would have more than \(Destination.longestKey) bytes")
                }
                places[keys] = partitions.count
                partitions.append(Partition(keys: keys, records: [record]))
            } catch {
                refuse(record, error)
            }
        }
        return partitions
    }
}

extension Partition.Refusal {
    static func extraction(_ reason: String) -> Partition.Refusal { Partition.Refusal(code: "MetadataExtractionFailed", message: reason) }
}

extension FirehoseService {
    /// Records by where they go; what has no such place is a failure.
    func partitioned(_ outcome: inout TransformedRecords, _ object: DeliveredObject, _ call: Call) -> [Partition] {
        let settings = object.settings
        guard settings.isPartitioned, let prefix = try? PrefixExpression.delivered(settings.prefix) else {
            return outcome.delivered.isEmpty ? [] : [Partition(keys: PartitionKeys(), records: outcome.delivered)]
        }
        let (wanted, given) = (Set(prefix.partitionKeys(.query)), Set(prefix.partitionKeys(.function)))
        let name = Destination.longestName + settings.fileExtension.utf8.count
        var failed: [Document] = []
        let partitions = Partition.divide(outcome.delivered) { (record) throws(Partition.Refusal) in
            try Self.keys(of: record, settings.query, wanted, given)
        } length: { keys in
            prefix.evaluated(at: object.arrival, errorType: nil, keys: keys).utf8.count + name
        } refuse: { record, refusal in
            failed.append(record.failure("DynamicPartitioning.\(refusal.code)", refusal.message, attempts: 1, at: call.now))
        }
        outcome.failed += failed
        return partitions
    }

    private static func keys(
        of record: TransformedRecords.Record,
        _ query: PartitionQuery?,
        _ wanted: Set<String>,
        _ given: Set<String>
    ) throws(Partition.Refusal) -> PartitionKeys {
        var keys = PartitionKeys(function: record.keys.function.filter { given.contains($0.key) })
        if let query {
            guard let json = try? JSON.parse(record.data) else { throw .extraction("the record is no JSON") }
            do throws(PartitionQuery.Fault) { keys.query = try query.keys(of: json).filter { wanted.contains($0.key) } } catch {
                throw .extraction(error.reason)
            }
        }
        guard given.allSatisfy({ keys.function[$0].map { !$0.isEmpty } ?? false }) else {
            throw .extraction("partitionKeys values must not be null or empty")
        }
        return keys
    }
}
