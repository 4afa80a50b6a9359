import Recommend
import SQLite
import ServiceKit
import Shapes
import Synchronization
import Wire

/// How the trainings of this process went, as they go: of the newest, the figures over the share of the work that is done.
final class TrainingCurves: Sendable {
    /// Means of what was told in one two-hundredth of the work.
    private struct Point {
        var sum: Double
        var count: Int
    }

    private struct Curve: Sendable {
        /// By phase and figure, by the two-hundredth.
        var lines: [Line: [Int: Point]] = [:]

        struct Line: Hashable {
            var phase: String
            var figure: String
        }
    }

    private static let steps = 200
    private let state = Mutex<(arn: String, curve: Curve)>(("", Curve()))

    /// Called at every step of a training, of which there may be a hundred thousand.
    func note(_ progress: TrainingProgress, of arn: String) {
        let values = [progress.loss.map { ("loss", $0) }, progress.figure.map { ($0.name, $0.value) }].compactMap(\.self).filter { $0.1.isFinite }
        state.withLock { state in
            // One training goes on at a time.
            if state.arn != arn || progress.phase == .reading { state = (arn, Curve()) }
            let step = Int((min(1, max(0, progress.fraction)) * Double(Self.steps)).rounded())
            for (name, value) in values {
                let line = Curve.Line(phase: progress.phase.rawValue, figure: name)
                var point = state.curve.lines[line]?[step] ?? Point(sum: 0, count: 0)
                // A loss is the mean of its batches; of anything else the last word counts.
                point = name == "loss" ? Point(sum: point.sum + value, count: point.count + 1) : Point(sum: value, count: 1)
                state.curve.lines[line, default: [:]][step] = point
            }
        }
    }

    /// A line for each phase and figure, with points of the share done and the value; empty for a training that is not the newest.
    func points(of arn: String) -> Document {
        let lines = state.withLock { $0.arn == arn ? $0.curve.lines : [:] }
        let sorted = lines.sorted { ($0.key.figure, $0.value.keys.min() ?? 0) < ($1.key.figure, $1.value.keys.min() ?? 0) }
        return .list(
            sorted.map { line, points in
                .members([
                    ("phase", .string(line.phase)), ("figure", .string(line.figure)),
                    (
                        "points",
                        .list(
                            points.sorted { $0.key < $1.key }.map { step, point in
                                .list([.double(Double(step) / Double(Self.steps)), .double(point.sum / Double(point.count))])
                            }
                        )
                    ),
                ])
            }
        )
    }
}

/// What is known of a training beside what the API tells: how popularity alone would have done on the same users, and the curves.
struct TrainingRecord {
    private let document: Document

    init(_ evaluation: Evaluation, curve: Document) {
        // Segments and actions are asked for nothing that popularity could answer.
        let popularity: Document? = evaluation.queries == 0 ? nil : Document.map(evaluation.popularity.metrics) { .double($0) }
        document = .members([
            ("testUsers", .integer(Int64(evaluation.testUsers))), ("queries", .integer(Int64(evaluation.queries))), ("popularity", popularity),
            ("curves", curve),
        ])
    }

    private static func name(_ version: ModelID) -> String { "training/\(version)" }

    func save(_ version: ModelID, _ database: Database) throws {
        try SettingTable(database).set(Self.name(version), document)
    }

    static func load(_ version: ModelID, _ database: Database) throws -> Document? {
        try SettingTable(database).document(name(version))
    }

    static func remove(_ version: ModelID, _ database: Database) throws {
        try SettingTable(database).remove(name(version))
    }
}

extension PersonalizeService {
    /// `/_personalite/training`: the curves of a version while it trains and afterwards, and the metrics of popularity beside it.
    func look(training asked: LookRequest, _ call: Call) throws(ServiceError) -> Document {
        let call = asked.call(call)
        let version = try resources(call) { try $0.existing(asked.arn, as: Personalize.SolutionVersion.self, call) }
        let kept = try store.read { try TrainingRecord.load(version.id.model, $0) }
        return kept ?? .members([("curves", curves.points(of: asked.arn))])
    }
}
