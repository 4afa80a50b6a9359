import Logging
import Recommend
import ServiceKit
import Shapes
import Wire

/// When a solution that trains itself is trained: within an hour of becoming ACTIVE unless somebody made a version before, and then so many
/// days after its newest version, if interactions came in since.
enum AutoTraining {
    static let firstDelay = 3600.0
    static let defaultDays = 7
    /// `rate(N days)` with N out of this.
    static let days = 1...30

    /// The days of `rate(N days)`; nil when it is none, or out of range.
    static func days(_ expression: String) -> Int? {
        let parts = expression.dropFirst("rate(".count).split(separator: " ")
        guard expression.hasPrefix("rate("), parts.count == 2, parts[1] == "days)" || parts[1] == "day)", let number = Int(parts[0]) else {
            return nil
        }
        return days.contains(number) ? number : nil
    }

    /// When the next version is due.
    static func due(_ solution: Resource<Personalize.Solution>, newest: Resource<Personalize.SolutionVersion>?) -> Timestamp {
        guard let made = newest?.body.creationDateTime else {
            return solution.made.advanced(bySeconds: firstDelay)
        }
        let expression = solution.body.solutionConfig?.autoTrainingConfig?.schedulingExpression
        return made.advanced(bySeconds: Double((expression.flatMap { days($0) } ?? defaultDays) * 86_400))
    }
}

extension PersonalizeService {
    func trainIfDue(_ solution: Resource<Personalize.Solution>, _ table: ResourceTable, _ call: Call) throws {
        guard solution.body.performAutoTraining == true else { return }
        let newest = try table.list(Personalize.SolutionVersion.self, parent: solution.arn).last
        guard newest?.lifecycle.status.isSettled ?? true, AutoTraining.due(solution, newest: newest) <= call.now else { return }
        guard try hasNewInteractions(solution.parent ?? "", since: newest?.body.creationDateTime, model: newest?.id.model, table) else { return }
        let arn = try makeVersion(of: solution, name: nil, mode: "FULL", type: "AUTOMATIC", table, call)
        log.info("automatic training", metadata: ["solution version": "\(arn)"])
        queue.start(work.training, arn, table, call)
    }

    /// Whether the dataset group has interactions that a model has not learnt from.
    /// - Parameter moment: when the model was asked for; nil when there is none.
    func hasNewInteractions(_ group: String, since moment: Timestamp?, model: ModelID?, _ table: ResourceTable) throws -> Bool {
        guard let dataset = try table.list(Personalize.Dataset.self, parent: group).first(where: { $0.body.datasetType == "INTERACTIONS" }) else {
            return false
        }
        let imports = try table.list(Personalize.DatasetImportJob.self, parent: dataset.arn)
        if imports.contains(where: { $0.lifecycle.status == .active && $0.lifecycle.changed >= moment ?? $0.lifecycle.changed }) { return true }
        let newest = Int(events.lastSequence(dataset: dataset.id))
        do throws(ServiceError) {
            guard let model, let trained = try models.model(model) else { return newest > 0 }
            return newest > trained.streamedEvents
        } catch {
            // What a model that cannot be read has learnt is as good as forgotten.
            return newest > 0
        }
    }
}
