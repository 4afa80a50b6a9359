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
    var keys: PartitionKeys
    var records: [TransformedRecords.Record]
}

extension FirehoseService {
    /// Partitions that a delivery stream writes at a time ("Amazon Data Firehose quota", developer guide, 2026).
    private static let mostPartitions = 500

    /// Records by where they go, in the order in which the first of each came. What has no such place is a failure.
    func partitioned(_ outcome: inout TransformedRecords, _ object: DeliveredObject, _ call: Call) -> [Partition] {
        let settings = object.settings
        guard settings.isPartitioned else { return outcome.delivered.isEmpty ? [] : [Partition(keys: PartitionKeys(), records: outcome.delivered)] }
        let prefix = try? PrefixExpression.delivered(settings.prefix)
        let (wanted, given) = (Set(prefix?.partitionKeys(.query) ?? []), Set(prefix?.partitionKeys(.function) ?? []))
        var (partitions, places) = ([Partition](), [PartitionKeys: Int]())
        for var record in outcome.delivered {
            do throws(PartitionQuery.Fault) {
                if let query = settings.query {
                    guard let json = try? JSON.parse(record.data) else { throw PartitionQuery.Fault(reason: "the record is no JSON") }
                    record.keys.query = try query.keys(of: json)
                }
                record.keys.query = record.keys.query.filter { wanted.contains($0.key) }
                record.keys.function = record.keys.function.filter { given.contains($0.key) }
                let keys = record.keys
                guard given.allSatisfy({ keys.function[$0].map { !$0.isEmpty } ?? false }) else {
                    throw PartitionQuery.Fault(reason: "partitionKeys values must not be null or empty")
                }
                if let place = places[keys] {
                    partitions[place].records.append(record)
                    continue
                }
                guard object.key(settings, errorType: nil, keys: keys).utf8.count <= Destination.longestKey else {
                    throw PartitionQuery.Fault(reason: "the key of the object would have more than \(Destination.longestKey) bytes")
                }
                guard partitions.count < Self.mostPartitions else {
                    let message = "The active partition limit of \(Self.mostPartitions) was exceeded."
                    outcome.failed.append(Self.failure(record, "DynamicPartitioning.ActivePartitionLimitExceeded", message, call))
                    continue
                }
                places[keys] = partitions.count
                partitions.append(Partition(keys: keys, records: [record]))
            } catch {
                outcome.failed.append(Self.failure(record, "DynamicPartitioning.MetadataExtractionFailed", error.reason, call))
            }
        }
        return partitions
    }

    private static func failure(_ record: TransformedRecords.Record, _ code: String, _ message: String, _ call: Call) -> Document {
        .members([
            ("attemptsMade", .integer(1)), ("arrivalTimestamp", .integer(record.arrival.milliseconds)), ("errorCode", .string(code)),
            ("errorMessage", .string(message)), ("attemptEndingTimestamp", .integer(call.now.milliseconds)),
            ("rawData", .string(Base64.encode(record.data))),
        ])
    }
}
