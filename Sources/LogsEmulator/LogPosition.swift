import Wire

/// Where an event stands among the events of its stream, or of its group: by its time, and of one time by its number.
struct LogPosition: Equatable, Sendable {
    var time: Int64
    var id: Int64

    /// Of an event, in epoch milliseconds.
    static let maximumTime: Int64 = 99_999_999_999_999_999

    static let first = LogPosition(time: 0, id: 0)
    static let last = LogPosition(time: .max, id: .max)

    /// As ids of events are: 56 digits, in the order of the events.
    var digits: String { "3" + Self.padded(time, 18) + Self.padded(id, 37) }

    /// Nil for what this has not written.
    init?(digits: Substring) {
        guard digits.utf8.count == 56, digits.hasPrefix("3"), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let time = Int64(digits.dropFirst().prefix(18)), let id = Int64(digits.dropFirst(19))
        else { return nil }
        self.init(time: time, id: id)
    }

    init(time: Int64, id: Int64) {
        self.time = time
        self.id = id
    }

    /// The first place behind it.
    var next: LogPosition { LogPosition(time: time, id: id < .max ? id + 1 : .max) }

    private static func padded(_ number: Int64, _ count: Int) -> String {
        String(max(0, number).padded(to: count).suffix(count))
    }
}
