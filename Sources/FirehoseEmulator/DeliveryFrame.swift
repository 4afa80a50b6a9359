import Logging
import ServiceKit
package import Streams
import Wire

/// The records of one put, as an entry of the record log holds them: identity of the delivery stream, serial and arrival, 8 bytes each, and then
/// each record behind the 4 bytes of its length; all numbers with the lowest byte first.
struct DeliveryFrame: Sendable, Equatable {
    /// Marks an entry of the record log as records of a delivery stream.
    static let kind: UInt8 = 5
    static let headerSize = 24

    var identity: UInt64
    /// Counts up by one with each entry of the stream.
    var serial: UInt64
    var arrival: Timestamp
    var records: [ArraySlice<UInt8>]

    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headerSize + records.reduce(0) { $0 + $1.count + 4 })
        Number.append(identity, size: 8, to: &bytes)
        Number.append(serial, size: 8, to: &bytes)
        Number.append(UInt64(bitPattern: arrival.milliseconds), size: 8, to: &bytes)
        for record in records {
            Number.append(UInt64(record.count), size: 4, to: &bytes)
            bytes += record
        }
        return bytes
    }

    init(identity: UInt64, serial: UInt64, arrival: Timestamp, records: [ArraySlice<UInt8>]) {
        self.identity = identity
        self.serial = serial
        self.arrival = arrival
        self.records = records
    }

    /// Nil when the bytes are no such entry.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard let header = DeliveryMark(bytes) else { return nil }
        identity = header.identity
        serial = header.serial
        arrival = Timestamp(milliseconds: Int64(bitPattern: Number.read(bytes.dropFirst(16).prefix(8))))
        records = []
        var rest = bytes.dropFirst(Self.headerSize)
        while !rest.isEmpty {
            guard rest.count >= 4 else { return nil }
            let count = Int(Number.read(rest.prefix(4)))
            rest = rest.dropFirst(4)
            guard count <= rest.count else { return nil }
            records.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
    }

    enum Number {
        static func append(_ value: UInt64, size: Int, to bytes: inout [UInt8]) {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0.prefix(size)) }
        }

        static func read(_ bytes: ArraySlice<UInt8>) -> UInt64 {
            bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}

/// Which stream an entry is of, and its number in it.
struct DeliveryMark: Sendable, Equatable {
    var identity: UInt64
    var serial: UInt64

    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count >= DeliveryFrame.headerSize else { return nil }
        identity = DeliveryFrame.Number.read(bytes.prefix(8))
        serial = DeliveryFrame.Number.read(bytes.dropFirst(8).prefix(8))
    }
}

/// What a start has to know of a segment's entries: of whom they are, their numbers, and where they stand. Those that were delivered are not read.
struct DeliverySummary: LogSummary {
    static let kind = LogSummaryKind(kind: DeliveryFrame.kind, version: 1) { DeliverySummary() }
    private static let size = 20

    private var bytes: [UInt8] = []

    mutating func add(_ payload: ArraySlice<UInt8>, at offset: UInt32) {
        guard payload.count >= DeliveryFrame.headerSize else { return }
        bytes += payload.prefix(16)
        DeliveryFrame.Number.append(UInt64(offset), size: 4, to: &bytes)
    }

    func encoded() -> [UInt8] { bytes }

    static func entries(_ bytes: ArraySlice<UInt8>) -> [(identity: UInt64, serial: UInt64, offset: UInt32)] {
        var (entries, rest) = ([(identity: UInt64, serial: UInt64, offset: UInt32)](), bytes)
        while rest.count >= size {
            let number = { (start: Int, count: Int) in DeliveryFrame.Number.read(rest.dropFirst(start).prefix(count)) }
            entries.append((number(0, 8), number(8, 8), UInt32(truncatingIfNeeded: number(16, 4))))
            rest = rest.dropFirst(size)
        }
        return entries
    }
}

extension FirehoseService {
    /// How the record log sums up the records of delivery streams for the next start.
    package static var logSummary: LogSummaryKind { DeliverySummary.kind }

    /// Reads the delivery streams that the store has; their records follow by `restore` of each segment.
    package func restore() throws {
        let kept = try store.read { try DeliveryTable.all($0) }
        for entry in kept {
            guard let stream = entry.stream else {
                log.error("a delivery stream cannot be read and is left alone", metadata: ["name": "\(entry.key.name)"])
                registry.noteUnreadable()
                continue
            }
            registry.insert(HostedDelivery(stream, entry.progress, memory))
        }
    }

    /// Appends the records that are not delivered to another log.
    package func copyRecords(to log: RecordLog) throws(LogError) {
        for stream in registry.all {
            for frame in stream.openFrames { try log.appendCopy(kind: DeliveryFrame.kind, payload: frame.encoded()) }
        }
    }

    /// Takes the records of a log segment in again that were not delivered.
    package func restore(_ summary: SegmentSummary) throws(LogError) {
        guard let part = summary.parts[DeliveryFrame.kind] else { return }
        let entries = DeliverySummary.entries(part)
        registry.keep(summary.segment, for: entries.map(\.identity))
        let open = entries.filter { entry in registry[entry.identity].map { entry.serial > $0.progress.serial } ?? false }
        let positions = open.map { FramePosition(segment: UInt32(truncatingIfNeeded: summary.segment), offset: $0.offset) }
        try recordLog.read(positions) { payload in
            guard let payload, let frame = DeliveryFrame(payload) else { return }
            // A copy: the window that was read is larger than the entry.
            registry[frame.identity]?.restore(DeliveryFrame(Array(payload)[...]) ?? frame, segment: summary.segment)
        }
    }
}
