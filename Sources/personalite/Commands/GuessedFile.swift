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

    let path: String
    var kind: Kind
    var columns: [Column]
    /// The first rows below the headings.
    let sample: [[String]]
    /// Bytes of the line of headings with its end.
    private let headLength: Int

    /// What is looked at.
    private static let beginning = 1 << 18

    /// - Parameter kind: nil guesses it from the columns.
    init(_ path: String, as kind: Kind?) throws(CommandFault) {
        self.path = path
        let bytes = try Self.read(path)
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else {
            throw CommandFault("\(path) has no line of headings in its first \(Self.beginning / 1024) kB; is it a CSV file?")
        }
        headLength = end + 1
        var rows = Self.rows(bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...])
        let headings = rows.isEmpty ? [] : rows.removeFirst()
        sample = rows
        let names = headings.map { Self.name(of: $0) }
        let isOfUsers = names.contains("USER_ID")
        let chosen: Kind = kind ?? (names.contains("ITEM_ID") ? isOfUsers ? .interactions : .items : .users)
        self.kind = chosen
        columns = headings.enumerated().map { index, heading in
            Self.column(heading, rows.map { index < $0.count ? $0[index] : "" }, chosen)
        }
    }

    /// Takes a correction such as `movie=ITEM_ID` or `year=YEAR:int`; false when the file has no such column.
    mutating func correct(_ heading: String, _ words: String) throws(CommandFault) -> Bool {
        guard let place = columns.firstIndex(where: { $0.heading == heading }) else { return false }
        let parts = words.split(separator: ":", maxSplits: 1).map(String.init)
        guard let name = parts.first else { throw CommandFault("--column \(heading)= has no name.") }
        columns[place].name = name
        if parts.count > 1 {
            guard ["string", "int", "long", "float", "double", "boolean"].contains(parts[1]) else {
                throw CommandFault("\(parts[1]) is no type of a column: string, int, long, float, double or boolean.")
            }
            columns[place].type = parts[1]
            if parts[1] != "string" { (columns[place].isCategorical, columns[place].isTextual) = (false, false) }
        }
        return true
    }

    /// What the service would refuse, said before anything is made.
    func check() throws(CommandFault) {
        for name in kind.required where !columns.contains(where: { $0.name == name }) {
            let known = columns.map(\.heading).joined(separator: ", ")
            throw CommandFault("\(path) has no column \(name), which \(kind.rawValue) needs. It has \(known); say which by --column HEADING=\(name).")
        }
        guard let place = columns.firstIndex(where: { $0.name == "TIMESTAMP" }), kind == .interactions else { return }
        if let wrong = sample.lazy.compactMap({ place < $0.count ? $0[place] : nil }).first(where: { Int64($0) == nil }) {
            throw CommandFault("\(path): a TIMESTAMP is \"\(wrong)\"; Amazon Personalize takes whole seconds since 1970.")
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

    // MARK: Guessing

    private static let names: [(name: String, headings: Set<String>)] = [
        ("USER_ID", ["user", "userid", "customer", "customerid", "member", "memberid", "visitor", "visitorid", "account", "accountid"]),
        (
            "ITEM_ID",
            [
                "item", "itemid", "movie", "movieid", "film", "filmid", "product", "productid", "article", "articleid", "video", "videoid", "track",
                "trackid", "sku", "asin", "content", "contentid",
            ]
        ),
        ("TIMESTAMP", ["time", "timestamp", "ts", "date", "eventtime", "createdat", "unixtime"]),
        ("EVENT_TYPE", ["event", "eventtype", "type", "action"]), ("EVENT_VALUE", ["rating", "value", "eventvalue", "score", "stars"]),
    ]

    private static func name(of heading: String) -> String {
        let plain = heading.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " }
        if let known = names.first(where: { $0.headings.contains(plain) }) { return known.name }
        let letters = heading.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
        return (letters.first?.isNumber == true ? "_" : "") + String(letters)
    }

    private static func column(_ heading: String, _ values: [String], _ kind: Kind) -> Column {
        let known = values.filter { !$0.isEmpty }
        let name = Self.name(of: heading)
        var column = Column(heading: heading, name: name, type: "string")
        let isKey = kind.required.contains(name)
        column.isNullable = !isKey && known.count < values.count
        let isNumber = !known.isEmpty && known.allSatisfy { Double($0)?.isFinite == true }
        let isInteger = isNumber && known.allSatisfy { Int64($0) != nil }
        switch name {
        case "TIMESTAMP": column.type = "long"
        case "EVENT_VALUE": column.type = "float"
        case _ where isKey && name.hasSuffix("_ID"), "EVENT_TYPE": break
        default: column.type = isInteger ? "long" : isNumber ? "float" : "string"
        }
        guard column.type == "string", !isKey, name != "EVENT_TYPE" else { return column }
        let length = known.reduce(0) { $0 + $1.count } / max(1, known.count)
        column.isTextual = kind == .items && length > 40
        let isOfFew = Set(known).count <= max(50, known.count / 5) || known.contains { $0.contains("|") }
        column.isCategorical = kind != .interactions && !column.isTextual && isOfFew
        return column
    }

    // MARK: Reading

    private static func read(_ path: String) throws(CommandFault) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw CommandFault("\(path) cannot be read: \(String(cString: strerror(errno))).") }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: beginning)
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress?.advanced(by: filled), $0.count - filled) }
            guard count >= 0 else { throw CommandFault("\(path) cannot be read: \(String(cString: strerror(errno))).") }
            if count == 0 { break }
            filled += count
        }
        return Array(bytes[..<filled])
    }

    /// The rows of a text that may be cut off; a last row without its end is left out.
    static func rows(_ bytes: ArraySlice<UInt8>) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var cell: [UInt8] = []
        var isQuoted = false
        /// Whether the byte before ended quotes.
        var wasQuote = false
        func text() -> String { String(decoding: cell, as: UTF8.self) }
        for byte in bytes {
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
                row = []
                cell.removeAll(keepingCapacity: true)
            default: cell.append(byte)
            }
            wasQuote = byte == UInt8(ascii: "\"") && !isQuoted
        }
        return rows
    }
}
