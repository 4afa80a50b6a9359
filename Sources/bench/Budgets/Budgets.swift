import Glibc
import Wire

/// What the server has to reach: ratios to what is measured beside it in the same run, never times, which are the machine's.
struct Budgets {
    /// What is held against a budget.
    enum Measure: String, CaseIterable {
        /// Answers in a second on several connections, of those of the bare answer: at least.
        case rate
        /// Processor's time for an answer on several connections, of that for the bare answer: at most. What else the machine does hardly changes it.
        case cpu
        /// Latency on one connection, of that of the bare answer: at most.
        case p50, p99
        /// Bytes of records in a second, of those of a plain write to the same disk: at least. With a data directory only.
        case plainWrite

        var isLeast: Bool { self == .rate || self == .plainWrite }
    }

    struct Budget {
        let scenario: String
        let isDurable: Bool
        let measure: Measure
        let limit: Double
        /// The part of the limit that a measurement may miss it by: noise.
        let tolerance: Double

        /// Whether a measurement keeps it.
        func holds(_ ratio: Double) -> Bool {
            measure.isLeast ? ratio >= limit * (1 - tolerance) : ratio <= limit * (1 + tolerance)
        }
    }

    let rounds: Int
    /// Of one measurement.
    let seconds: Double
    let connections: Int
    let all: [Budget]

    static func load(_ path: String) throws(BenchFault) -> Budgets {
        guard let file = fopen(path, "r") else { throw BenchFault("\(path) cannot be read: \(String(cString: strerror(errno))).") }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
        guard let document = try? JSON.parse(bytes) else { throw BenchFault("\(path) is not JSON.") }
        do throws(BenchFault) { return try Budgets(document) } catch { throw BenchFault("\(path): \(error)") }
    }

    init(_ document: Document) throws(BenchFault) {
        let known = ["rounds", "seconds", "connections", "tolerance", "memory", "durable"]
        for (name, _) in try Self.members(document, "it") where !known.contains(name) { throw BenchFault("\(name) is unknown") }
        rounds = Int(try Self.number(document["rounds"], "rounds", 1...100))
        seconds = try Self.number(document["seconds"], "seconds", 0.1...60)
        connections = Int(try Self.number(document["connections"], "connections", 1...1000))
        var tolerances: [Measure: Double] = [:]
        for measure in Measure.allCases {
            tolerances[measure] = try Self.number(document["tolerance"]?[measure.rawValue], "tolerance of \(measure.rawValue)", 0...1)
        }
        var all: [Budget] = []
        for (part, scenarios) in [("memory", Scenarios.all.map(\.name)), ("durable", Scenarios.durable.map(\.name))] {
            for (scenario, limits) in try Self.members(document[part], part) {
                guard scenarios.contains(scenario) else { throw BenchFault("\(part) has no scenario \(scenario)") }
                for (name, limit) in try Self.members(limits, scenario) {
                    guard let measure = Measure(rawValue: name), part == "durable" || measure != .plainWrite else {
                        throw BenchFault("\(scenario) has no \(name)")
                    }
                    all.append(
                        Budget(
                            scenario: scenario,
                            isDurable: part == "durable",
                            measure: measure,
                            limit: try Self.number(limit, "\(scenario) \(name)", 0.001...1000),
                            tolerance: tolerances[measure] ?? 0
                        )
                    )
                }
            }
        }
        guard !all.isEmpty else { throw BenchFault("there is no budget") }
        self.all = all
    }

    private static func members(_ document: Document?, _ what: String) throws(BenchFault) -> [(String, Document)] {
        guard case .object(let fields)? = document else { throw BenchFault("\(what) is no object") }
        return fields.entries.map { ($0.name, $0.value) }
    }

    private static func number(_ document: Document?, _ what: String, _ range: ClosedRange<Double>) throws(BenchFault) -> Double {
        let value: Double
        switch document {
        case .integer(let number)?: value = Double(number)
        case .double(let number)?: value = number
        default: throw BenchFault("\(what) is no number")
        }
        guard range.contains(value) else { throw BenchFault("\(what) is not from \(range.lowerBound) to \(range.upperBound)") }
        return value
    }
}
