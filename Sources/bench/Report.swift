import Glibc
import Wire

/// The figures as a table for people and as JSON for programs.
struct Report {
    let results: [Comparison]
    let connections: Int
    let startup: Double
    let idle: Int
    let loaded: Int

    static func progress(_ text: String) {
        guard isatty(2) == 1 else { return }
        var line = "\r\u{1B}[K\(text)"
        line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    var table: String {
        let header = ["", "bytes in", "out", "bare p50", "p99", "ours p50", "p99 µs", "bare \(connections)×", "ours /s", "ratio"]
        let rows = results.map { result in
            [
                result.what, "\(result.requestBytes)", "\(result.answerBytes)",
                result.bareOne.percentile(50).fixed(0), result.bareOne.percentile(99).fixed(0),
                result.one.percentile(50).fixed(0), result.one.percentile(99).fixed(0),
                result.bareMany.rate.fixed(0), result.many.rate.fixed(0), (result.many.rate / max(result.bareMany.rate, 1)).fixed(2),
            ]
        }
        let all = [header] + rows
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        let lines = all.map { row in
            row.enumerated().map { column, cell in
                let blanks = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + blanks : blanks + cell
            }.joined(separator: "  ")
        }
        let memory = "\((Double(idle) / 1024).fixed(1)) MB idle, \((Double(loaded) / 1024).fixed(1)) MB after"
        return lines.joined(separator: "\n") + "\nstart \(startup.fixed(1)) ms to the first line, resident \(memory)"
    }

    var document: Document {
        .object(
            .init([
                ("startupMilliseconds", .double(startup.rounded(to: 1))), ("idleKilobytes", .integer(Int64(idle))),
                ("loadedKilobytes", .integer(Int64(loaded))), ("connections", .integer(Int64(connections))),
                ("scenarios", .list(results.map(Self.document))),
            ])
        )
    }

    private static func document(_ result: Comparison) -> Document {
        .object(
            .init([
                ("name", .string(result.name)), ("requestBytes", .integer(Int64(result.requestBytes))),
                ("answerBytes", .integer(Int64(result.answerBytes))), ("bareOne", document(result.bareOne)), ("one", document(result.one)),
                ("bareMany", document(result.bareMany)), ("many", document(result.many)),
            ])
        )
    }

    private static func document(_ figures: Figures) -> Document {
        .object(
            .init([
                ("count", .integer(Int64(figures.count))), ("perSecond", .double(figures.rate.rounded(to: 1))),
                ("p50Microseconds", .double(figures.percentile(50).rounded(to: 1))),
                ("p99Microseconds", .double(figures.percentile(99).rounded(to: 1))),
            ])
        )
    }
}

extension Double {
    fileprivate func rounded(to digits: Int) -> Double {
        let scale = pow(10, Double(digits))
        return (self * scale).rounded() / scale
    }

    fileprivate func fixed(_ digits: Int) -> String {
        let value = rounded(to: digits)
        return digits == 0 ? "\(Int(value))" : "\(value)"
    }
}
