import Testing

@testable import Wire

@Suite struct EventMessageTests {
    private static let event = EventMessage(
        headers: [.init(":event-type", "SubscribeToShardEvent"), .init(":message-type", "event")],
        payload: Array(#"{"Records":[]}"#.utf8)
    )

    @Test func `an empty message is sixteen bytes with known checksums`() {
        #expect(Hex.text(EventMessage(headers: [], payload: []).encoded()) == "000000100000000005c248eb7d98c8ff")
    }

    @Test func `a header is a name, the type of text, and a value`() throws {
        let bytes = EventMessage(headers: [.init("ab", "xyz")], payload: [0xFF]).encoded()
        #expect(Array(bytes[12..<21]) == [2, 0x61, 0x62, 7, 0, 3, 0x78, 0x79, 0x7A])
        #expect(Array(bytes[0..<8]) == [0, 0, 0, 26, 0, 0, 0, 9])
        #expect(bytes[21] == 0xFF)
        #expect(bytes.count == 26)
    }

    @Test func `messages come back one after the other, however they are cut`() throws {
        let bytes = Self.event.encoded() + EventMessage(headers: [], payload: [1]).encoded()
        for cut in 0...bytes.count {
            var read: [EventMessage] = []
            var rest = bytes[..<cut]
            while let message = try EventMessage.next(in: &rest) { read.append(message) }
            rest = Array(rest)[...] + bytes[cut...]
            while let message = try EventMessage.next(in: &rest) { read.append(message) }
            #expect(read == [Self.event, EventMessage(headers: [], payload: [1])], "\(cut)")
            #expect(rest.isEmpty)
        }
        #expect(Self.event[":event-type"] == "SubscribeToShardEvent")
        #expect(Self.event[":content-type"] == nil)
    }

    @Test func `a flipped bit anywhere is found`() {
        let bytes = Self.event.encoded()
        for index in bytes.indices {
            var broken = bytes
            broken[index] ^= 0x10
            var rest = broken[...]
            #expect(throws: EventMessage.Failure.self, "\(index)") { try EventMessage.next(in: &rest) }
        }
    }

    @Test func `lengths that cannot be are refused before anything is awaited`() {
        for (total, headers) in [(15, 0), (16, 1), (1 << 30, 0), (0, 0)] as [(UInt32, UInt32)] {
            var prelude: [UInt8] = []
            for word in [total, headers] { prelude += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) } }
            var checksum = CRC(table: CRC.crc32Table, width: 32)
            prelude.withUnsafeBytes { checksum.update($0) }
            prelude += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: checksum.value >> $0) }
            var rest = prelude[...]
            #expect(throws: EventMessage.Failure.self, "\(total) \(headers)") { try EventMessage.next(in: &rest) }
        }
    }
}
