/// What the columns of a file are called in its schema.
struct ColumnNames {
    /// One a heading, in their order.
    let chosen: [String]

    /// What headings are known by, without their case, blanks, - and _; those that say it best first.
    private static let known: [(name: String, headings: [String])] = [
        ("USER_ID", ["userid", "user", "customerid", "customer", "memberid", "member", "visitorid", "visitor", "accountid", "account"]),
        (
            "ITEM_ID",
            [
                "itemid", "item", "movieid", "movie", "filmid", "film", "productid", "product", "articleid", "article", "videoid", "video", "trackid",
                "track", "contentid", "content", "sku", "asin",
            ]
        ),
        ("TIMESTAMP", ["timestamp", "eventtime", "unixtime", "ts", "time", "createdat", "date"]),
        ("EVENT_TYPE", ["eventtype", "event", "action", "type"]), ("EVENT_VALUE", ["eventvalue", "rating", "score", "stars", "value"]),
    ]

    /// - Parameter kind: of the data set; nil as long as it is to be guessed.
    init(_ headings: [String], _ corrections: [GuessedFile.Correction], of kind: GuessedFile.Kind? = nil) {
        var names = headings.map { heading in corrections.first { $0.heading == heading }?.name }
        let plain = headings.map { $0.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " } }
        for (name, known) in Self.known where !names.contains(name) && (kind.map { Self.has($0, name) } ?? true) {
            // Of several that could be it, the one that says so best.
            let best = known.lazy.compactMap { word in plain.indices.first { plain[$0] == word && names[$0] == nil } }.first
            if let best { names[best] = name }
        }
        if kind == .items, !names.contains("CREATION_TIMESTAMP") {
            let words = ["creationtimestamp", "createdat", "creationtime"]
            if let place = plain.indices.first(where: { words.contains(plain[$0]) && names[$0] == nil }) { names[place] = "CREATION_TIMESTAMP" }
        }
        for index in headings.indices where names[index] == nil {
            let own = Self.own(headings[index])
            var (name, number) = (own, 1)
            while names.contains(name) {
                number += 1
                name = "\(own)_\(number)"
            }
            names[index] = name
        }
        chosen = names.map { $0 ?? "" }
    }

    /// Whether a data set gives a name its meaning: the `type` of an item is no type of an event.
    private static func has(_ kind: GuessedFile.Kind, _ name: String) -> Bool { kind == .interactions || kind.required.contains(name) }

    private static func own(_ heading: String) -> String {
        let letters = heading.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
        return (letters.first?.isNumber == true || letters.isEmpty ? "_" : "") + String(letters)
    }
}

/// The type of a column, from its name and some of its values.
struct ColumnGuess {
    let name: String
    let kind: GuessedFile.Kind
    /// Whether these are all values of the file.
    private let isWhole: Bool
    private let values: [String]
    /// Those that are not empty.
    private let present: [String]
    /// Whether somebody said what it is called.
    private let isGiven: Bool

    init(name: String, values: [String], kind: GuessedFile.Kind, isWhole: Bool, isGiven: Bool) {
        self.name = name
        self.values = values
        self.kind = kind
        self.isWhole = isWhole
        self.isGiven = isGiven
        present = values.filter { !$0.isEmpty }
    }

    func column(_ heading: String, type given: String?) -> GuessedFile.Column {
        // An event's value is a number: another column that is called so is something else.
        let isNoValue = name == "EVENT_VALUE" && !isGiven && !present.allSatisfy(Self.isNumber)
        var column = GuessedFile.Column(heading: heading, name: isNoValue ? "VALUE" : name, type: given ?? guess(isNoValue))
        let isReserved = ["EVENT_TYPE", "CREATION_TIMESTAMP"].contains(name)
        // What was not looked at may be empty.
        column.isNullable = !isKey && (present.count < values.count || !isWhole && !isReserved)
        guard column.type == "string", !isKey, name != "EVENT_TYPE" else { return column }
        let length = present.reduce(0) { $0 + $1.count } / max(1, present.count)
        column.isTextual = kind == .items && length > 40
        let isOfFew = !present.isEmpty && (Set(present).count <= max(50, present.count / 5) || present.contains { $0.contains("|") })
        column.isCategorical = kind != .interactions && !column.isTextual && isOfFew
        return column
    }

    private var isKey: Bool { kind.required.contains(name) }

    private func guess(_ isNoValue: Bool) -> String {
        switch name {
        case "TIMESTAMP" where isKey, "CREATION_TIMESTAMP": return "long"
        case "EVENT_VALUE" where !isNoValue: return "float"
        case "EVENT_TYPE": return "string"
        default: break
        }
        // Keys are texts, whatever they look like; so is what is called an id, and what has digits that a number would lose.
        guard !isKey, !name.hasSuffix("_ID"), name != "ID", !present.isEmpty, !present.contains(where: Self.isCode) else { return "string" }
        if present.allSatisfy({ $0 == "true" || $0 == "false" }) { return "boolean" }
        guard present.allSatisfy(Self.isNumber) else { return "string" }
        return present.allSatisfy { Int64($0) != nil } ? "long" : "float"
    }

    /// Digits with an optional sign in front, point and exponent: what every reader of CSV takes for a number.
    private static func isNumber(_ text: String) -> Bool {
        guard let first = text.utf8.first, first != UInt8(ascii: "+"), Double(text)?.isFinite == true else { return false }
        return text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || "+-.eE".utf8.contains($0) }
    }

    /// `007`, a postal code or a product's: digits that begin with a zero, or more of them than a number has.
    private static func isCode(_ text: String) -> Bool {
        let isDigits = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return isDigits && (text.hasPrefix("0") && text.count > 1 || text.count > 18)
    }
}
