/// One value of a table.
package enum Value: Sendable, Equatable {
    case null
    case string(String)
    case long(Int64)
    case double(Double)
    case boolean(Bool)
}

/// One column: strings as codes into a dictionary, whole numbers and booleans as Int64, the others as Double.
package struct Column: Sendable {
    package let spec: ColumnSpec
    /// For strings: one code per row, -1 for null.
    package internal(set) var codes: [Int32] = []
    package internal(set) var dictionary = IdMap()
    /// For long, int and boolean (0 and 1): one number per row, 0 for null.
    package internal(set) var integers: [Int64] = []
    /// For float and double: one number per row, 0 for null.
    package internal(set) var reals: [Double] = []
    /// For nullable columns that are not strings: the rows that are null.
    var nulls = Bitset()

    init(_ spec: ColumnSpec) { self.spec = spec }

    package func isNull(_ row: Int) -> Bool {
        if spec.type == .string { return codes[row] < 0 }
        return spec.nullable && nulls[row]
    }

    package subscript(_ row: Int) -> Value {
        if isNull(row) { return .null }
        switch spec.type {
        case .string: return .string(dictionary[codes[row]])
        case .long, .int: return .long(integers[row])
        case .boolean: return .boolean(integers[row] != 0)
        case .float, .double: return .double(reals[row])
        }
    }

    mutating func appendNull() {
        switch spec.type {
        case .string: codes.append(-1)
        case .long, .int, .boolean:
            integers.append(0)
            if spec.nullable { nulls.append(true) }
        case .float, .double:
            reals.append(0)
            if spec.nullable { nulls.append(true) }
        }
    }

    mutating func append(text: UnsafeBufferPointer<UInt8>) { codes.append(dictionary.intern(text)) }

    mutating func append(integer: Int64) {
        integers.append(integer)
        if spec.nullable { nulls.append(false) }
    }

    mutating func append(real: Double) {
        reals.append(real)
        if spec.nullable { nulls.append(false) }
    }

    /// Appends a value; false, and nothing appended, when it is not of the column's type.
    mutating func append(_ value: Value) -> Bool {
        switch (value, spec.type) {
        case (.null, _) where spec.nullable: appendNull()
        case (.string(let text), .string): codes.append(dictionary.intern(text))
        case (.long(let number), .long): append(integer: number)
        case (.long(let number), .int) where Int32(exactly: number) != nil: append(integer: number)
        case (.boolean(let flag), .boolean): append(integer: flag ? 1 : 0)
        case (.double(let number), .float), (.double(let number), .double): append(real: number)
        case (.long(let number), .float), (.long(let number), .double): append(real: Double(number))
        default: return false
        }
        return true
    }
}

/// A dataset in columns. Rows keep the order in which they came.
package struct Table: Sendable {
    package internal(set) var columns: [Column]
    package internal(set) var rowCount = 0

    package init(_ specs: [ColumnSpec]) { columns = specs.map(Column.init) }

    package var specs: [ColumnSpec] { columns.map(\.spec) }

    package func column(_ name: String) -> Column? { columns.first { $0.spec.name == name } }

    package func columnIndex(_ name: String) -> Int? { columns.firstIndex { $0.spec.name == name } }

    package subscript(row: Int, column: Int) -> Value { columns[column][row] }

    /// Appends one row, values in the order of the columns.
    /// - Returns: nil, or the name of the first column that cannot take its value; then nothing is appended.
    package mutating func append(_ values: [Value]) -> String? {
        precondition(values.count == columns.count, "a row of \(values.count) values for \(columns.count) columns")
        for (value, column) in zip(values, columns) {
            var probe = Column(column.spec)
            if !probe.append(value) { return column.spec.name }
        }
        for index in columns.indices { _ = columns[index].append(values[index]) }
        rowCount += 1
        return nil
    }
}
