/// Times as the query protocol sends them: `2015-08-30T12:36:00Z`, with a fraction and with an offset in the place of the Z, or without any for UTC.
package enum ISO8601Text {
    /// Nil for any other text, and for days that there are not.
    package static func timestamp(_ text: String) -> Timestamp? {
        var rest = Array(text.utf8)[...]
        guard let year = number(&rest, 4), skip(&rest, "-"), let month = number(&rest, 2), skip(&rest, "-"), let dayOfMonth = number(&rest, 2),
            skip(&rest, "T") || skip(&rest, " "), let hour = number(&rest, 2), skip(&rest, ":"), let minute = number(&rest, 2),
            let day = CivilDay(year: year, month: month, day: dayOfMonth), hour < 24, minute < 60
        else { return nil }
        var (second, milliseconds) = (0, 0)
        if skip(&rest, ":") {
            guard let read = number(&rest, 2), read < 60 else { return nil }
            second = read
            if skip(&rest, ".") {
                let digits = rest.prefix { isDigit($0) }
                guard (1...9).contains(digits.count) else { return nil }
                for place in 0..<3 { milliseconds = milliseconds * 10 + (place < digits.count ? Int(digits[digits.startIndex + place] - 48) : 0) }
                rest = rest.dropFirst(digits.count)
            }
        }
        guard let offset = offset(&rest), rest.isEmpty else { return nil }
        let seconds = day.daysSinceEpoch * 86_400 + hour * 3600 + minute * 60 + second - offset
        return Timestamp(milliseconds: Int64(seconds) * 1000 + Int64(milliseconds))
    }

    /// Seconds before UTC's.
    private static func offset(_ rest: inout ArraySlice<UInt8>) -> Int? {
        if rest.isEmpty || skip(&rest, "Z") { return 0 }
        let isBehind = rest.first == UInt8(ascii: "-")
        guard skip(&rest, "+") || skip(&rest, "-"), let hours = number(&rest, 2) else { return nil }
        _ = skip(&rest, ":")
        guard let minutes = number(&rest, 2), hours < 24, minutes < 60 else { return nil }
        return (hours * 3600 + minutes * 60) * (isBehind ? -1 : 1)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func number(_ rest: inout ArraySlice<UInt8>, _ count: Int) -> Int? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy({ isDigit($0) }) else { return nil }
        rest = rest.dropFirst(count)
        return digits.reduce(0) { $0 * 10 + Int($1 - 48) }
    }

    private static func skip(_ rest: inout ArraySlice<UInt8>, _ character: Character) -> Bool {
        guard let first = rest.first, first == character.asciiValue else { return false }
        rest = rest.dropFirst()
        return true
    }
}
