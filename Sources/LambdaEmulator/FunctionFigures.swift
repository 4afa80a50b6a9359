package import ServiceKit
import Synchronization

/// The figures of functions that CloudWatch shows, by function; what nobody has used since they were taken last is not kept.
final class FunctionFigures: Sendable {
    private enum Name: String, CaseIterable {
        case invocations = "Invocations"
        case errors = "Errors"
        case throttles = "Throttles"
        case duration = "Duration"
        case concurrent = "ConcurrentExecutions"
        case age = "IteratorAge"

        var unit: String { self == .duration || self == .age ? "Milliseconds" : "Count" }
    }

    private struct Key: Hashable {
        var account: String
        var region: String
        var function: String
    }

    private struct Figures {
        /// Begun, and not ended.
        var running = 0
        var values: [Name: MetricValues] = [:]

        mutating func add(_ value: Double, to name: Name) {
            let one = MetricValues(count: 1, sum: value, minimum: value, maximum: value)
            if values[name] == nil { values[name] = one } else { values[name]?.merge(one) }
        }
    }

    private let figures = Mutex<[Key: Figures]>([:])

    private static func key(_ setup: FunctionSetup) -> Key { Key(account: setup.account, region: setup.region, function: setup.name) }

    func began(_ setup: FunctionSetup) {
        figures.withLock { $0[Self.key(setup), default: Figures()].running += 1 }
    }

    func ended(_ setup: FunctionSetup, _ outcome: InvocationOutcome) {
        figures.withLock { figures in
            var entry = figures[Self.key(setup), default: Figures()]
            let running = entry.running
            entry.running = max(0, running - 1)
            switch outcome {
            case .answered(_, let isFailure, _, let duration):
                entry.add(1, to: .invocations)
                entry.add(isFailure ? 1 : 0, to: .errors)
                entry.add(0, to: .throttles)
                entry.add(Double(duration), to: .duration)
                entry.add(Double(running), to: .concurrent)
            case .throttled: entry.add(1, to: .throttles)
            case .refused: break
            }
            figures[Self.key(setup)] = entry
        }
    }

    /// How old the newest record of a batch was when its function got it, in milliseconds.
    func aged(_ milliseconds: Int64, account: String, region: String, function: String) {
        figures.withLock { figures in
            let key = Key(account: account, region: region, function: function)
            figures[key, default: Figures()].add(Double(max(0, milliseconds)), to: .age)
        }
    }

    func take(_ take: (MetricSample) -> Void) {
        let taken = figures.withLock { figures in
            defer { figures = figures.filter { $0.value.running > 0 }.mapValues { Figures(running: $0.running) } }
            return figures
        }
        for (key, figures) in taken {
            for name in Name.allCases {
                guard let values = figures.values[name] else { continue }
                take(
                    MetricSample(
                        account: key.account,
                        region: key.region,
                        namespace: "AWS/Lambda",
                        name: name.rawValue,
                        dimensions: [("FunctionName", key.function)],
                        unit: name.unit,
                        values: values
                    )
                )
            }
        }
    }
}

extension LambdaService: MetricSource {
    package func takeMetrics(_ take: (MetricSample) -> Void) { runtime.figures.take(take) }
}
