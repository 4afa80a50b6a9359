/// performHPO: which algorithm hyperparameters are searched, and how long.
package struct HyperparameterSearch: Sendable, Equatable {
    package var integers: [String: ClosedRange<Int>]
    package var reals: [String: ClosedRange<Double>]
    package var categories: [String: [String]]
    /// maxNumberOfTrainingJobs, at most 40.
    package var maximumJobs: Int
    /// The metric that is searched by (hpoObjective); nil is the recipe's own figure.
    package var objective: Objective?

    package struct Objective: Sendable, Equatable {
        /// As GetSolutionMetrics names it.
        package var metric: String
        package var isMaximized: Bool

        package init(metric: String, isMaximized: Bool = true) {
            self.metric = metric
            self.isMaximized = isMaximized
        }
    }

    /// Without ranges every tunable parameter of the recipe is searched over all its values.
    package init(
        integers: [String: ClosedRange<Int>] = [:],
        reals: [String: ClosedRange<Double>] = [:],
        categories: [String: [String]] = [:],
        maximumJobs: Int = 40,
        objective: Objective? = nil
    ) {
        self.integers = integers
        self.reals = reals
        self.categories = categories
        self.maximumJobs = maximumJobs
        self.objective = objective
    }

    static let mostJobs = 40

    /// - Returns: nil when all ranges are of tunable parameters of the recipe and within theirs, else what is wrong with the first.
    package func fault(_ recipe: Recipe) -> String? {
        if !(1...Self.mostJobs).contains(maximumJobs) { return "maxNumberOfTrainingJobs \(maximumJobs) is not between 1 and \(Self.mostJobs)." }
        let tunable = Hyperparameters.parameters(of: recipe).filter(\.isTunable)
        if let metric = objective?.metric, !RankingScores.names.contains(metric) {
            return "The metric \(metric) is none of \(RankingScores.names.sorted().joined(separator: ", "))."
        }
        if tunable.isEmpty { return "Recipe \(recipe.rawValue) has no parameter that can be tuned." }
        for name in (Array(integers.keys) + Array(reals.keys) + Array(categories.keys)).sorted() {
            guard let parameter = tunable.first(where: { $0.name == name }) else {
                return "Recipe \(recipe.rawValue) has no tunable parameter \(name)."
            }
            var ends: [String] = []
            switch parameter.range {
            case .integer: ends = integers[name].map { [String($0.lowerBound), String($0.upperBound)] } ?? []
            case .continuous, .positive: ends = reals[name].map { [String($0.lowerBound), String($0.upperBound)] } ?? []
            case .categories: ends = categories[name] ?? []
            }
            if ends.isEmpty { return "The range of \(name) is not of its type." }
            for end in ends { if let fault = Hyperparameters.validate(recipe, algorithm: [name: end]) { return fault } }
        }
        return nil
    }

    /// The ranges to search: those given, or every tunable parameter's own.
    private func dimensions(_ recipe: Recipe) -> [(name: String, value: (Double) -> String)] {
        let isOpen = integers.isEmpty && reals.isEmpty && categories.isEmpty
        return Hyperparameters.parameters(of: recipe).filter(\.isTunable).sorted { $0.name < $1.name }.compactMap { parameter in
            let name = parameter.name
            switch parameter.range {
            case .integer(let all):
                guard let range = integers[name] ?? (isOpen ? all : nil) else { return nil }
                return (name, { String(min(range.upperBound, range.lowerBound + Int($0 * Double(range.count)))) })
            case .continuous(let all):
                guard let range = reals[name] ?? (isOpen ? all : nil) else { return nil }
                return (name, { String(((range.lowerBound + $0 * (range.upperBound - range.lowerBound)) * 1e4).rounded() / 1e4) })
            case .categories(let all):
                guard let names = categories[name] ?? (isOpen ? all : nil) else { return nil }
                return (name, { names[min(names.count - 1, Int($0 * Double(names.count)))] })
            case .positive: return nil
            }
        }
    }

    /// The parameter sets to try: `given` first, then points that fill the box evenly, always the same (the additive recurrence of the
    /// generalised golden ratio), without repeats.
    func candidates(_ recipe: Recipe, given: [String: String]) -> [[String: String]] {
        let dimensions = dimensions(recipe)
        let defaults = Hyperparameters.defaults(of: recipe, .algorithm).merging(given) { $1 }
        // What the search owns starts at the default when its range has it, so that a search is never worse than none.
        var found = [defaults]
        var ratio = 2.0
        for _ in 0..<60 { ratio = Platform.pow(1 + ratio, 1 / Double(dimensions.count + 1)) }
        for step in 1...400 where found.count < maximumJobs {
            var candidate = defaults
            for (index, dimension) in dimensions.enumerated() {
                let share = 0.5 + Double(step) * Platform.pow(1 / ratio, Double(index + 1))
                candidate[dimension.name] = dimension.value(share - share.rounded(.down))
            }
            if !found.contains(candidate) { found.append(candidate) }
        }
        let inside = found.filter { candidate in isInside(candidate) }
        return inside.isEmpty ? found : inside
    }

    private func isInside(_ candidate: [String: String]) -> Bool {
        integers.allSatisfy { name, range in candidate[name].flatMap { Int($0) }.map(range.contains) ?? true }
            && reals.allSatisfy { name, range in candidate[name].flatMap { Double($0) }.map(range.contains) ?? true }
            && categories.allSatisfy { name, names in candidate[name].map(names.contains) ?? true }
    }

    /// What of an evaluation is to be as great as can be.
    func value(_ evaluation: Evaluation) -> Double {
        guard let objective else { return evaluation.objective }
        let value = evaluation.metrics[objective.metric] ?? 0
        return objective.isMaximized ? value : -value
    }

    /// What the winner has of the searched parameters.
    func tuned(_ recipe: Recipe, _ winner: [String: String]) -> [String: String] {
        let names = Set(dimensions(recipe).map(\.name))
        return winner.filter { names.contains($0.key) }
    }
}
