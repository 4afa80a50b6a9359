extension CBOR {
    /// `Document` to CBOR as AWS writes it: maps and lists of indefinite length, times as tag 1 and whole milliseconds, blobs as byte strings.
    package static func write(_ document: Document, times: TimeUnit = .milliseconds) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(256)
        write(document, to: &output, times: times)
        return output
    }

    private static let endOfItems: UInt8 = 0xFF

    package static func write(_ document: Document, to output: inout [UInt8], times: TimeUnit = .milliseconds) {
        switch document {
        case .null: output.append(0xF6)
        case .boolean(let value): output.append(value ? 0xF5 : 0xF4)
        case .integer(let value): write(value, to: &output)
        case .double(let value):
            output.append(0xFB)
            appendBigEndian(value.bitPattern, bytes: 8, to: &output)
        case .string(let value):
            var text = value
            text.withUTF8 { bytes in
                head(3, UInt64(bytes.count), to: &output)
                output.append(contentsOf: bytes)
            }
        case .bytes(let value):
            head(2, UInt64(value.count), to: &output)
            output.append(contentsOf: value)
        case .timestamp(let value):
            output.append(0xC1)
            if times == .milliseconds {
                write(value.milliseconds, to: &output)
            } else {
                write(.double(Double(value.milliseconds) / 1000), to: &output)
            }
        case .list(let items):
            output.append(0x9F)
            for item in items { write(item, to: &output, times: times) }
            output.append(endOfItems)
        case .object(let fields):
            output.append(0xBF)
            for field in fields.entries {
                write(.string(field.name), to: &output)
                write(field.value, to: &output, times: times)
            }
            output.append(endOfItems)
        }
    }

    private static func write(_ value: Int64, to output: inout [UInt8]) {
        // ~value is -1 - value, and never overflows.
        if value >= 0 { head(0, UInt64(value), to: &output) } else { head(1, UInt64(~value), to: &output) }
    }

    /// A major type and its argument, in as few bytes as it takes.
    private static func head(_ major: UInt8, _ argument: UInt64, to output: inout [UInt8]) {
        let lead = major << 5
        switch argument {
        case 0..<24: output.append(lead | UInt8(argument))
        case 24...0xFF: append(lead | 24, argument, bytes: 1, to: &output)
        case 0x100...0xFFFF: append(lead | 25, argument, bytes: 2, to: &output)
        case 0x1_0000...0xFFFF_FFFF: append(lead | 26, argument, bytes: 4, to: &output)
        default: append(lead | 27, argument, bytes: 8, to: &output)
        }
    }

    private static func append(_ lead: UInt8, _ argument: UInt64, bytes: UInt64, to output: inout [UInt8]) {
        output.append(lead)
        appendBigEndian(argument, bytes: bytes, to: &output)
    }

    private static func appendBigEndian(_ value: UInt64, bytes: UInt64, to output: inout [UInt8]) {
        for byte in (0..<bytes).reversed() { output.append(UInt8(truncatingIfNeeded: value >> (byte * 8))) }
    }
}
