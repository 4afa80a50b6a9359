import Recommend
import Shapes
import Wire

extension HyperparameterSearch {
    private static let maximumParallelJobs = 10

    /// hpoConfig as the engine takes it. Names may have the section before them that the service itself shows: `training.bptt`.
    init(_ config: Personalize.HPOConfig?) throws(ServiceError) {
        self.init()
        guard let config else { return }
        objective = try Self.objective(config.hpoObjective)
        if let text = config.hpoResourceConfig?.maxNumberOfTrainingJobs {
            guard let jobs = Int(text) else { throw .Personalize.invalidInput("Invalid maxNumberOfTrainingJobs: \(text).") }
            maximumJobs = jobs
        }
        if let text = config.hpoResourceConfig?.maxParallelTrainingJobs {
            guard let jobs = Int(text), (1...Self.maximumParallelJobs).contains(jobs) else {
                throw .Personalize.invalidInput("Invalid maxParallelTrainingJobs: \(text). It must be from 1 to \(Self.maximumParallelJobs).")
            }
        }
        try read(config.algorithmHyperParameterRanges)
    }

    private static func objective(_ given: Personalize.HPOObjective?) throws(ServiceError) -> Objective? {
        guard let given else { return nil }
        if given.metricRegex != nil {
            throw ServiceError(
                "InvalidInputException",
                "metricRegex is not supported in hpoObjective.",
                hint: "there is no training log to match it against; name a metric of GetSolutionMetrics in metricName"
            )
        }
        guard let metric = given.metricName else { throw .Personalize.invalidInput("hpoObjective must have a metricName.") }
        switch given.type?.lowercased() {
        case nil, "maximize": return Objective(metric: metric)
        case "minimize": return Objective(metric: metric, isMaximized: false)
        default: throw .Personalize.invalidInput("Invalid type of hpoObjective: \(given.type ?? ""). It must be Maximize or Minimize.")
        }
    }

    private mutating func read(_ ranges: Personalize.HyperParameterRanges?) throws(ServiceError) {
        for range in ranges?.integerHyperParameterRanges ?? [] {
            let (least, most) = (range.minValue ?? 0, range.maxValue ?? 0)
            guard least <= most else { throw Self.empty(range.name) }
            integers[try Self.name(range.name)] = least...most
        }
        for range in ranges?.continuousHyperParameterRanges ?? [] {
            let (least, most) = (range.minValue ?? 0, range.maxValue ?? 0)
            guard least <= most else { throw Self.empty(range.name) }
            reals[try Self.name(range.name)] = least...most
        }
        for range in ranges?.categoricalHyperParameterRanges ?? [] {
            guard let values = range.values, !values.isEmpty else { throw Self.empty(range.name) }
            categories[try Self.name(range.name)] = values
        }
    }

    private static func name(_ name: String?) throws(ServiceError) -> String {
        guard let name else { throw .Personalize.invalidInput("Each range of algorithmHyperParameterRanges must have a name.") }
        return name.split(separator: ".").last.map(String.init) ?? name
    }

    private static func empty(_ name: String?) -> ServiceError {
        .Personalize.invalidInput("The range of \(name ?? "a hyperparameter without a name") is empty.")
    }
}
