extension Table {
    /// This table without the rows whose value in a column is one of `ids`; texts that only those rows had are gone too.
    /// - Returns: the table, and how many rows were removed.
    package func removing(_ ids: Set<String>, in name: String) -> (table: Table, removed: Int) {
        guard let key = column(name), key.spec.type == .string else { return (self, 0) }
        let goes = (0..<Int32(key.dictionary.count)).map { ids.contains(key.dictionary[$0]) }
        let kept = (0..<rowCount).filter { key.codes[$0] < 0 || !goes[Int(key.codes[$0])] }
        guard kept.count < rowCount else { return (self, 0) }
        var table = Table(specs)
        for index in columns.indices { table.columns[index] = columns[index].gathered(kept) }
        table.rowCount = kept.count
        return (table, rowCount - kept.count)
    }
}

extension Column {
    /// The values of some rows.
    fileprivate func gathered(_ rows: [Int]) -> Column {
        var result = Column(spec)
        if spec.type == .string {
            var translated = [Int32](repeating: -1, count: dictionary.count)
            result.codes.reserveCapacity(rows.count)
            for row in rows {
                guard codes[row] >= 0 else {
                    result.codes.append(-1)
                    continue
                }
                let code = Int(codes[row])
                if translated[code] < 0 { translated[code] = result.dictionary.intern(dictionary[codes[row]]) }
                result.codes.append(translated[code])
            }
            return result
        }
        if !integers.isEmpty { result.integers = rows.map { integers[$0] } }
        if !reals.isEmpty { result.reals = rows.map { reals[$0] } }
        if spec.nullable { for row in rows { result.nulls.append(isNull(row)) } }
        return result
    }
}
