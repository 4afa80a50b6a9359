/// The moment of signing: an instant and its ISO 8601 basic form, `20150830T123600Z`.
package struct SigningDate: Sendable, Hashable {
    package var timestamp: Timestamp
    package var text: String

    /// `YYYYMMDD`, as a credential's scope carries it.
    package var day: Substring { text.prefix(8) }

    package init(_ timestamp: Timestamp) {
        self.timestamp = timestamp
        text = Self.format(timestamp)
    }

    /// ISO 8601 basic form as in `X-Amz-Date`; nil for any other.
    package init?(basic: String) {
        guard let timestamp = Self.parseBasic(basic) else { return nil }
        self.timestamp = timestamp
        text = basic
    }

    /// A `Date` header: the basic form or RFC 9110's `Sun, 30 Aug 2015 12:36:00 GMT`.
    package init?(header: String) {
        if let date = SigningDate(basic: header) {
            self = date
        } else if let timestamp = Self.parseHTTP(header) {
            self.init(timestamp)
        } else {
            return nil
        }
    }

    package static func format(_ timestamp: Timestamp) -> String {
        let seconds = timestamp.seconds
        let day = CivilDay(daysSinceEpoch: Int(seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400))
        let time = Int(seconds - Int64(day.daysSinceEpoch) * 86_400)
        var output: [UInt8] = []
        output.reserveCapacity(16)
        appendDecimal(day.year, digits: 4, to: &output)
        appendDecimal(day.month, digits: 2, to: &output)
        appendDecimal(day.day, digits: 2, to: &output)
        output.append(UInt8(ascii: "T"))
        appendDecimal(time / 3600, digits: 2, to: &output)
        appendDecimal(time / 60 % 60, digits: 2, to: &output)
        appendDecimal(time % 60, digits: 2, to: &output)
        output.append(UInt8(ascii: "Z"))
        return String(decoding: output, as: UTF8.self)
    }

    private static func appendDecimal(_ value: Int, digits: Int, to output: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            output.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }

    private static func parseBasic(_ text: String) -> Timestamp? {
        let bytes = Array(text.utf8)
        guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z"),
            let year = decimal(bytes[0..<4]), let month = decimal(bytes[4..<6]), let day = decimal(bytes[6..<8]),
            let hour = decimal(bytes[9..<11]), let minute = decimal(bytes[11..<13]), let second = decimal(bytes[13..<15])
        else { return nil }
        return instant(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    }

    private static func parseHTTP(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT" || words[5] == "UTC" || words[5] == "+0000",
            let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"].firstIndex(of: words[2]),
            let day = decimal(words[1].utf8), let year = decimal(words[3].utf8)
        else { return nil }
        let time = words[4].split(separator: ":").map { decimal($0.utf8) }
        guard time.count == 3, let hour = time[0], let minute = time[1], let second = time[2] else { return nil }
        return instant(year: year, month: month + 1, day: day, hour: hour, minute: minute, second: second)
    }

    private static func decimal(_ digits: some Collection<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.count <= 4 else { return nil }
        var value = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return value
    }

    private static func instant(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) -> Timestamp? {
        guard hour < 24, minute < 60, second <= 60, let date = CivilDay(year: year, month: month, day: day) else { return nil }
        return Timestamp(milliseconds: Int64(date.daysSinceEpoch * 86_400 + hour * 3600 + minute * 60 + second) * 1000)
    }
}
