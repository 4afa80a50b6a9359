/// Reads CSV as AWS's page "Data format guidelines" describes it into a `Table`, fed in pieces of any size.
///
/// Each file has a header of its own; columns are found by name, in any order, and extra columns are ignored. One record is one physical
/// line. A value may stand in double quotes; inside them `\"`, `\\` and `""` are escapes. Memory: the table plus one line.
package struct CSVImport: ~Copyable {
    /// Longer lines are refused: no legal row comes near (100 columns of 1000 characters, one text of 20,000).
    static let longestLine = 4 << 20

    let specs: [ColumnSpec]
    let limits: [LengthLimit]
    private let minimumRows: Int
    private let toleratedShare: Double
    private var table: Table
    private var file = ""
    private var line = 0
    private var partial: [UInt8] = []
    /// Per field of the header, the column it fills, or -1.
    private var targets: [Int] = []
    private var row: CSVRow
    private var staged: [StagedValue]
    private var reason: String?
    private var badRows: [BadRow] = []
    /// Rows that were left out.
    private var badRowCount = 0
    /// Rows that were kept with a null in the place of a value.
    private var mendedRowCount = 0
    private var isHopeless = false

    /// - Parameters:
    ///   - minimumRows: fewer rows fail the import; the service wants 1000 for interactions, 0 turns the rule off.
    ///   - toleratedShare: of all rows, how many may fail to conform. Such a row is kept with null where its column may be null, and left out
    ///     otherwise. With 0 the first one fails the import.
    package init(_ specs: [ColumnSpec], minimumRows: Int = 0, toleratedShare: Double = 0) {
        self.specs = specs
        self.minimumRows = minimumRows
        self.toleratedShare = toleratedShare
        limits = specs.map(LengthLimit.init)
        table = Table(specs)
        row = CSVRow()
        staged = [StagedValue](repeating: .null, count: specs.count)
    }

    /// Begins a file; its first line is a header.
    package mutating func startFile(_ name: String) {
        finishLine()
        file = name
        line = 0
    }

    package mutating func feed(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { feed($0) }
    }

    package mutating func feed(_ bytes: UnsafeBufferPointer<UInt8>) {
        var start = 0
        while start < bytes.count, !isHopeless {
            var end = start
            while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
            let piece = UnsafeBufferPointer(rebasing: bytes[start..<end])
            if end == bytes.count {
                partial.append(contentsOf: piece)
                if partial.count > Self.longestLine { giveUp("the line is longer than \(Self.longestLine) bytes") }
                return
            }
            if partial.isEmpty {
                read(piece)
            } else {
                partial.append(contentsOf: piece)
                finishLine()
            }
            start = end + 1
        }
    }

    /// The table, or why there is none.
    package consuming func finish() throws(ImportFailure) -> Table {
        try finishWithReport().table
    }

    /// The table and the rows that did not conform, or why there is no table.
    package consuming func finishWithReport() throws(ImportFailure) -> (table: Table, odd: OddRows) {
        finishLine()
        let total = table.rowCount + badRowCount
        if reason == nil, Double(badRowCount + mendedRowCount) > toleratedShare * Double(total) { reason = ImportFailure.nonconforming }
        if reason == nil, line == 0, table.rowCount == 0 { reason = ImportFailure.missingColumns(specs.map(\.name)) }
        if reason == nil, table.rowCount < minimumRows { reason = ImportFailure.tooFewRows(minimumRows, table.rowCount) }
        if let reason {
            let first = Array(badRows.prefix(ImportFailure.namedRows))
            throw ImportFailure(reason: reason, badRowCount: badRowCount + mendedRowCount, badRows: first)
        }
        return (table, OddRows(total: total, leftOut: badRowCount, mended: mendedRowCount, first: badRows))
    }

    /// Rows accepted so far, for progress.
    package var rowCount: Int { table.rowCount }

    private mutating func finishLine() {
        guard !partial.isEmpty else { return }
        var text: [UInt8] = []
        swap(&text, &partial)
        text.withUnsafeBufferPointer { read($0) }
        text.removeAll(keepingCapacity: true)
        swap(&text, &partial)
    }

    private mutating func read(_ whole: UnsafeBufferPointer<UInt8>) {
        line += 1
        var text = whole
        if text.last == UInt8(ascii: "\r") { text = UnsafeBufferPointer(rebasing: text.dropLast()) }
        if line == 1, text.starts(with: [0xef, 0xbb, 0xbf]) { text = UnsafeBufferPointer(rebasing: text.dropFirst(3)) }
        if line == 1 { return readHeader(text) }
        if text.isEmpty { return }
        if let fault = row.split(text) { return refuse(fault) }
        guard row.fields.count == targets.count else {
            return refuse("the row has \(row.fields.count) values, the header \(targets.count)")
        }
        var mended: String?
        for field in 0..<targets.count where targets[field] >= 0 {
            let column = targets[field]
            switch StagedValue.read(row.fields[field], as: specs[column], limit: limits[column]) {
            case .value(let value): staged[column] = value
            case .wrong(let fault):
                let fault = "\(specs[column].name): \(fault)"
                guard toleratedShare > 0, specs[column].nullable else { return refuse(fault) }
                mended = mended ?? fault
                staged[column] = .null
            case .tooLong(let limit):
                return fail("\(specs[column].name): longer than \(limit) characters", ImportFailure.tooLong(limit, specs[column].name))
            }
        }
        // Once a row is bad the table is lost: later rows are only checked.
        if reason != nil { return }
        for column in 0..<staged.count {
            switch staged[column] {
            case .null: table.columns[column].appendNull()
            case .text(let bytes): table.columns[column].append(text: bytes)
            case .integer(let number): table.columns[column].append(integer: number)
            case .real(let number): table.columns[column].append(real: number)
            }
        }
        table.rowCount += 1
        if let mended {
            mendedRowCount += 1
            note(mended)
        }
    }

    private mutating func readHeader(_ text: UnsafeBufferPointer<UInt8>) {
        if let fault = row.split(text) { return giveUp(fault) }
        let names = row.fields.map { String(decoding: $0, as: UTF8.self) }
        targets = names.map { name in specs.firstIndex { $0.name == name } ?? -1 }
        let missing = specs.filter { !names.contains($0.name) }.map(\.name)
        if !missing.isEmpty { return giveUp("missing columns", ImportFailure.missingColumns(missing)) }
        let used = targets.filter { $0 >= 0 }
        if Set(used).count != used.count { giveUp("a column appears twice in the header") }
    }

    /// A row that is left out, and fails the import where none may be.
    private mutating func refuse(_ fault: String) {
        guard toleratedShare > 0 else { return fail(fault) }
        badRowCount += 1
        note(fault)
    }

    /// Fails the import, whatever share is tolerated.
    private mutating func fail(_ fault: String, _ sentence: String = ImportFailure.nonconforming) {
        if reason == nil {
            reason = sentence
            table = Table(specs)
        }
        badRowCount += 1
        note(fault)
    }

    private mutating func note(_ fault: String) {
        if badRows.count < OddRows.named { badRows.append(BadRow(file: file, line: line, reason: fault)) }
    }

    /// Nothing after this can be read with sense.
    private mutating func giveUp(_ fault: String, _ sentence: String = ImportFailure.nonconforming) {
        fail(fault, sentence)
        partial = []
        isHopeless = true
    }
}
