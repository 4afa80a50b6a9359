import Recommend
import ServiceKit

/// Rows as the CSV that imports read: a header of column names, one record a line, identical records once.
struct CSVText {
    private(set) var bytes: [UInt8]
    private(set) var rowCount = 0
    private var known: Set<[UInt8]> = []

    init(_ columns: [ColumnSpec]) {
        bytes = Array((columns.map(\.name).joined(separator: ",") + "\n").utf8)
    }

    mutating func append(_ table: Table) {
        for row in 0..<table.rowCount {
            var line: [UInt8] = []
            for column in table.columns.indices {
                if column > 0 { line.append(UInt8(ascii: ",")) }
                Self.write(table[row, column], to: &line)
            }
            line.append(UInt8(ascii: "\n"))
            guard known.insert(line).inserted else { continue }
            bytes += line
            rowCount += 1
        }
    }

    private static func write(_ value: Value, to line: inout [UInt8]) {
        switch value {
        case .null: return
        case .string(let text): write(text, to: &line)
        case .long(let number): line += Array(String(number).utf8)
        case .double(let number): line += Array(String(number).utf8)
        case .boolean(let flag): line += Array((flag ? "true" : "false").utf8)
        }
    }

    /// Within quotes a backslash stands before quotes and backslashes; an empty text is quoted, for nothing at all is null. A line break cannot
    /// be written, for a record is a line: a space stands in its place.
    private static func write(_ text: String, to line: inout [UInt8]) {
        let special: Set<UInt8> = [UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "\n"), UInt8(ascii: "\r")]
        let utf8 = Array(text.utf8)
        guard utf8.isEmpty || utf8.contains(where: special.contains) else {
            line += utf8
            return
        }
        line.append(UInt8(ascii: "\""))
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): line += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): line.append(UInt8(ascii: " "))
            default: line.append(byte)
            }
        }
        line.append(UInt8(ascii: "\""))
    }
}
