/// What the entries of one kind in one segment come to: all that a start has to know of them, and short.
package protocol LogSummary {
    /// Takes an entry in. They come in the order of the segment.
    /// - Parameters:
    ///   - payload: valid during the call.
    ///   - offset: of the entry in the segment, in bytes.
    mutating func add(_ payload: ArraySlice<UInt8>, at offset: UInt32)

    /// As it stands in a checkpoint and is handed to whoever restores.
    func encoded() -> [UInt8]
}

/// How the entries of one kind are summed up.
package struct LogSummaryKind: Sendable {
    /// The kind of the entries.
    let kind: UInt8
    /// Of the bytes that `encoded` gives: a checkpoint with another is not used.
    let version: UInt32
    let make: @Sendable () -> any LogSummary

    package init(kind: UInt8, version: UInt32, make: @escaping @Sendable () -> any LogSummary) {
        self.kind = kind
        self.version = version
        self.make = make
    }
}

/// What a start has to know of one segment.
package struct SegmentSummary: Sendable, Equatable {
    package let segment: UInt64
    /// Whole entries of the segment, of whatever kind.
    package internal(set) var frames = 0
    /// What the summaries of the kinds came to, empty where there was no entry.
    package internal(set) var parts: [UInt8: ArraySlice<UInt8>] = [:]
}

/// The offsets of a segment's entries, for a kind whose entries are read again at each start.
package struct EntryOffsets: LogSummary {
    private var offsets: [UInt8] = []

    package static let version: UInt32 = 1

    package init() {}

    package mutating func add(_ payload: ArraySlice<UInt8>, at offset: UInt32) {
        LittleEndian.append(UInt64(offset), size: 4, to: &offsets)
    }

    package func encoded() -> [UInt8] { offsets }

    /// - Parameter bytes: what `encoded` gave.
    package static func offsets(_ bytes: ArraySlice<UInt8>) -> [UInt32] {
        stride(from: bytes.startIndex, to: bytes.endIndex - 3, by: 4).map { UInt32(LittleEndian.read(bytes, at: $0, size: 4)) }
    }
}

/// The summaries of one segment while it is read.
struct SummaryMaker {
    private let kinds: [LogSummaryKind]
    private var made: [(any LogSummary)?]
    /// The index of each kind in both; 255 for a kind that nobody sums up.
    private let index: [UInt8]

    init(_ kinds: [LogSummaryKind]) {
        self.kinds = kinds
        made = kinds.map { _ in nil }
        var index = [UInt8](repeating: .max, count: 256)
        for (number, kind) in kinds.enumerated() { index[Int(kind.kind)] = UInt8(number) }
        self.index = index
    }

    mutating func add(_ kind: UInt8, _ payload: ArraySlice<UInt8>, at offset: UInt32) {
        let number = Int(index[Int(kind)])
        guard number < kinds.count else { return }
        if made[number] == nil { made[number] = kinds[number].make() }
        made[number]?.add(payload, at: offset)
    }

    func summary(of segment: UInt64, frames: Int) -> SegmentSummary {
        var summary = SegmentSummary(segment: segment, frames: frames)
        for (kind, made) in zip(kinds, made) {
            if let made { summary.parts[kind.kind] = made.encoded()[...] }
        }
        return summary
    }
}
