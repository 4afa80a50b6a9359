import ArgumentParser
import Glibc
import Recommend

/// `bench engine`: the recommender without a server around it.
struct EngineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine",
        abstract: "Quality, training time, answer times and import speed of the recommender, beside what this machine can do.",
        discussion: """
            Without --data only made data are used. --data takes a CSV with columns for user, item and time (userId,movieId,…,timestamp or \
            USER_ID,ITEM_ID,…,TIMESTAMP) and runs four protocols on it: P1 a tenth of the users is asked for its newest tenth; P2 everybody's \
            last item; P3 one instant cuts off the newest tenth of all events; P4 users of P1 event by event from their middle.
            """
    )

    @Option(help: "A CSV of interactions for the protocols.") var data: String?
    @Option(help: "What to measure, by comma: machine, protocols, retail, segments, answers, related, training, import, large.")
    var sections = "machine,protocols,answers,import"
    @Option(help: "Threads for training. (default: as many as cores)") var threads: Int?
    @Option(help: "Interactions of the large made set.") var events = 10_000_000
    @Option(help: "Users of the large made set.") var users = 200_000
    @Option(help: "Items of the large made set.") var items = 50_000
    @Option(help: "Interactions of the made set that the training is timed on.") var trainingEvents = 1_000_000
    @Option(help: "Items of the made set that the training is timed on.") var trainingItems = 3700
    @Option(help: "Rows of the made CSV for the import.") var rows = 1_000_000
    @Option(help: "Seeds of the made shops.") var seeds = 5
    @Option(help: "Write the made CSV for the import here, for other programs to read.") var csv: String?

    func validate() throws {
        guard (1...64).contains(threads ?? 1) else { throw ValidationError("--threads must be from 1 to 64.") }
        guard (1000...50_000_000).contains(events), (25...5_000_000).contains(users), (10...1_000_000).contains(items) else {
            throw ValidationError("--events 1000 to 50 million, --users 25 to 5 million, --items 10 to 1 million.")
        }
        guard (20_000...50_000_000).contains(trainingEvents), (10...1_000_000).contains(trainingItems) else {
            throw ValidationError("--training-events 20000 to 50 million, --training-items 10 to 1 million.")
        }
        guard (1...100).contains(seeds) else { throw ValidationError("--seeds must be from 1 to 100.") }
        guard (1...10_000_000).contains(rows) else { throw ValidationError("--rows must be from 1 to 10 million.") }
    }

    func run() throws {
        if let threads { Threads.count = threads }
        for section in sections.split(separator: ",") {
            switch section {
            case "machine": Machine.report()
            case "protocols": if let data { try ProtocolRuns(RatingFile.read(data)).report() }
            case "retail": try RetailRuns(seeds: seeds).report()
            case "segments": try SegmentTimes.report()
            case "answers": try AnswerTimes.report()
            case "related": try RelatedTimes.report()
            case "training": try TrainingTimes(events: trainingEvents, users: 6000, items: trainingItems, seeds: min(seeds, 3)).report()
            case "import": try ImportSpeed.report(rows: rows, keeping: csv)
            case "large": try LargeSet(events: events, users: users, items: items).report()
            default: throw ValidationError("There is no section \(section).")
            }
        }
    }
}

/// A monotonic clock.
enum Stopwatch {
    static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    static func time<Result>(_ work: () throws -> Result) rethrows -> (result: Result, seconds: Double) {
        let start = seconds()
        let result = try work()
        return (result, seconds() - start)
    }

    /// Resident memory of this process at its highest, in megabytes.
    static var peakMemory: Double {
        var usage = rusage()
        // RUSAGE_SELF is 0 everywhere; its type differs between C libraries.
        getrusage(__rusage_who_t(0), &usage)
        return Double(usage.ru_maxrss) / 1024
    }
}

extension Double {
    /// With so many decimals.
    func text(_ digits: Int) -> String {
        let scale = pow(10, Double(digits))
        let rounded = (self * scale).rounded() / scale
        return digits == 0 ? "\(Int(rounded))" : "\(rounded)"
    }
}
