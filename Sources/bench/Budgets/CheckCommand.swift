import ArgumentParser
import Wire

/// `bench check`: whether the data plane keeps its budgets.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Holds the data plane against its budgets, which are ratios to a bare answer and to a plain write in the same run.",
        discussion: """
            Each scenario is measured some rounds; the median of the rounds' ratios counts. What misses its budget by more than the tolerance, which is \
            there for noise, is named at the end, and the exit code is 1. The machine should have nothing else to do.
            """
    )

    @Option(help: "The server to measure. (default: personalite beside this program)") var binary: String?
    @Option(help: "The file of the budgets.") var budgets = "testdata/budgets.json"
    @Option(help: "Only the scenarios whose names contain this.") var only = ""
    @Option(help: "Where the data directory is made, and removed again.") var durableIn = "/tmp"

    private struct Row {
        var budget: Budgets.Budget
        /// Of each round, in ascending order.
        var ratios: [Double]
        var median: Double { ratios[ratios.count / 2] }
        var name: String { budget.scenario + (budget.isDurable ? ", durable" : "") }
    }

    func run() throws {
        let budgets = try Budgets.load(budgets)
        var rows: [Row] = []
        for isDurable in [false, true] { rows += try measure(budgets, isDurable: isDurable) }
        guard !rows.isEmpty else { throw BenchFault("No scenario's name contains \"\(only)\".") }
        Report.progress("")
        print(Report.lines([["", "", "ratio", "of \(budgets.rounds): least", "most", "budget", "tolerance", ""]] + rows.map(Self.cells)))
        let over = rows.filter { !$0.budget.holds($0.median) }
        guard over.isEmpty else {
            print("\nOver budget: " + over.map { "\($0.name) (\($0.budget.measure.rawValue))" }.joined(separator: ", "))
            throw ExitCode.failure
        }
        print("\nEvery budget is kept.")
    }

    private static func cells(_ row: Row) -> [String] {
        let budget = row.budget
        return [
            row.name, budget.measure.rawValue, row.median.fixed(3), (row.ratios.first ?? 0).fixed(3), (row.ratios.last ?? 0).fixed(3),
            (budget.measure.isLeast ? "≥ " : "≤ ") + budget.limit.fixed(2), "\((budget.tolerance * 100).fixed(0)) %",
            budget.holds(row.median) ? "" : "OVER",
        ]
    }

    private func measure(_ budgets: Budgets, isDurable: Bool) throws -> [Row] {
        let wanted = budgets.all.filter { $0.isDurable == isDurable && $0.scenario.contains(only) }
        guard !wanted.isEmpty else { return [] }
        let folder = isDurable ? try TemporaryDirectory(below: durableIn) : nil
        defer { folder?.remove() }
        let server = try ServerProcess(binary: binary ?? Bench.neighbour, options: folder.map { ["--data-dir", $0.path + "/data"] } ?? [])
        defer { server.stop() }
        let run = try ComparisonRun(server, by: LoadGenerator(seconds: budgets.seconds), connections: budgets.connections)
        var rows: [Row] = []
        for scenario in isDurable ? Scenarios.durable : Scenarios.all {
            let own = wanted.filter { $0.scenario == scenario.name }
            guard !own.isEmpty else { continue }
            let needsPlain = own.contains { $0.measure == .plainWrite }
            var plain: [Double] = []
            let comparisons = try run.compare(scenario, rounds: budgets.rounds) {
                guard needsPlain, let folder else { return }
                plain.append(try PlainWrite.rate(in: folder.path, seconds: budgets.seconds, piece: 512 << 10))
            }
            rows += own.map { budget in
                let ratios = comparisons.indices.map { round in
                    Self.ratio(budget.measure, comparisons[round], plain: plain.indices.contains(round) ? plain[round] : 0)
                }
                return Row(budget: budget, ratios: ratios.sorted())
            }
        }
        return rows
    }

    private static func ratio(_ measure: Budgets.Measure, _ comparison: Comparison, plain: Double) -> Double {
        switch measure {
        case .rate: comparison.many.rate / max(comparison.bareMany.rate, 1)
        case .cpu: comparison.many.serverMicroseconds / max(comparison.bareMany.serverMicroseconds, 0.1)
        case .p50: comparison.one.percentile(50) / max(comparison.bareOne.percentile(50), 1)
        case .p99: comparison.one.percentile(99) / max(comparison.bareOne.percentile(99), 1)
        case .plainWrite: comparison.many.rate * Double(comparison.payloadBytes) / max(plain, 1)
        }
    }
}
