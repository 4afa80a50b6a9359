/// How long a string may be, in characters (Unicode scalars).
struct LengthLimit {
    let characters: Int
    /// Whether a longer value is cut rather than refused.
    let truncates: Bool

    /// 256 for ids, 20,000 for texts (which are cut), 1000 for the rest, by AWS's page "Amazon Personalize endpoints
    /// and quotas".
    init(_ spec: ColumnSpec) {
        truncates = spec.textual
        characters = spec.textual ? 20_000 : ["USER_ID", "ITEM_ID", "ACTION_ID"].contains(spec.name) ? 256 : 1000
    }

    /// Texts mostly in Chinese or Japanese are cut earlier.
    static let ideographicText = 7000
}

/// A value of a row that has been checked but not yet stored.
enum StagedValue {
    case null
    case text(UnsafeBufferPointer<UInt8>)
    case integer(Int64)
    case real(Double)

    enum Reading {
        case value(StagedValue)
        case wrong(String)
        case tooLong(Int)
    }

    static func read(_ bytes: UnsafeBufferPointer<UInt8>, as spec: ColumnSpec, limit: LengthLimit) -> Reading {
        if bytes.isEmpty { return readEmpty(spec) }
        switch spec.type {
        case .string:
            if bytes.count <= limit.characters { return .value(.text(bytes)) }
            return readLong(bytes, limit)
        case .long: return integer(bytes).map { .value(.integer($0)) } ?? .wrong("not a whole number")
        case .int:
            guard let number = integer(bytes), Int32(exactly: number) != nil else { return .wrong("not a whole number of 32 bits") }
            return .value(.integer(number))
        case .float, .double: return real(bytes).map { .value(.real($0)) } ?? .wrong("not a number")
        case .boolean:
            if bytes.elementsEqual("true".utf8) { return .value(.integer(1)) }
            if bytes.elementsEqual("false".utf8) { return .value(.integer(0)) }
            return .wrong("neither true nor false")
        }
    }

    /// Columns whose values name something: they cannot be empty.
    private static let naming: Set<String> = ["USER_ID", "ITEM_ID", "ACTION_ID", "EVENT_TYPE"]

    /// An empty text is still a text: the founding post's own item file has rows without a YEAR, a string that may not be null.
    private static func readEmpty(_ spec: ColumnSpec) -> Reading {
        if spec.nullable { return .value(.null) }
        return spec.type == .string && !naming.contains(spec.name) ? .value(.text(.init(start: nil, count: 0))) : .wrong("the value is missing")
    }

    private static func readLong(_ bytes: UnsafeBufferPointer<UInt8>, _ limit: LengthLimit) -> Reading {
        let characters = bytes.reduce(into: 0) { if $1 & 0xc0 != 0x80 { $0 += 1 } }
        guard limit.truncates else { return characters <= limit.characters ? .value(.text(bytes)) : .tooLong(limit.characters) }
        // Kana and the ideographs are the three-byte sequences from E3 to E9.
        let ideographs = bytes.reduce(into: 0) { if (0xe3...0xe9).contains($1) { $0 += 1 } }
        let most = ideographs * 2 > characters ? LengthLimit.ideographicText : limit.characters
        var seen = 0
        for (index, byte) in bytes.enumerated() where byte & 0xc0 != 0x80 {
            if seen == most { return .value(.text(UnsafeBufferPointer(rebasing: bytes[0..<index]))) }
            seen += 1
        }
        return .value(.text(bytes))
    }

    static func integer(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        let isNegative = bytes.first == UInt8(ascii: "-")
        var index = isNegative || bytes.first == UInt8(ascii: "+") ? 1 : 0
        guard index < bytes.count else { return nil }
        var number: Int64 = 0
        while index < bytes.count {
            let digit = bytes[index] &- 48
            guard digit < 10 else { return nil }
            let (product, overflow) = number.multipliedReportingOverflow(by: 10)
            let (next, carry) = isNegative ? product.subtractingReportingOverflow(Int64(digit)) : product.addingReportingOverflow(Int64(digit))
            if overflow || carry { return nil }
            number = next
            index += 1
        }
        return number
    }

    /// Powers of ten that a Double holds exactly.
    private static let powers: [Double] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15]

    static func real(_ bytes: UnsafeBufferPointer<UInt8>) -> Double? {
        // Up to 15 digits and no exponent: an exact integer over an exact power rounds once, so the quotient is the nearest Double.
        var index = bytes.first == UInt8(ascii: "-") ? 1 : 0
        let isNegative = index == 1
        var digits = 0
        var mantissa: Int64 = 0
        var point = -1
        while index < bytes.count, digits <= 15 {
            let byte = bytes[index]
            if byte &- 48 < 10 {
                mantissa = mantissa * 10 + Int64(byte &- 48)
                digits += 1
            } else if byte == UInt8(ascii: "."), point < 0 {
                point = digits
            } else {
                break
            }
            index += 1
        }
        if index == bytes.count, (1...15).contains(digits) {
            let value = Double(mantissa) / powers[point < 0 ? 0 : digits - point]
            return isNegative ? -value : value
        }
        // The rest is for the standard library, less what it alone would take: hexadecimal, infinities, not-a-number.
        guard bytes.allSatisfy({ $0 &- 48 < 10 || "+-.eE".utf8.contains($0) }) else { return nil }
        guard let value = Double(String(decoding: bytes, as: UTF8.self)), value.isFinite else { return nil }
        return value
    }
}
