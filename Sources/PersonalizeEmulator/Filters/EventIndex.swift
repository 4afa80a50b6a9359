package import Recommend
import ServiceKit

/// The newest bulk events of each user, as filters look at them: so many of each event type, newest first.
package struct EventIndex: Sendable {
    /// Events of one type and user that filters look at (quota: 100 interactions, 300 action interactions).
    package static func limit(_ kind: DatasetKind) -> Int { kind == .actionInteractions ? 300 : 100 }

    private let users: Column
    private let subjects: Column
    private let types: Column?
    private let times: Column
    /// The rows of user `u` are `rows[starts[u]..<starts[u + 1]]`.
    private let starts: [Int]
    private let rows: [Int32]
    private let typeNames: [String]

    /// - Parameter table: an Interactions or Action_Interactions dataset; nil when it has no such columns.
    package init?(_ table: Table, kind: DatasetKind) {
        guard let users = table.column("USER_ID"), let times = table.column("TIMESTAMP"),
            let subjects = table.column(kind == .interactions ? "ITEM_ID" : "ACTION_ID")
        else { return nil }
        self.users = users
        self.subjects = subjects
        self.times = times
        types = table.column("EVENT_TYPE")
        typeNames = types.map { types in (0..<Int32(types.dictionary.count)).map { EventType.plain(types.dictionary[$0]) } } ?? []

        var firsts = [Int](repeating: 0, count: users.dictionary.count + 1)
        for code in users.codes where code >= 0 { firsts[Int(code) + 1] += 1 }
        for user in 0..<users.dictionary.count { firsts[user + 1] += firsts[user] }
        var cursors = firsts
        var order = [Int32](repeating: 0, count: firsts[users.dictionary.count])
        // From the last row to the first, so that of equal times the later row counts as the newer one.
        for row in stride(from: table.rowCount - 1, through: 0, by: -1) where users.codes[row] >= 0 {
            let user = Int(users.codes[row])
            order[cursors[user]] = Int32(row)
            cursors[user] += 1
        }
        let limit = Self.limit(kind)
        var starts = [0]
        var rows: [Int32] = []
        rows.reserveCapacity(order.count)
        for user in 0..<users.dictionary.count {
            let newest = order[firsts[user]..<firsts[user + 1]].sorted { (times.integers[Int($0)], $0) > (times.integers[Int($1)], $1) }
            var counts: [String: Int] = [:]
            for row in newest {
                let type = Self.type(Int(row), types, typeNames) ?? ""
                counts[type, default: 0] += 1
                if counts[type, default: 0] <= limit { rows.append(row) }
            }
            starts.append(rows.count)
        }
        self.starts = starts
        self.rows = rows
    }

    private static func type(_ row: Int, _ types: Column?, _ names: [String]) -> String? {
        guard let types, types.codes[row] >= 0 else { return nil }
        return names[Int(types.codes[row])]
    }

    /// What a user did, newest first.
    func events(of user: String) -> [FilterEvent] {
        guard let code = users.dictionary.index(of: user).map(Int.init) else { return [] }
        return rows[starts[code]..<starts[code + 1]].map { row in
            let row = Int(row)
            return FilterEvent(
                type: Self.type(row, types, typeNames),
                subject: subjects.codes[row] < 0 ? "" : subjects.dictionary[subjects.codes[row]],
                time: times.integers[row]
            )
        }
    }
}

/// An event as filters see it.
struct FilterEvent: Equatable {
    /// As `EventType.plain` writes it.
    var type: String?
    /// The item or action.
    var subject: String
    /// Seconds since 1970.
    var time: Int64
}

enum EventType {
    /// Event types are compared without case, and `Not taken` is `NOT_TAKEN` in one place of the documentation or another.
    static func plain(_ type: String) -> String {
        let plain = type.lowercased()
        return plain.hasPrefix("not") && plain.filter(\.isLetter) == "nottaken" ? "not_taken" : plain
    }
}
