/// What the metadata of entities (items or users) say: for each a sparse vector of length 1, weighted by TF-IDF.
///
/// A categorical value `a|b` gives one token per class, a number the token of its tenth of all values, a text its words. A token that
/// all entities have distinguishes none and weighs nothing. The similarity of two entities is the inner product of their vectors.
struct Features: Sendable {
    /// Which columns of a table are read, and how.
    enum Reading: Sendable {
        /// Classes, tenths of numbers, and the words of texts.
        case metadata
        /// All words.
        case text
        /// Classes and tenths of numbers: what a segment can be asked for.
        case attributes
    }

    /// Tokens, as `COLUMN\u{1f}value`.
    let tokens: IdMap
    /// log(entities / entities with the token), per token.
    let rarity: [Float]
    /// Entity × token, tokens ascending.
    let rows: CompressedSparseRows
    /// One per entry of `rows`.
    let weights: [Float]
    /// The upper borders of the tenths of each numeric column.
    let borders: [String: [Double]]
    let reading: Reading

    var count: Int { rows.rowCount }

    init(tokens: IdMap, rarity: [Float], rows: CompressedSparseRows, weights: [Float], borders: [String: [Double]], reading: Reading) {
        self.tokens = tokens
        self.rarity = rarity
        self.rows = rows
        self.weights = weights
        self.borders = borders
        self.reading = reading
    }

    /// - Parameter entities: the ids to describe; those without a row have no tokens.
    init(_ table: Table?, key: String, entities: IdMap, reading: Reading = .metadata, learns: (String) -> Bool = { _ in true }) {
        var borders: [String: [Double]] = [:]
        var tokens = IdMap()
        var bags = [[(token: Int32, weight: Float)]](repeating: [], count: entities.count)
        if let table, let ids = table.column(key) {
            let columns = table.columns.filter { $0.spec.name != key && learns($0.spec.name) }
            for column in columns where Self.isNumeric(column, reading) { borders[column.spec.name] = Self.tenths(column) }
            let known = borders
            let blocks = Threads.parallelMap(table.rowCount, size: 512) { rows in
                var block = Block()
                for row in rows where ids.codes[row] >= 0 {
                    guard let entity = entities.index(of: ids.dictionary[ids.codes[row]]) else { continue }
                    let bag = Self.read(table, row: row, columns: columns, borders: known, reading: reading).map {
                        (token: block.tokens.intern($0.0), weight: $0.1)
                    }
                    block.bags.append((entity, bag))
                }
                return block
            }
            // Block after block, so that tokens are numbered in the order of the table.
            for block in blocks ?? [] {
                let moved = (0..<Int32(block.tokens.count)).map { tokens.intern(block.tokens, $0) }
                for (entity, bag) in block.bags { bags[Int(entity)] = bag.map { (moved[Int($0.token)], $0.weight) } }
            }
        }
        var having = [Int](repeating: 0, count: tokens.count)
        for bag in bags { for (token, _) in bag { having[Int(token)] += 1 } }
        let described = Double(bags.count { !$0.isEmpty })
        let rarity = having.map { Float(Platform.log((described + 1) / (Double($0) + 0.5))) }
        let bagged = bags
        let vectors = Threads.parallelMap(bagged.count, size: 1024) { range in range.map { Self.vector(bagged[$0], rarity) } } ?? []
        var rows = CompressedSparseRows()
        var weights: [Float] = []
        for vector in vectors.joined() {
            rows.append(vector.lazy.map(\.token))
            weights.append(contentsOf: vector.lazy.map(\.weight))
        }
        self.init(tokens: tokens, rarity: rarity, rows: rows, weights: weights, borders: borders, reading: reading)
    }

    /// Some rows of a table, with tokens of their own.
    private struct Block: Sendable {
        var tokens = IdMap()
        var bags: [(entity: Int32, bag: [(token: Int32, weight: Float)])] = []
    }

    /// The vector of the entity `index`.
    func vector(_ index: Int) -> [(token: Int32, weight: Float)] {
        rows.entries(of: index).map { (rows.columns[$0], weights[$0]) }
    }

    /// The vector of a row that came later; tokens never seen before are left out.
    func vector(_ table: Table, row: Int, key: String) -> [(token: Int32, weight: Float)] {
        let tokens = Self.read(table, row: row, columns: table.columns.filter { $0.spec.name != key }, borders: borders, reading: reading)
        return Self.vector(tokens.compactMap { token, times in self.tokens.index(of: token).map { ($0, times) } }, rarity)
    }

    /// The token of an attribute as a query names it, if any entity has it: a class, or a number, which stands for its tenth.
    func token(column: String, value: String) -> Int32? {
        let column = column.uppercased()
        guard let borders = borders[column] else { return tokens.index(of: Conditions.token(column, value)) }
        guard let number = Double(value), number.isFinite else { return nil }
        return tokens.index(of: Conditions.token(column, "\(Self.tenth(number, borders))"))
    }

    /// Which tenth a number lies in, from 0.
    private static func tenth(_ number: Double, _ borders: [Double]) -> Int { borders.count { $0 <= number } }

    /// The same with more entities after the known ones.
    func appending(_ vectors: [[(token: Int32, weight: Float)]]) -> Features {
        var rows = rows
        var weights = weights
        for vector in vectors {
            rows.append(vector.lazy.map(\.token))
            weights.append(contentsOf: vector.lazy.map(\.weight))
        }
        return Features(tokens: tokens, rarity: rarity, rows: rows, weights: weights, borders: borders, reading: reading)
    }

    /// Sorted by token, of length 1.
    /// - Parameter bag: each token once.
    private static func vector(_ bag: [(token: Int32, weight: Float)], _ rarity: [Float]) -> [(token: Int32, weight: Float)] {
        let raw = bag.sorted { $0.token < $1.token }.map { (token: $0.token, weight: $0.weight * max(rarity[Int($0.token)], 0)) }
            .filter { $0.weight > 0 }
        let length = raw.reduce(Float(0)) { $0 + $1.weight * $1.weight }.squareRoot()
        return length == 0 ? [] : raw.map { ($0.token, $0.weight / length) }
    }

    private static func isNumeric(_ column: Column, _ reading: Reading) -> Bool {
        guard reading != .text, column.spec.name != "CREATION_TIMESTAMP" else { return false }
        return column.spec.type != .string && column.spec.type != .boolean
    }

    private static func number(_ column: Column, _ row: Int) -> Double? {
        if column.isNull(row) { return nil }
        return column.integers.isEmpty ? column.reals[row] : Double(column.integers[row])
    }

    private static func tenths(_ column: Column) -> [Double] {
        let count = max(column.integers.count, column.reals.count)
        let values = (0..<count).compactMap { number(column, $0) }.sorted()
        guard !values.isEmpty else { return [] }
        return (1...9).map { values[min(values.count - 1, values.count * $0 / 10)] }
    }

    private static func read(
        _ table: Table,
        row: Int,
        columns: [Column],
        borders: [String: [Double]],
        reading: Reading
    ) -> [(String, Float)] {
        var tokens: [(String, Float)] = []
        for column in columns where !column.isNull(row) {
            let spec = column.spec
            if spec.type == .string {
                let text = column.dictionary[column.codes[row]]
                if spec.categorical, reading != .text {
                    for name in Set(text.split(separator: "|")).sorted() { tokens.append(("\(spec.name)\u{1f}\(name)", 1)) }
                } else if reading == .attributes {
                    continue
                } else if spec.textual || (reading == .text && !spec.categorical) {
                    tokens += Words.counted(text).map { ("\u{1f}\($0.word)", Float(1 + Platform.log(Double($0.times)))) }
                } else if reading == .text {
                    tokens += Words.counted(text).map { ("\u{1f}\($0.word)", 0.5) }
                }
            } else if let borders = borders[spec.name], let value = number(column, row) {
                tokens.append(("\(spec.name)\u{1f}\(tenth(value, borders))", 1))
            }
        }
        // A word may stand in several columns; the last one counts, in the order of columns.
        return Array(Dictionary(tokens, uniquingKeysWith: { max($0, $1) })).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

/// The words of a text: runs of letters and digits, without case, plural endings cut.
enum Words {
    /// In the order of the words.
    static func counted(_ text: String) -> [(word: String, times: Int)] {
        if let words = plain(text) { return words }
        var times: [String: Int] = [:]
        for word in text.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber }) where word.count > 1 {
            times[stem(word), default: 0] += 1
        }
        return times.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The same for a text of ASCII alone, byte by byte; nil for any other.
    private static func plain(_ text: String) -> [(word: String, times: Int)]? {
        var text = text
        return text.withUTF8 { bytes in
            var words: [String] = []
            var word: [UInt8] = []
            func end() {
                defer { word.removeAll(keepingCapacity: true) }
                if word.count < 2 { return }
                // As `stem` does.
                if word.count > 4, word.suffix(3).elementsEqual("ies".utf8) {
                    word.removeLast(3)
                    word.append(UInt8(ascii: "y"))
                } else if word.count > 3, word[word.count - 1] == UInt8(ascii: "s"), word[word.count - 2] != UInt8(ascii: "s") {
                    word.removeLast()
                }
                words.append(String(decoding: word, as: UTF8.self))
            }
            for byte in bytes {
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): word.append(byte)
                case UInt8(ascii: "A")...UInt8(ascii: "Z"): word.append(byte | 0x20)
                case 0x80...: return nil
                default: end()
                }
            }
            end()
            words.sort()
            var counted: [(word: String, times: Int)] = []
            for word in words {
                if counted.last?.word == word { counted[counted.count - 1].times += 1 } else { counted.append((word, 1)) }
            }
            return counted
        }
    }

    private static func stem(_ word: Substring) -> String {
        if word.count > 4, word.hasSuffix("ies") { return word.dropLast(3) + "y" }
        if word.count > 3, word.hasSuffix("s"), !word.hasSuffix("ss") { return String(word.dropLast()) }
        return String(word)
    }
}
