/// Tables on disk.
extension Table {
    private static let kind = "TABL"
    private static let version: UInt32 = 1

    /// - Parameter owner: the id of the dataset.
    package func save(to path: String, owner: Int64? = nil) throws(FileFailure) {
        var file = try ArrayFileWriter(path: path, kind: Self.kind, version: Self.version)
        file.write(owner: owner)
        file.write("SIZE", [Int64(columns.count), Int64(rowCount)])
        for (index, column) in columns.enumerated() {
            let mark = Self.mark(index)
            let spec = column.spec
            file.write("N" + mark, Array(spec.name.utf8))
            file.write("T" + mark, [spec.type.rawValue, spec.nullable ? 1 : 0, spec.categorical ? 1 : 0, spec.textual ? 1 : 0])
            switch spec.type {
            case .string:
                file.write("C" + mark, column.codes)
                file.write("B" + mark, column.dictionary.bytes)
                file.write("S" + mark, column.dictionary.starts)
            case .long, .int, .boolean: file.write("I" + mark, column.integers)
            case .float, .double: file.write("R" + mark, column.reals)
            }
            if spec.nullable, spec.type != .string { file.write("0" + mark, column.nulls.words) }
        }
        try file.commit()
    }

    /// - Parameter owner: whose file it should be; nil takes any.
    package static func load(from path: String, owner: Int64? = nil) throws(FileFailure) -> Table {
        let file = try ArrayFileReader(path: path, kind: kind, versions: version...version)
        try file.check(owner: owner)
        let size = try file.array("SIZE", of: Int64.self)
        guard size.count == 2, (0...999).contains(size[0]), size[1] >= 0 else { throw file.failure("has an impossible size") }
        let rows = Int(size[1])
        var table = Table([])
        for index in 0..<Int(size[0]) {
            let mark = Self.mark(index)
            let traits = try file.array("T" + mark, of: UInt8.self)
            guard traits.count == 4, let type = ColumnType(rawValue: traits[0]) else { throw file.failure("has a column of unknown type") }
            let name = String(decoding: try file.array("N" + mark, of: UInt8.self), as: UTF8.self)
            var column = Column(ColumnSpec(name, type, nullable: traits[1] != 0, categorical: traits[2] != 0, textual: traits[3] != 0))
            switch type {
            case .string:
                column.codes = try file.array("C" + mark, of: Int32.self)
                let starts = try file.array("S" + mark, of: Int.self)
                guard let dictionary = IdMap(bytes: try file.array("B" + mark, of: UInt8.self), starts: starts),
                    column.codes.allSatisfy({ $0 >= -1 && Int($0) < dictionary.count })
                else { throw file.failure("has a broken dictionary for \(name)") }
                column.dictionary = dictionary
            case .long, .int, .boolean: column.integers = try file.array("I" + mark, of: Int64.self)
            case .float, .double: column.reals = try file.array("R" + mark, of: Double.self)
            }
            var whole = column.codes.count + column.integers.count + column.reals.count == rows
            if whole, column.spec.nullable, type != .string {
                let words = try file.array("0" + mark, of: UInt64.self)
                whole = words.count == (rows + 63) / 64
                if whole { column.nulls = Bitset(count: rows, words: words) }
            }
            guard whole else { throw file.failure("has a column \(name) of another length") }
            table.columns.append(column)
        }
        table.rowCount = rows
        return table
    }

    private static func mark(_ index: Int) -> String {
        let digits = String(index)
        return String(repeating: "0", count: 3 - digits.count) + digits
    }
}
