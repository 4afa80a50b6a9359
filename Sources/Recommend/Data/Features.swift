/// What is known of things by their metadata: for each a sparse vector of length 1, weighted by TF-IDF.
///
/// A categorical value `a|b` gives one token per class, a number the token of its tenth of all values, a text its words. A token that
/// everything has says nothing and weighs nothing. Likeness of two things is the inner product of their vectors.
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
    /// log(things / things with the token), per token.
    let rarity: [Float]
    /// Thing × token, tokens ascending.
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

    /// - Parameter things: the ids to describe; those without a row have no tokens.
    init(_ table: Table?, key: String, things: IdMap, reading: Reading = .metadata, learns: (String) -> Bool = { _ in true }) {
        var borders: [String: [Double]] = [:]
        var tokens = IdMap()
        var bags = [[Int32: Float]](repeating: [:], count: things.count)
        if let table, let ids = table.column(key) {
            let columns = table.columns.filter { $0.spec.name != key && learns($0.spec.name) }
            for column in columns where Self.isNumeric(column, reading) { borders[column.spec.name] = Self.tenths(column) }
            for row in 0..<table.rowCount where ids.codes[row] >= 0 {
                guard let thing = things.index(of: ids.dictionary[ids.codes[row]]) else { continue }
                bags[Int(thing)] = [:]
                for (token, times) in Self.read(table, row, columns, borders, reading) { bags[Int(thing)][tokens.intern(token)] = times }
            }
        }
        var having = [Int](repeating: 0, count: tokens.count)
        for bag in bags { for token in bag.keys { having[Int(token)] += 1 } }
        let described = Double(bags.count { !$0.isEmpty })
        let rarity = having.map { Float(Platform.log((described + 1) / (Double($0) + 0.5))) }
        var rows = CompressedSparseRows()
        var weights: [Float] = []
        for bag in bags {
            let vector = Self.vector(bag, rarity)
            rows.append(vector.lazy.map(\.token))
            weights.append(contentsOf: vector.lazy.map(\.weight))
        }
        self.init(tokens: tokens, rarity: rarity, rows: rows, weights: weights, borders: borders, reading: reading)
    }

    /// The vector of thing `index`.
    func vector(_ index: Int) -> [(token: Int32, weight: Float)] {
        rows.entries(of: index).map { (rows.columns[$0], weights[$0]) }
    }

    /// The vector of a row that came later; tokens never seen before are left out.
    func vector(_ table: Table, row: Int, key: String) -> [(token: Int32, weight: Float)] {
        var bag: [Int32: Float] = [:]
        for (token, times) in Self.read(table, row, table.columns.filter { $0.spec.name != key }, borders, reading) {
            if let known = tokens.index(of: token) { bag[known] = times }
        }
        return Self.vector(bag, rarity)
    }

    /// The token of an attribute as a question names it, if any thing has it: a class, or a number, which stands for its tenth.
    func token(column: String, value: String) -> Int32? {
        let column = column.uppercased()
        guard let borders = borders[column] else { return tokens.index(of: Conditions.token(column, value)) }
        guard let number = Double(value), number.isFinite else { return nil }
        return tokens.index(of: Conditions.token(column, "\(Self.tenth(number, borders))"))
    }

    /// Which tenth a number lies in, from 0.
    private static func tenth(_ number: Double, _ borders: [Double]) -> Int { borders.count { $0 <= number } }

    /// These things and more, after them.
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
    private static func vector(_ bag: [Int32: Float], _ rarity: [Float]) -> [(token: Int32, weight: Float)] {
        let raw = bag.sorted { $0.key < $1.key }.map { (token: $0.key, weight: $0.value * max(rarity[Int($0.key)], 0)) }.filter { $0.weight > 0 }
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
        _ row: Int,
        _ columns: [Column],
        _ borders: [String: [Double]],
        _ reading: Reading
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
        var times: [String: Int] = [:]
        for word in text.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber }) where word.count > 1 {
            times[stem(word), default: 0] += 1
        }
        return times.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static func stem(_ word: Substring) -> String {
        if word.count > 4, word.hasSuffix("ies") { return word.dropLast(3) + "y" }
        if word.count > 3, word.hasSuffix("s"), !word.hasSuffix("ss") { return String(word.dropLast()) }
        return String(word)
    }
}
