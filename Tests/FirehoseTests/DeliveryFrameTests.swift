import Streams
import Testing
import Wire

@testable import FirehoseEmulator

/// Records as the record log holds them.
@Suite struct DeliveryFrameTests {
    private let frame = DeliveryFrame(
        identity: 0xFEDC_BA98_7654_3210,
        serial: 7,
        arrival: Timestamp(milliseconds: -5),
        records: ([[1, 2, 3], [], [4]] as [[UInt8]]).map { $0[...] }
    )

    @Test func `what is written is read as the same`() throws {
        let bytes = frame.encoded()
        #expect(DeliveryFrame(bytes[...]) == frame)
        #expect(DeliveryFrame(([9] + bytes + [9])[1...bytes.count]) == frame)
        let mark = try #require(DeliveryMark(bytes[...]))
        #expect(mark.identity == frame.identity && mark.serial == 7)
    }

    @Test func `bytes that are cut off, or are none of an entry, are no frame with other records`() {
        let bytes = frame.encoded()
        // The header, and behind it each record with the four bytes of its length: only between them is it an entry, with fewer records.
        let ends = [24, 31, 35]
        for count in bytes.indices {
            let cut = DeliveryFrame(bytes[..<count])
            #expect(cut?.records == ends.firstIndex(of: count).map { Array(frame.records.prefix($0)) }, "cut at \(count)")
        }
        #expect(bytes.count == 40)
        #expect(DeliveryFrame([UInt8](repeating: 255, count: 28)[...]) == nil)
    }

    @Test func `a summary says whose entries stand where`() {
        var summary = DeliverySummary()
        summary.add(frame.encoded()[...], at: 40)
        summary.add([UInt8](repeating: 1, count: 2)[...], at: 90)
        summary.add(frame.encoded()[...], at: 4_000_000_000)
        let entries = DeliverySummary.entries(summary.encoded()[...])
        #expect(entries.map(\.offset) == [40, 4_000_000_000])
        #expect(entries.allSatisfy { $0.identity == frame.identity && $0.serial == 7 })
        #expect(DeliverySummary.entries(summary.encoded().dropLast()[...]).count == 1)
    }
}
