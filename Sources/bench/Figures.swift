/// What one measurement found.
struct Figures {
    /// Microseconds, in ascending order.
    private let latencies: [Double]
    /// Answers in a second.
    let rate: Double
    /// How much of its time the load generator's one thread was at work: near 1 it is what the figures measure.
    let generatorLoad: Double
    /// Seconds that its thread was at work.
    let generatorSeconds: Double
    /// What the server spent on an answer, in microseconds of all its threads together; 0 where that is not known.
    var serverMicroseconds = 0.0
    /// Answers, those of the first tenth included.
    let answered: Int

    /// - Parameters:
    ///   - nanoseconds: of each answer.
    ///   - seconds: in which they all were answered.
    ///   - answered: all answers, when some of them were not counted.
    init(nanoseconds: [Int64], seconds: Double, answered: Int? = nil, generatorLoad: Double = 0, generatorSeconds: Double = 0) {
        self.answered = answered ?? nanoseconds.count
        self.generatorLoad = generatorLoad
        self.generatorSeconds = generatorSeconds
        latencies = nanoseconds.sorted().map { Double($0) / 1000 }
        rate = seconds > 0 ? Double(nanoseconds.count) / seconds : 0
    }

    var count: Int { latencies.count }

    /// The nearest-rank percentile in microseconds.
    func percentile(_ part: Double) -> Double {
        guard !latencies.isEmpty else { return 0 }
        let rank = Int((part / 100 * Double(latencies.count)).rounded(.up))
        return latencies[min(max(rank, 1), latencies.count) - 1]
    }
}

/// One scenario: the server and a bare NIO answer of the same sizes.
struct Comparison {
    let name: String
    let what: String
    let requestBytes: Int
    /// Bytes of records, or whatever else is carried, in one request or answer; 0 where that says nothing.
    let payloadBytes: Int
    let answerBytes: Int
    let bareOne: Figures
    let one: Figures
    let bareMany: Figures
    let many: Figures
    /// At a fixed rate; nil where none is asked for.
    let paced: Paced?

    struct Paced {
        let rate: Double
        let bare: Figures
        let ours: Figures
    }
}
