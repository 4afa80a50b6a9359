package import Wire

/// A pattern of Java's DateTimeFormatter, in UTC and in English: the letters for parts of a date and a time.
package struct JavaDatePattern: Sendable {
    private enum Part: Sendable {
        case text(String)
        /// A letter and how often it stands there.
        case field(Character, Int)
    }

    package struct Fault: Error {
        package var reason: String
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ]
    private static let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    /// Letters, and how often each may stand.
    private static let widths: [Character: ClosedRange<Int>] = [
        "y": 1...9, "u": 1...9, "M": 1...4, "L": 1...4, "d": 1...2, "D": 1...3, "E": 1...4, "H": 1...2, "k": 1...2, "K": 1...2, "h": 1...2,
        "m": 1...2, "s": 1...2, "S": 1...9, "n": 1...9, "a": 1...1,
    ]

    private var parts: [Part] = []

    package init(_ text: String) throws(Fault) {
        let letters = Array(text)
        var index = 0
        while index < letters.count {
            let letter = letters[index]
            if letter == "'" {
                index = try quoted(letters, index)
                continue
            }
            guard letter.isASCII, letter.isLetter else {
                guard !"{}[]#".contains(letter) else { throw Fault(reason: "\(letter) is reserved") }
                parts.append(.text(String(letter)))
                index += 1
                continue
            }
            let end = letters[index...].firstIndex { $0 != letter } ?? letters.count
            guard let widths = Self.widths[letter] else { throw Fault(reason: "the letter \(letter) is not carried out by personalite") }
            guard widths.contains(end - index) else { throw Fault(reason: "too many letters \(letter)") }
            parts.append(.field(letter, end - index))
            index = end
        }
    }

    /// Text in quotes; two of them are one.
    private mutating func quoted(_ letters: [Character], _ start: Int) throws(Fault) -> Int {
        guard let end = letters[(start + 1)...].firstIndex(of: "'") else { throw Fault(reason: "a quote is not closed") }
        parts.append(.text(end == start + 1 ? "'" : String(letters[(start + 1)..<end])))
        return end + 1
    }

    /// The most bytes that it can come to.
    package var longest: Int {
        parts.reduce(0) { length, part in
            switch part {
            case .text(let literal): length + literal.utf8.count
            // Names of months and days, and the digits of a nanosecond, are the longest.
            case .field(_, let count): length + max(count, 9)
            }
        }
    }

    package func text(_ time: Timestamp) -> String {
        let seconds = Int(time.seconds)
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let day = CivilDay(daysSinceEpoch: days)
        let second = seconds - days * 86_400
        let nanosecond = (Int(time.milliseconds) - seconds * 1000) * 1_000_000
        return parts.reduce(into: "") { text, part in
            switch part {
            case .text(let literal): text += literal
            case .field(let letter, let count): text += Self.text(letter, count, day, second, nanosecond)
            }
        }
    }

    private static func text(_ letter: Character, _ count: Int, _ day: CivilDay, _ second: Int, _ nanosecond: Int) -> String {
        let hour = second / 3600
        switch letter {
        case "y", "u": return count == 2 ? (day.year % 100).padded(to: 2) : day.year.padded(to: count)
        case "M", "L":
            let name = months[day.month - 1]
            return count == 4 ? name : count == 3 ? String(name.prefix(3)) : day.month.padded(to: count)
        case "d": return day.day.padded(to: count)
        case "D":
            let first = CivilDay(year: day.year, month: 1, day: 1)?.daysSinceEpoch ?? day.daysSinceEpoch
            return (day.daysSinceEpoch - first + 1).padded(to: count)
        case "E": return count == 4 ? days[day.weekday] : String(days[day.weekday].prefix(3))
        case "H": return hour.padded(to: count)
        case "k": return (hour == 0 ? 24 : hour).padded(to: count)
        case "K": return (hour % 12).padded(to: count)
        case "h": return (hour % 12 == 0 ? 12 : hour % 12).padded(to: count)
        case "m": return (second / 60 % 60).padded(to: count)
        case "s": return (second % 60).padded(to: count)
        case "S": return String(nanosecond.padded(to: 9).prefix(count))
        case "n": return nanosecond.padded(to: count)
        default: return hour < 12 ? "AM" : "PM"
        }
    }
}
