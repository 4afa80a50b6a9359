/// What the rows of a dataset are like, for a person to look at: one pass over each column.
package struct TableSummary: Sendable {
    package let rowCount: Int
    package let columns: [ColumnSummary]
    /// Rows over TIMESTAMP; nil without that column, or without rows.
    package let times: Histogram?
    /// How rows are spread over users and over items, or actions; empty for datasets that are no events.
    package let tails: [Tail]

    /// Rows in bins of equal width.
    package struct Histogram: Sendable, Equatable {
        /// Where the first bin begins and where the last one ends.
        package let least: Double
        package let most: Double
        package let bins: [Int]
    }

    /// A value and how many rows have it.
    package struct ValueCount: Sendable, Equatable {
        package let value: String
        package let count: Int
    }

    package struct ColumnSummary: Sendable {
        package let spec: ColumnSpec
        package internal(set) var nulls = 0
        /// How many different values a string column has; of categories like `a|b` each counts by itself.
        package internal(set) var distinct: Int?
        /// The most frequent values of strings and booleans, the most frequent first; none of prose.
        package internal(set) var top: [ValueCount] = []
        /// Characters of a value on average, of prose.
        package internal(set) var meanLength: Double?
        package internal(set) var mean: Double?
        /// Of numbers.
        package internal(set) var histogram: Histogram?
    }

    /// How unevenly rows are spread over ids.
    package struct Tail: Sendable {
        package let column: String
        package let ids: Int
        /// How many ids have a single row.
        package let once: Int
        /// The number of rows of the id of a rank, from 1; ranks grow by about a seventh from one to the next.
        package let curve: [(rank: Int, count: Int)]
        /// Which share of the rows the most frequent share of the ids has.
        package let shares: [(ids: Double, rows: Double)]
    }

    private static let shownValues = 10
    /// Of a value in `top`; texts of others may be of any length.
    private static let shownCharacters = 200
    private static let bins = 24
    private static let timeBins = 60

    package init(_ table: Table) {
        rowCount = table.rowCount
        var times: Histogram?
        var tails: [Tail] = []
        columns = table.columns.map { column in
            let counts = column.spec.type == .string ? Self.counts(column) : []
            if column.spec.name == "TIMESTAMP", column.spec.type == .long { times = Self.histogram(column, bins: Self.timeBins) }
            if Self.owners.contains(column.spec.name), table.column("TIMESTAMP") != nil, let tail = Tail(column.spec.name, counts) {
                tails.append(tail)
            }
            return Self.summary(column, counts)
        }
        self.times = times
        self.tails = tails
    }

    private static let owners: Set<String> = ["USER_ID", "ITEM_ID", "ACTION_ID"]

    /// Rows per entry of the dictionary.
    private static func counts(_ column: Column) -> [Int] {
        var counts = [Int](repeating: 0, count: column.dictionary.count)
        for code in column.codes where code >= 0 { counts[Int(code)] += 1 }
        return counts
    }

    private static func summary(_ column: Column, _ counts: [Int]) -> ColumnSummary {
        var summary = ColumnSummary(spec: column.spec)
        switch column.spec.type {
        case .string:
            summary.nulls = column.codes.count { $0 < 0 }
            summarize(column, counts, &summary)
        case .boolean:
            summary.nulls = nulls(column)
            let yes = column.integers.indices.count { column.integers[$0] != 0 && !column.isNull($0) }
            let no = column.integers.count - summary.nulls - yes
            summary.top = [ValueCount(value: "true", count: yes), ValueCount(value: "false", count: no)].filter { $0.count > 0 }
                .sorted { $0.count > $1.count }
        case .long, .int, .float, .double:
            summary.nulls = nulls(column)
            summary.histogram = histogram(column, bins: bins)
            summary.mean = mean(column)
        }
        return summary
    }

    private static func summarize(_ column: Column, _ counts: [Int], _ summary: inout ColumnSummary) {
        if column.spec.textual {
            summary.distinct = counts.count { $0 > 0 }
            let rows = counts.reduce(0, +)
            var characters = 0
            for (code, count) in counts.enumerated() where count > 0 { characters += count * column.dictionary[Int32(code)].unicodeScalars.count }
            summary.meanLength = rows == 0 ? nil : Double(characters) / Double(rows)
            return
        }
        guard column.spec.categorical else {
            summary.distinct = counts.count { $0 > 0 }
            summary.top = top(counts).map { ValueCount(value: shown(column.dictionary[Int32($0)]), count: counts[$0]) }
            return
        }
        var elements = IdMap()
        var rows: [Int] = []
        for (code, count) in counts.enumerated() where count > 0 {
            for element in column.dictionary[Int32(code)].split(separator: "|") {
                let index = Int(elements.intern(String(element)))
                if index == rows.count { rows.append(0) }
                rows[index] += count
            }
        }
        summary.distinct = elements.count
        summary.top = top(rows).map { ValueCount(value: shown(elements[Int32($0)]), count: rows[$0]) }
    }

    private static func shown(_ text: String) -> String { text.count > shownCharacters ? text.prefix(shownCharacters) + "…" : text }

    /// The places of the greatest numbers above 0, the greatest first.
    private static func top(_ counts: [Int]) -> [Int] {
        var best: [Int] = []
        for (index, count) in counts.enumerated() where count > 0 {
            if best.count == shownValues, let last = best.last, counts[last] >= count { continue }
            best.insert(index, at: best.firstIndex { counts[$0] < count } ?? best.count)
            if best.count > shownValues { best.removeLast() }
        }
        return best
    }

    private static func nulls(_ column: Column) -> Int {
        guard column.spec.nullable else { return 0 }
        return (0..<max(column.integers.count, column.reals.count)).count { column.isNull($0) }
    }

    /// Calls `body` with each number of a column that is one.
    private static func forEach(_ column: Column, _ body: (Double) -> Void) {
        let isReal = column.spec.type == .float || column.spec.type == .double
        for row in 0..<(isReal ? column.reals.count : column.integers.count) where !column.isNull(row) {
            let value = isReal ? column.reals[row] : Double(column.integers[row])
            if value.isFinite { body(value) }
        }
    }

    private static func mean(_ column: Column) -> Double? {
        var (count, mean) = (0, 0.0)
        forEach(column) {
            count += 1
            // Never more than the greatest of them, so that no sum overflows.
            mean += $0 / Double(count) - mean / Double(count)
        }
        return count == 0 ? nil : mean
    }

    /// Whole numbers close together have a bin each.
    static func histogram(_ column: Column, bins: Int) -> Histogram? {
        var (least, most) = (Double.infinity, -Double.infinity)
        forEach(column) { (least, most) = (min(least, $0), max(most, $0)) }
        guard least <= most else { return nil }
        let isWhole = column.spec.type == .long || column.spec.type == .int
        var (count, end) = (bins, most)
        if isWhole, most - least < Double(bins) {
            (count, end) = (Int(most - least) + 1, most + 1)
        } else if least == most {
            return Histogram(least: least, most: most, bins: [rows(column)])
        }
        var found = [Int](repeating: 0, count: count)
        // Halves, for the distance of two numbers may be more than a number can be.
        let span = end / 2 - least / 2
        forEach(column) { value in
            let place = (value / 2 - least / 2) / span * Double(count)
            found[min(count - 1, max(0, place.isFinite ? Int(min(place, Double(count))) : 0))] += 1
        }
        return Histogram(least: least, most: end, bins: found)
    }

    private static func rows(_ column: Column) -> Int {
        var count = 0
        forEach(column) { _ in count += 1 }
        return count
    }
}

extension TableSummary.Tail {
    private static let shownShares = [0.01, 0.1, 0.2, 0.5]

    /// - Parameter counts: rows per id; nil when there are none.
    init?(_ column: String, _ counts: [Int]) {
        let sorted = counts.filter { $0 > 0 }.sorted(by: >)
        let total = sorted.reduce(0, +)
        guard total > 0 else { return nil }
        self.column = column
        ids = sorted.count
        once = sorted.count { $0 == 1 }
        var curve: [(rank: Int, count: Int)] = []
        var rank = 1
        while rank < sorted.count {
            curve.append((rank, sorted[rank - 1]))
            rank = max(rank + 1, rank * 8 / 7)
        }
        curve.append((sorted.count, sorted[sorted.count - 1]))
        self.curve = curve
        shares = Self.shownShares.map { share in
            let first = max(1, Int((Double(sorted.count) * share).rounded()))
            return (share, Double(sorted.prefix(first).reduce(0, +)) / Double(total))
        }
    }
}
