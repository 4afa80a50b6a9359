import Glibc
import Wire

/// A CSV file that is to become a data set: which one it is, and names and types of its columns, guessed from its beginning.
struct GuessedFile {
    enum Kind: String, CaseIterable {
        case interactions = "Interactions"
        case items = "Items"
        case users = "Users"

        /// Columns that the data set needs.
        var required: [String] {
            switch self {
            case .interactions: ["USER_ID", "ITEM_ID", "TIMESTAMP"]
            case .items: ["ITEM_ID"]
            case .users: ["USER_ID"]
            }
        }
    }

    struct Column {
        /// As the file has it.
        var heading: String
        var name: String
        var type: String
        var isNullable = false
        var isCategorical = false
        var isTextual = false
    }

    /// What somebody says of a column: `movie=ITEM_ID` or `year=YEAR:int`.
    struct Correction {
        let heading: String
        let name: String
        let type: String?

        init(_ heading: String, _ words: String) throws(CommandFault) {
            let parts = words.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let name = parts.first, !name.isEmpty else { throw CommandFault("--column \(heading)= has no name.") }
            self.heading = heading
            self.name = name
            type = parts.count > 1 ? parts[1] : nil
            guard type.map({ ["string", "int", "long", "float", "double", "boolean"].contains($0) }) ?? true else {
                throw CommandFault("\(parts[1]) is no type of a column: string, int, long, float, double or boolean.")
            }
        }
    }

    let path: String
    let kind: Kind
    let columns: [Column]
    /// Some rows: the first below the headings, and of a long file some of further down.
    let sample: [[String]]
    /// Bytes of the line of headings with its end.
    private let headLength: Int

    /// Bytes that are looked at, at the beginning and at each of the other places.
    private static let piece = 1 << 18
    /// Places of a long file that are looked at beside its beginning.
    private static let places = 3

    /// - Parameter kind: nil guesses it from the columns.
    init(_ path: String, as kind: Kind?, _ corrections: [Correction] = []) throws(CommandFault) {
        self.path = path
        let (pieces, isWhole) = try Self.read(path)
        let beginning = pieces[0]
        let mark = beginning.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let parsed = Self.rows(beginning[mark...])
        var rows = parsed.rows
        guard let headEnd = parsed.firstEnd, !rows.isEmpty else {
            throw CommandFault("\(path) has no line of headings in its first \(Self.piece / 1024) kB; is it a CSV file?")
        }
        headLength = headEnd
        let headings = rows.removeFirst()
        for piece in pieces.dropFirst() {
            // It begins in the middle of a row, and perhaps between quotes.
            rows += Self.rows(piece[...]).rows.dropFirst().filter { $0.count == headings.count }
        }
        sample = rows
        let names = ColumnNames(headings, corrections).chosen
        let isOfUsers = names.contains("USER_ID")
        let chosen: Kind = kind ?? (names.contains("ITEM_ID") ? isOfUsers ? .interactions : .items : .users)
        self.kind = chosen
        var guessed = ColumnNames(headings, corrections, of: chosen).chosen.enumerated().map { index, name in
            let correction = corrections.first { $0.heading == headings[index] }
            let guess = ColumnGuess(
                name: name,
                values: rows.map { index < $0.count ? $0[index] : "" },
                kind: chosen,
                isWhole: isWhole,
                isGiven: correction != nil
            )
            return guess.column(headings[index], type: correction?.type)
        }
        // A data set has one textual column.
        for index in guessed.indices.filter({ guessed[$0].isTextual }).dropFirst() { guessed[index].isTextual = false }
        columns = guessed
    }

    /// What the service would refuse, said before anything is made.
    func check() throws(CommandFault) {
        for (index, column) in columns.enumerated() where columns[..<index].contains(where: { $0.name == column.name }) {
            throw CommandFault("\(path) has two columns \(column.name); say what \(column.heading) is by --column \(column.heading)=NAME.")
        }
        for name in kind.required where !columns.contains(where: { $0.name == name }) {
            let known = columns.map(\.heading).joined(separator: ", ")
            throw CommandFault("\(path) has no column \(name), which \(kind.rawValue) needs. It has \(known); say which by --column HEADING=\(name).")
        }
        guard let place = columns.firstIndex(where: { $0.name == "TIMESTAMP" }), kind == .interactions else { return }
        let times = sample.lazy.compactMap { place < $0.count ? $0[place] : nil }
        if let wrong = times.first(where: { Int64($0) == nil }) {
            throw CommandFault("\(path): a TIMESTAMP is \"\(wrong)\"; Amazon Personalize takes whole seconds since 1970.")
        }
        // Seconds of the year 5138: nobody has such events, and all that are in milliseconds do.
        if let wrong = times.first(where: { (Int64($0) ?? 0).magnitude >= 100_000_000_000 }) {
            throw CommandFault(
                "\(path): a TIMESTAMP is \(wrong), which looks like milliseconds or less; Amazon Personalize takes whole seconds since 1970."
            )
        }
    }

    /// The schema as CreateSchema takes it.
    var schema: String {
        let fields = columns.map { column in
            Document.members([
                ("name", .string(column.name)),
                ("type", column.isNullable ? .list([.string("null"), .string(column.type)]) : .string(column.type)),
                ("categorical", column.isCategorical ? .boolean(true) : nil), ("textual", column.isTextual ? .boolean(true) : nil),
            ])
        }
        let record = Document.members([
            ("type", .string("record")), ("name", .string(kind.rawValue)), ("namespace", .string("com.amazonaws.personalize.schema")),
            ("fields", .list(fields)), ("version", .string("1.0")),
        ])
        return String(decoding: JSON.write(record), as: UTF8.self)
    }

    /// What stands in the place of the line of headings, and how long that is; nothing when it has the names of the schema.
    var renamed: (beginning: [UInt8], skipped: Int) {
        columns.allSatisfy { $0.heading == $0.name } ? ([], 0) : (Array((columns.map(\.name).joined(separator: ",") + "\n").utf8), headLength)
    }

    // MARK: Reading

    /// The beginning of a file, and if it is long pieces of it further down.
    private static func read(_ path: String) throws(CommandFault) -> (pieces: [[UInt8]], isWhole: Bool) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw CommandFault("\(path) cannot be read: \(String(cString: strerror(errno))).") }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw CommandFault("\(path) is no file.") }
        let size = Int(status.st_size)
        var pieces = [try read(file, path, at: 0)]
        if size > piece * (places + 2) {
            for place in 1...places { pieces.append(try read(file, path, at: (size - piece) / places * place)) }
        }
        return (pieces, size <= piece)
    }

    private static func read(_ file: Int32, _ path: String, at offset: Int) throws(CommandFault) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: piece)
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                pread(file, $0.baseAddress?.advanced(by: filled), $0.count - filled, off_t(offset + filled))
            }
            guard count >= 0 else { throw CommandFault("\(path) cannot be read: \(String(cString: strerror(errno))).") }
            if count == 0 { break }
            filled += count
        }
        return Array(bytes[..<filled])
    }

    /// The rows of a text that may be cut off; a last row without its end is left out.
    /// - Returns: with them the index behind the first one; nil when none has an end.
    static func rows(_ bytes: ArraySlice<UInt8>) -> (rows: [[String]], firstEnd: Int?) {
        var rows: [[String]] = []
        var firstEnd: Int?
        var row: [String] = []
        var cell: [UInt8] = []
        var isQuoted = false
        /// Whether the byte before ended quotes.
        var wasQuote = false
        func text() -> String { String(decoding: cell, as: UTF8.self) }
        for (index, byte) in zip(bytes.indices, bytes) {
            switch byte {
            // A quote within quotes is written twice: the first ends them, the second begins them again and is one.
            case UInt8(ascii: "\""):
                if !isQuoted, wasQuote { cell.append(byte) }
                isQuoted.toggle()
            case UInt8(ascii: ",") where !isQuoted:
                row.append(text())
                cell.removeAll(keepingCapacity: true)
            case UInt8(ascii: "\n") where !isQuoted:
                if cell.last == UInt8(ascii: "\r") { cell.removeLast() }
                row.append(text())
                if row != [""] { rows.append(row) }
                if !rows.isEmpty { firstEnd = firstEnd ?? index + 1 }
                row = []
                cell.removeAll(keepingCapacity: true)
            default: cell.append(byte)
            }
            wasQuote = byte == UInt8(ascii: "\"") && !isQuoted
        }
        return (rows, firstEnd)
    }
}
