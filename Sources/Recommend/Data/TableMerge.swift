extension Table {
    /// What a dataset holds after an import.
    package enum ImportMode: Sendable {
        /// The new rows take the place of all earlier bulk rows.
        case full
        /// The new rows are added; where the kind has a key, a row takes the place of the one with the same id.
        case incremental
    }

    /// This dataset after the import of `fresh`, in the schema of `fresh` (which may have more nullable columns).
    ///
    /// Of several rows with one id the last counts, also within one file. Rows keep the place of their first appearance.
    package func merging(_ fresh: Table, mode: ImportMode, kind: DatasetKind) -> Table {
        let sources = mode == .full ? [fresh] : [self, fresh]
        guard let key = kind.key, let keyColumn = fresh.columnIndex(key) else {
            if mode == .full { return fresh }
            var result = Table(fresh.specs)
            for source in sources { result.append(all: source) }
            return result
        }
        var positions = IdMap()
        var newest: [(source: Int, row: Int)] = []
        for (number, source) in sources.enumerated() {
            guard let ids = source.column(key) else { continue }
            // Each id of a dictionary is looked up once, not once per row.
            let known = (0..<Int32(ids.dictionary.count)).map { positions.intern(ids.dictionary[$0]) }
            for row in 0..<source.rowCount where ids.codes[row] >= 0 {
                let position = Int(known[Int(ids.codes[row])])
                while newest.count <= position { newest.append((-1, -1)) }
                newest[position] = (number, row)
            }
        }
        if mode == .full, newest.count == fresh.rowCount { return fresh }
        precondition(fresh.columns[keyColumn].spec.type == .string, "\(key) is a string")
        var result = Table(fresh.specs)
        let maps = sources.map { result.columnMap(from: $0) }
        for entry in newest where entry.source >= 0 { result.append(row: entry.row, of: sources[entry.source], map: maps[entry.source]) }
        return result
    }

    /// For each column here, the index of the column of the same name and type there.
    private func columnMap(from other: Table) -> [Int?] {
        columns.map { column in other.columns.firstIndex { $0.spec.name == column.spec.name && $0.spec.type == column.spec.type } }
    }

    private mutating func append(row: Int, of other: Table, map: [Int?]) {
        for index in columns.indices {
            guard let source = map[index], columns[index].append(other.columns[source][row]) else {
                columns[index].appendNull()
                continue
            }
        }
        rowCount += 1
    }

    /// Appends all rows, column by column; dictionaries are translated once.
    private mutating func append(all other: Table) {
        let map = columnMap(from: other)
        for index in columns.indices {
            guard let source = map[index] else {
                for _ in 0..<other.rowCount { columns[index].appendNull() }
                continue
            }
            let column = other.columns[source]
            if column.spec.type == .string {
                let translated = (0..<Int32(column.dictionary.count)).map { columns[index].dictionary.intern(column.dictionary[$0]) }
                columns[index].codes.append(contentsOf: column.codes.map { $0 < 0 ? -1 : translated[Int($0)] })
            } else {
                columns[index].integers.append(contentsOf: column.integers)
                columns[index].reals.append(contentsOf: column.reals)
                if columns[index].spec.nullable {
                    for row in 0..<other.rowCount { columns[index].nulls.append(column.isNull(row)) }
                }
            }
        }
        rowCount += other.rowCount
    }
}
