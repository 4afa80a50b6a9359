import Dispatch
import Logging
import SQLite
import ServiceKit
import Shapes
import Synchronization
import Wire

/// What happens to resources because time passes: campaigns follow new versions, and solutions are trained on their schedule.
///
/// Everything is decided from the resources and the server's clock, so that looking twice does nothing twice.
final class MaintenanceScheduler: Sendable {
    /// Seconds of the machine, for the server's clock may run at any pace.
    private static let interval = 1.0

    private let personalize: PersonalizeService
    private let queue = DispatchQueue(label: "maintenance", qos: .utility)
    private let isStopped = Mutex(false)

    init(_ personalize: PersonalizeService) {
        self.personalize = personalize
    }

    func start() {
        queue.asyncAfter(deadline: .now() + Self.interval) { [weak self] in
            guard let self, !isStopped.withLock({ $0 }) else { return }
            personalize.runMaintenance()
            start()
        }
    }

    /// Looks at once, and returns when everything due has been begun.
    func look() {
        queue.sync { personalize.runMaintenance() }
    }

    /// Looks no more; a look that is under way is waited for.
    func stop() {
        isStopped.withLock { $0 = true }
        queue.sync {}
    }
}

extension PersonalizeService {
    func runMaintenance() {
        queue.endUnended()
        attributeIndex.readAgain()
        served.letGo()
        do throws(ServiceError) {
            try forEachOwner { table, call in
                for solution in try table.list(Personalize.Solution.self) where solution.lifecycle.status == .active {
                    try campaignUpdates.followLatestVersion(of: solution.arn, table, call)
                    if configuration.autoTraining { try trainIfDue(solution, table, call) }
                }
                guard configuration.autoTraining else { return }
                for recommender in try table.list(Personalize.Recommender.self) { try retrainIfDue(recommender, table, call) }
            }
            try removeUnneededModels()
            try updateItemPools(all: false, at: time.now)
        } catch {
            log.error("maintenance failed", metadata: ["cause": "\(error.cause.map { "\($0)" } ?? error.code)"])
        }
    }

    /// Removes models that were needed and are no longer: those that an update of a recommender has replaced.
    private func removeUnneededModels() throws(ServiceError) {
        let needed = try store.read { database in
            let numbers = try database.fetchAll(
                Int64.self,
                "SELECT id FROM resource WHERE kind = ? OR needs_work UNION SELECT model FROM resource WHERE model IS NOT NULL",
                [Personalize.SolutionVersion.kind]
            )
            return Set(numbers.map(ModelID.init(rawValue:)))
        }
        let gone = neededModels.withLock { known in
            defer { known = needed }
            return known.subtracting(needed)
        }
        for model in gone { models.remove(model) }
    }
}
