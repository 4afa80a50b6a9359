extension JSON {
    /// How a service writes numbers with a fraction, and timestamps, which are such numbers.
    package enum NumberForm: Sendable {
        /// As many digits as it takes; `1698421316.283`.
        case plain
        /// As Java's `Double.toString`; `1.698421316283E9`.
        case java
    }

    /// `Document` to JSON without blanks: blobs as base64, timestamps as seconds with milliseconds.
    package static func write(_ document: Document, numbers: NumberForm = .plain) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(256)
        write(document, to: &output, numbers: numbers)
        return output
    }

    /// The same as text.
    package static func text(_ document: Document) -> String {
        String(decoding: write(document), as: UTF8.self)
    }

    package static func write(_ document: Document, to output: inout [UInt8], numbers: NumberForm = .plain) {
        switch document {
        case .null: output.append(contentsOf: "null".utf8)
        case .boolean(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): output.append(contentsOf: String(value).utf8)
        case .double(let value): write(value, to: &output, numbers)
        case .string(let value): write(value, to: &output)
        case .bytes(let value):
            output.append(UInt8(ascii: "\""))
            Base64.encode(value, to: &output)
            output.append(UInt8(ascii: "\""))
        case .timestamp(let value): write(value, to: &output, numbers)
        case .list(let items):
            output.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                write(item, to: &output, numbers: numbers)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let fields):
            output.append(UInt8(ascii: "{"))
            for (index, field) in fields.entries.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                write(field.name, to: &output)
                output.append(UInt8(ascii: ":"))
                write(field.value, to: &output, numbers: numbers)
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    /// JSON has no infinities: they are written as null, as AWS's writers do.
    private static func write(_ value: Double, to output: inout [UInt8], _ numbers: NumberForm) {
        guard value.isFinite else { return output.append(contentsOf: "null".utf8) }
        switch numbers {
        case .plain: output.append(contentsOf: value.description.utf8)
        case .java: JavaNumber.write(value, to: &output)
        }
    }

    private static func write(_ value: Timestamp, to output: inout [UInt8], _ numbers: NumberForm) {
        if numbers == .java { return JavaNumber.write(Double(value.milliseconds) / 1000, to: &output) }
        if value.milliseconds < 0 { output.append(UInt8(ascii: "-")) }
        let (seconds, fraction) = value.milliseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
        output.append(contentsOf: String(seconds).utf8)
        guard fraction > 0 else { return }
        output.append(UInt8(ascii: "."))
        for digit in [fraction / 100, fraction / 10 % 10, fraction % 10] {
            output.append(UInt8(ascii: "0") + UInt8(digit))
        }
    }

    private static func write(_ value: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        var text = value
        text.withUTF8 { bytes in
            if bytes.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
                output.append(contentsOf: bytes)
            } else {
                for byte in bytes { escape(byte, to: &output) }
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    private static func escape(_ byte: UInt8, to output: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""): output.append(contentsOf: "\\\"".utf8)
        case UInt8(ascii: "\\"): output.append(contentsOf: "\\\\".utf8)
        case 0x08: output.append(contentsOf: "\\b".utf8)
        case 0x0C: output.append(contentsOf: "\\f".utf8)
        case 0x0A: output.append(contentsOf: "\\n".utf8)
        case 0x0D: output.append(contentsOf: "\\r".utf8)
        case 0x09: output.append(contentsOf: "\\t".utf8)
        case 0..<0x20:
            output.append(contentsOf: "\\u00".utf8)
            output.append(contentsOf: Hex.digits(byte))
        default: output.append(byte)
        }
    }
}
