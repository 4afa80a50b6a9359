import Glibc
import Recommend

/// Parse, validate and intern: a made CSV into a table, then into sequences.
enum ImportSpeed {
    static let specs = [
        ColumnSpec("USER_ID", .string), ColumnSpec("ITEM_ID", .string), ColumnSpec("TIMESTAMP", .long), ColumnSpec("EVENT_TYPE", .string),
    ]

    static func report(rows: Int, keeping path: String?) throws {
        var pieces: [[UInt8]] = []
        MadeSet(events: rows, users: max(25, rows / 50), items: max(10, rows / 200)).csv { pieces.append($0) }
        let size = Double(pieces.reduce(0) { $0 + $1.count })
        if let path { try write(pieces, to: path) }
        var best = Double.infinity
        var table = Table(specs)
        for _ in 0..<5 {
            let (made, seconds) = try Stopwatch.time { try imported(pieces) }
            best = min(best, seconds)
            table = made
        }
        let (interactions, seconds) = Stopwatch.time { Interactions(table) }
        print(
            "import: \(rows) rows, \((size / 1e6).text(1)) MB: \((Double(rows) / best / 1e6).text(2)) million rows/s into a table, one thread, "
                + "best of 5; sequences of \(interactions.eventCount) events in \(seconds.text(2)) s"
        )
    }

    static func imported(_ pieces: [[UInt8]]) throws -> Table {
        var reader = CSVImport(specs)
        reader.startFile("made.csv")
        for piece in pieces { reader.feed(piece) }
        return try reader.finish()
    }

    private static func write(_ pieces: [[UInt8]], to path: String) throws {
        guard let file = fopen(path, "w") else { throw BenchFault("\(path) cannot be written: \(String(cString: strerror(errno))).") }
        defer { fclose(file) }
        for piece in pieces { fwrite(piece, 1, piece.count, file) }
    }
}
