/// What the service does and its model does not say. Each entry names where it is known from.
enum Patches {
    static func apply(to model: inout Model) {
        guard model.namespace == "Kinesis" else { return }
        // The service prints the iterator types in this order (kinesalite's suite, checked against AWS in its day).
        model.edit("ShardIteratorType") {
            $0.values = ["AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON"]
        }
        // The service prints these two without the anchors that newer models add (same source).
        model.edit("HashKey") { $0.pattern = #"0|([1-9]\d{0,38})"# }
        model.edit("SequenceNumber") { $0.pattern = #"0|([1-9]\d{0,128})"# }
        // A shard's last event has none: consumers take that for its end and refuse an event that has both this and ChildShards (Kinesis Client
        // Library 2 and 3, FanOutRecordsPublisher, read 2026-07).
        model.edit("SubscribeToShardEvent") { shape in
            for index in shape.members.indices where shape.members[index].name == "ContinuationSequenceNumber" {
                shape.members[index].isRequired = false
            }
        }
    }
}

extension Model {
    fileprivate mutating func edit(_ name: String, _ change: (inout Shape) -> Void) {
        guard let index = shapes.firstIndex(where: { $0.name == name }) else {
            preconditionFailure("a patch names the shape \(name), which the model no longer has")
        }
        change(&shapes[index])
    }
}
