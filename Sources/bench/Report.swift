import Glibc
import Wire

/// The figures as a table for people and as JSON for programs.
struct Report {
    let results: [Comparison]
    let durable: DurableResults?
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
        let tables = [closedTable(results), pacedTable].compactMap(\.self)
        let memory = "\((Double(idle) / 1024).fixed(1)) MB idle, \((Double(loaded) / 1024).fixed(1)) MB after"
        var text = tables.joined(separator: "\n\n") + "\nstart \(startup.fixed(1)) ms to the first line, resident \(memory)"
        if let durable {
            text += "\n\nWith a data directory; a plain write to the same disk: \((durable.plainBytesPerSecond / 1e6).fixed(0)) MB/s\n"
            text += closedTable(durable.results)
        }
        return text
    }

    /// Each connection asks again when it has its answer.
    private func closedTable(_ results: [Comparison]) -> String {
        let header = [
            "", "bytes in", "out", "bare p50", "p99", "ours p50", "p99 µs", "bare \(connections)×", "ours /s", "ratio", "MB/s", "CPU µs", "generator",
        ]
        let rows = results.map { result in
            [
                result.what, "\(result.requestBytes)", "\(result.answerBytes)",
                result.bareOne.percentile(50).fixed(0), result.bareOne.percentile(99).fixed(0),
                result.one.percentile(50).fixed(0), result.one.percentile(99).fixed(0),
                result.bareMany.rate.fixed(0), result.many.rate.fixed(0), (result.many.rate / max(result.bareMany.rate, 1)).fixed(2),
                result.payloadBytes == 0 ? "" : (result.many.rate * Double(result.payloadBytes) / 1e6).fixed(0),
                result.many.serverMicroseconds.fixed(0), "\((result.many.generatorLoad * 100).fixed(0)) %",
            ]
        }
        return Self.lines([header] + rows)
    }

    /// Requests come at a rate of their own; nil when none did.
    private var pacedTable: String? {
        let paced = results.compactMap { result in result.paced.map { (result.what, $0) } }
        guard !paced.isEmpty else { return nil }
        let header = ["at a fixed rate", "/s", "bare p50", "p99", "ours p50", "p99", "p99.9", "worst µs"]
        let rows = paced.map { what, paced in
            [
                what, paced.rate.fixed(0), paced.bare.percentile(50).fixed(0), paced.bare.percentile(99).fixed(0),
                paced.ours.percentile(50).fixed(0), paced.ours.percentile(99).fixed(0), paced.ours.percentile(99.9).fixed(0),
                paced.ours.percentile(100).fixed(0),
            ]
        }
        return Self.lines([header] + rows)
    }

    static func lines(_ all: [[String]]) -> String {
        let header = all[0]
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            row.enumerated().map { column, cell in
                let blanks = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + blanks : blanks + cell
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    var document: Document {
        var fields: [(String, Document)] = [
            ("startupMilliseconds", .double(startup.rounded(to: 1))), ("idleKilobytes", .integer(Int64(idle))),
            ("loadedKilobytes", .integer(Int64(loaded))), ("connections", .integer(Int64(connections))),
            ("scenarios", .list(results.map(Self.document))),
        ]
        if let durable {
            fields.append(("plainWriteBytesPerSecond", .double(durable.plainBytesPerSecond.rounded(to: 0))))
            fields.append(("durable", .list(durable.results.map(Self.document))))
        }
        return .object(.init(fields))
    }

    private static func document(_ result: Comparison) -> Document {
        .object(
            .init(
                [
                    ("name", .string(result.name)), ("requestBytes", .integer(Int64(result.requestBytes))),
                    ("payloadBytes", .integer(Int64(result.payloadBytes))),
                    ("answerBytes", .integer(Int64(result.answerBytes))), ("bareOne", document(result.bareOne)), ("one", document(result.one)),
                    ("bareMany", document(result.bareMany)), ("many", document(result.many)),
                ] + (result.paced.map { [("paced", document($0))] } ?? [])
            )
        )
    }

    private static func document(_ paced: Comparison.Paced) -> Document {
        .object(.init([("rate", .double(paced.rate)), ("bare", document(paced.bare)), ("ours", document(paced.ours))]))
    }

    private static func document(_ figures: Figures) -> Document {
        .object(
            .init([
                ("count", .integer(Int64(figures.count))), ("perSecond", .double(figures.rate.rounded(to: 1))),
                ("p50Microseconds", .double(figures.percentile(50).rounded(to: 1))),
                ("p99Microseconds", .double(figures.percentile(99).rounded(to: 1))),
                ("generatorLoad", .double(figures.generatorLoad.rounded(to: 3))),
                ("serverMicroseconds", .double(figures.serverMicroseconds.rounded(to: 1))),
            ])
        )
    }
}

extension Double {
    fileprivate func rounded(to digits: Int) -> Double {
        let scale = pow(10, Double(digits))
        return (self * scale).rounded() / scale
    }

    func fixed(_ digits: Int) -> String {
        let value = rounded(to: digits)
        return digits == 0 ? "\(Int(value))" : "\(value)"
    }
}

/// What was measured on a server with a data directory.
struct DurableResults {
    let results: [Comparison]
    /// What one thread gets onto the same disk with a sync each second.
    let plainBytesPerSecond: Double
}
