import ServiceKit
import Shapes
import Wire

/// The records of a plain PutRecord or PutRecords request, as ranges of its body and of the memory that their data was decoded to.
///
/// Only what is certain to pass every check of the model is taken; the slow path words the refusals.
struct PlainRecords: Sendable {
    struct Item: Sendable {
        var data: Range<Int>?
        var partitionKey: Range<Int>?
        var explicitHashKey: String?
    }

    let body: [UInt8]
    private(set) var data: [UInt8] = []
    private(set) var items: [Item] = []
    private(set) var streamName: String?
    private(set) var streamARN: String?

    private static let maximumItems = 500

    /// A PutRecords request.
    init?(list body: [UInt8]) {
        self.init(body) { parsed, reader, name, buffer, used in
            guard reader.isText(at: name, "Records"), parsed.items.isEmpty else { return false }
            parsed.items.reserveCapacity(Self.maximumItems)
            return reader.list { reader in
                guard parsed.items.count < Self.maximumItems else { return false }
                var item = Item()
                guard reader.object({ reader, name in item.read(&reader, member: name, into: buffer, used: &used) }) else { return false }
                parsed.items.append(item)
                return true
            }
        }
    }

    /// A PutRecord request.
    init?(one body: [UInt8]) {
        self.init(body) { parsed, reader, name, buffer, used in
            if parsed.items.isEmpty { parsed.items.append(Item()) }
            return parsed.items[0].read(&reader, member: name, into: buffer, used: &used)
        }
    }

    /// - Parameter readMember: reads a member that is not the stream's name; a blob goes into `buffer` from `used` on, which moves.
    private init?(
        _ body: [UInt8],
        _ readMember: (
            _ parsed: inout PlainRecords,
            _ reader: inout PlainJSON,
            _ name: Range<Int>,
            _ buffer: UnsafeMutableRawBufferPointer,
            _ used: inout Int
        ) -> Bool
    ) {
        var parsed = PlainRecords(unread: body)
        var isWhole = false
        let data = [UInt8](unsafeUninitializedCapacity: body.count / 4 * 3 + 4) { buffer, used in
            let whole: Void? = PlainJSON.read(body) { reader in
                let isPlain = reader.object { reader, name in
                    if reader.isText(at: name, "StreamName") { return parsed.streamName == nil && parsed.readName(&reader) }
                    if reader.isText(at: name, "StreamARN") { return parsed.streamARN == nil && parsed.readARN(&reader) }
                    return readMember(&parsed, &reader, name, UnsafeMutableRawBufferPointer(buffer), &used)
                }
                return isPlain ? () : nil
            }
            isWhole = whole != nil
        }
        guard isWhole, !parsed.items.isEmpty, parsed.items.allSatisfy({ $0.isSound }) else { return nil }
        parsed.data = data
        self = parsed
    }

    private init(unread body: [UInt8]) {
        self.body = body
    }

    private mutating func readName(_ reader: inout PlainJSON) -> Bool {
        streamName = reader.string()
        return Kinesis.Types.StreamName.accepts(streamName)
    }

    private mutating func readARN(_ reader: inout PlainJSON) -> Bool {
        streamARN = reader.string()
        return Kinesis.Types.StreamARN.accepts(streamARN)
    }

    /// The records, checked as those of the slow path are.
    func intake(into stream: HostedStream, _ facts: StreamFacts, path: (Int) -> String) throws(ServiceError) -> RecordIntake {
        var intake = RecordIntake(stream, facts, count: items.count)
        for (index, item) in items.enumerated() {
            try intake.add(
                data: item.data.map { data[$0] } ?? [],
                partitionKey: item.partitionKey.map { body[$0] },
                explicitHashKey: item.explicitHashKey,
                path: path(index)
            )
        }
        return intake
    }
}

extension PlainRecords.Item {
    fileprivate mutating func read(
        _ reader: inout PlainJSON,
        member name: Range<Int>,
        into buffer: UnsafeMutableRawBufferPointer,
        used: inout Int
    ) -> Bool {
        if reader.isText(at: name, "Data"), data == nil {
            data = reader.blob(into: buffer, &used)
            return data != nil
        }
        if reader.isText(at: name, "PartitionKey"), partitionKey == nil {
            partitionKey = reader.text()
            return partitionKey != nil
        }
        if reader.isText(at: name, "ExplicitHashKey"), explicitHashKey == nil {
            explicitHashKey = reader.string()
            return Kinesis.Types.HashKey.accepts(explicitHashKey)
        }
        return false
    }

    /// Whether the model is content with it. A key is of ASCII here, so that its bytes are its characters.
    fileprivate var isSound: Bool {
        guard let data, data.count <= 10_485_760 else { return false }
        return partitionKey.map { (1...256).contains($0.count) } ?? true
    }
}

extension Shape {
    /// Whether a text obeys every constraint.
    func accepts(_ text: String?) -> Bool {
        guard let text else { return false }
        var violations: [Violation] = []
        return (try? check(.string(text), &violations, package: ServiceDialect.kinesis.package)) != nil && violations.isEmpty
    }
}
