extension Table {
    /// Puts values in the place of a row, in the order of the columns.
    /// - Returns: nil, or the name of the first column that cannot take its value; then nothing is changed.
    package mutating func replace(row: Int, with values: [Value]) -> String? {
        precondition(values.count == columns.count, "a row of \(values.count) values for \(columns.count) columns")
        for (value, column) in zip(values, columns) {
            var probe = Column(column.spec)
            if !probe.append(value) { return column.spec.name }
        }
        for index in columns.indices { columns[index].replace(row, with: values[index]) }
        return nil
    }
}

extension Column {
    fileprivate mutating func replace(_ row: Int, with value: Value) {
        switch spec.type {
        case .string:
            if case .string(let text) = value { codes[row] = dictionary.intern(text) } else { codes[row] = -1 }
            return
        case .long, .int, .boolean:
            switch value {
            case .long(let number): integers[row] = number
            case .boolean(let flag): integers[row] = flag ? 1 : 0
            default: integers[row] = 0
            }
        case .float, .double:
            switch value {
            case .double(let number): reals[row] = number
            case .long(let number): reals[row] = Double(number)
            default: reals[row] = 0
            }
        }
        if spec.nullable { nulls[row] = value == .null }
    }
}
