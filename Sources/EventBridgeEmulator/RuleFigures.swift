package import ServiceKit
import Synchronization
import Wire

/// The figures of rules that CloudWatch shows; what nothing happened to since they were taken last is not kept.
final class RuleFigures: Sendable {
    enum Name: String, CaseIterable {
        case matched = "MatchedEvents"
        case triggered = "TriggeredRules"
        case invocations = "Invocations"
        case retries = "RetryInvocationAttempts"
        case failed = "FailedInvocations"
    }

    private struct Key: Hashable {
        var account: String
        var region: String
        var rule: String
    }

    private struct State {
        var values: [Key: [Name: MetricValues]] = [:]
    }

    private let state = Mutex(State())

    func add(_ value: Double, to name: Name, rule: String, _ call: Call) {
        let one = MetricValues(count: 1, sum: value, minimum: value, maximum: value)
        state.withLock { state in
            state.values[Key(account: call.account, region: call.region, rule: rule), default: [:]][name].merge(one)
        }
    }

    func take(_ take: (MetricSample) -> Void) {
        let taken = state.withLock { state in
            defer { state = State() }
            return state.values
        }
        for (key, values) in taken {
            for name in Name.allCases {
                guard let found = values[name] else { continue }
                take(
                    MetricSample(
                        account: key.account,
                        region: key.region,
                        namespace: "AWS/Events",
                        name: name.rawValue,
                        dimensions: [("RuleName", key.rule)],
                        unit: "Count",
                        values: found
                    )
                )
            }
        }
    }
}

extension Optional where Wrapped == MetricValues {
    fileprivate mutating func merge(_ other: MetricValues) {
        if self == nil { self = other } else { self?.merge(other) }
    }
}

extension EventBridgeService: MetricSource {
    package func takeMetrics(_ take: (MetricSample) -> Void) { figures.take(take) }
}
