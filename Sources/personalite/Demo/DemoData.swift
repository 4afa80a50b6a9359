import Glibc

/// The two files that the story is played on, and what they say to a reader.
struct DemoData {
    let interactionsPath: String
    let itemsPath: String
    let interactions: [UInt8]
    let items: [UInt8]
    let interactionColumns: [String]
    let itemColumns: [String]
    /// What is known of an item, by id.
    let films: [String: Film]
    /// How many rows an item has, by id, and who has how many, by id.
    private let rowsByItem: [String: Int]
    private let rowsByUser: [String: Int]
    private let usersInOrder: [String]
    private let pairs: Set<Pair>

    struct Film {
        var title: String?
        /// Everything else that the items file says, in the order of its columns.
        var facts: [String]
    }

    private struct Pair: Hashable {
        var user: String
        var item: String
    }

    /// Who asks and what is clicked.
    struct Cast {
        var user: String
        var item: String
    }

    /// The files given, or the sample data of the source tree or of the installation.
    static func find(interactions: String?, items: String?) throws(CommandFault) -> DemoData {
        if let interactions {
            guard let items else { throw CommandFault("With --interactions FILE, please give --items FILE as well.") }
            return try DemoData(interactions: interactions, items: items)
        }
        guard items == nil else { throw CommandFault("With --items FILE, please give --interactions FILE as well.") }
        for folder in folders where access("\(folder)/interactions.csv", R_OK) == 0 {
            return try DemoData(interactions: "\(folder)/interactions.csv", items: "\(folder)/items.csv")
        }
        throw CommandFault(
            "The sample data was not found in \(folders.joined(separator: ", ")). Run from the source tree, or give --interactions and --items."
        )
    }

    /// Where the sample data may be: here, beside the build, or installed.
    private static var folders: [String] {
        var name = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let length = readlink("/proc/self/exe", &name, Int(PATH_MAX))
        var built: [String] = []
        if length > 0 {
            // .build/TRIPLE/release/personalite, four levels below the tree.
            let parts = String(decoding: name[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: "/")
            if parts.count > 4 { built.append("/" + parts.dropLast(4).joined(separator: "/") + "/testdata/filmnight") }
            // PREFIX/bin/personalite, as packages have it.
            if parts.count > 1 { built.append("/" + (parts.dropLast(2) + ["share/personalite/filmnight"]).joined(separator: "/")) }
        }
        return ["testdata/filmnight"] + built
    }

    init(interactions interactionsPath: String, items itemsPath: String) throws(CommandFault) {
        self.interactionsPath = interactionsPath
        self.itemsPath = itemsPath
        interactions = try Self.read(interactionsPath)
        items = try Self.read(itemsPath)

        let events = DemoRows(interactions)
        interactionColumns = events.columns
        for name in ["USER_ID", "ITEM_ID", "TIMESTAMP"] where !events.columns.contains(name) {
            throw CommandFault("\(interactionsPath) has no column \(name).")
        }
        let user = events.columns.firstIndex(of: "USER_ID") ?? 0
        let item = events.columns.firstIndex(of: "ITEM_ID") ?? 0
        var byItem: [String: Int] = [:]
        var byUser: [String: Int] = [:]
        var order: [String] = []
        var pairs: Set<Pair> = []
        events.forEach { row in
            guard row.count > max(user, item) else { return }
            byItem[row[item], default: 0] += 1
            if byUser.updateValue((byUser[row[user]] ?? 0) + 1, forKey: row[user]) == nil { order.append(row[user]) }
            pairs.insert(Pair(user: row[user], item: row[item]))
        }
        (rowsByItem, rowsByUser, usersInOrder, self.pairs) = (byItem, byUser, order, pairs)

        let catalogue = DemoRows(items)
        itemColumns = catalogue.columns
        guard let id = catalogue.columns.firstIndex(of: "ITEM_ID") else { throw CommandFault("\(itemsPath) has no column ITEM_ID.") }
        let own = catalogue.columns.firstIndex(of: "TITLE")
        let titles = Self.titles(beside: itemsPath)
        var films: [String: Film] = [:]
        catalogue.forEach { row in
            guard row.count > id else { return }
            let facts = row.indices.filter { $0 != id && $0 != own }.map { row[$0].split(separator: "|").joined(separator: ", ") }
            films[row[id]] = Film(title: own.flatMap { $0 < row.count ? row[$0] : nil } ?? titles[row[id]], facts: facts)
        }
        self.films = films
    }

    /// Whom to watch and what to click when nobody says so: the user and the film of the post, when the data has them.
    func cast(user: String?, item: String?) throws(CommandFault) -> Cast {
        let chosen = user ?? (rowsByUser["429"] == nil ? usersInOrder.max { rowsByUser[$0, default: 0] < rowsByUser[$1, default: 0] } : "429")
        guard let chosen else { throw CommandFault("\(interactionsPath) has no rows.") }
        if let item { return Cast(user: chosen, item: item) }
        if rowsByItem["185"] != nil { return Cast(user: chosen, item: "185") }
        let unseen = rowsByItem.filter { !pairs.contains(Pair(user: chosen, item: $0.key)) }
        let favourite = unseen.max { ($0.value, $1.key) < ($1.value, $0.key) }
        return Cast(user: chosen, item: favourite?.key ?? rowsByItem.keys.min() ?? "")
    }

    /// `Suitcase for Hallowick`, or what there is instead.
    func title(_ item: String) -> String {
        films[item]?.title ?? "item \(item)"
    }

    /// Title and facts in one line.
    func description(_ item: String) -> String {
        let facts = (films[item]?.facts ?? []).filter { !$0.isEmpty }
        return title(item) + (facts.isEmpty ? "" : " (\(facts.joined(separator: "; ")))")
    }

    var interactionCount: Int { rowsByUser.values.reduce(0, +) }

    private static func titles(beside path: String) -> [String: String] {
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        guard let bytes = try? read(folder.isEmpty ? "titles.csv" : "\(folder)/titles.csv") else { return [:] }
        let rows = DemoRows(bytes)
        guard let id = rows.columns.firstIndex(of: "ITEM_ID"), let title = rows.columns.firstIndex(of: "TITLE") else { return [:] }
        var titles: [String: String] = [:]
        rows.forEach { row in if row.count > max(id, title) { titles[row[id]] = row[title] } }
        return titles
    }

    private static func read(_ path: String) throws(CommandFault) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw CommandFault("\(path) cannot be read: \(String(cString: strerror(errno))).") }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = Glibc.read(file, &piece, piece.count)
            guard count >= 0 else { throw CommandFault("\(path) cannot be read: \(String(cString: strerror(errno))).") }
            if count == 0 { return bytes }
            bytes += piece[..<count]
        }
    }
}

/// The rows of a CSV file for showing: quotes are taken off, nothing is checked. The server does the checking.
struct DemoRows {
    let columns: [String]
    private let body: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
        columns = Self.fields(bytes[start..<end])
        body = bytes[min(end + 1, bytes.endIndex)...]
    }

    func forEach(_ visit: ([String]) -> Void) {
        for line in body.split(separator: UInt8(ascii: "\n")) { visit(Self.fields(line)) }
    }

    private static func fields(_ line: ArraySlice<UInt8>) -> [String] {
        var fields: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        for byte in line {
            switch byte {
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: ",") where !isQuoted:
                fields.append(String(decoding: field, as: UTF8.self))
                field.removeAll(keepingCapacity: true)
            case UInt8(ascii: "\r"): break
            default: field.append(byte)
            }
        }
        fields.append(String(decoding: field, as: UTF8.self))
        return fields
    }
}
