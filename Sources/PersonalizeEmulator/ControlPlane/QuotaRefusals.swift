import ServiceKit
import Shapes
import Wire

extension Quotas {
    /// Refuses one more when there are `count`.
    func check(_ name: Name, has count: @autoclosure () throws -> Int) throws {
        guard let limit = self[name], try count() >= limit else { return }
        throw ServiceError.Personalize.limitExceeded(Self.message(name, limit))
    }

    /// Only the sentence on pending jobs and that on campaigns are known; the others are made after them.
    private static func message(_ name: Name, _ limit: Int) -> String {
        if name == .filterFields { return "Cannot create a filter. The filters of a dataset group may use at most \(limit) distinct fields." }
        let made: [Name: String] = [
            .schemas: "schema", .datasetGroups: "dataset group", .solutions: "solution", .campaigns: "campaign", .recommenders: "recommender",
            .filters: "filter",
        ]
        guard let kind = made[name] else { return "More than \(limit) resources with PENDING or IN_PROGRESS status." }
        return "Cannot create a \(kind). More than \(limit) resources in ACTIVE state. Please delete some and try again."
    }
}
