import Recommend
import Shapes
import Wire

/// `filterArn` and `filterValues` of a request.
extension RecommendationEngine {
    /// What a request's filter leaves; nil when it names none.
    /// - Throws: `ResourceNotFoundException` for a filter that is not there; `InvalidInputException` for one of another dataset group, one that
    ///   is about something else or needs what the request does not say, and for values that do not fit.
    func allowed(
        _ arn: String?,
        _ values: [String: String]?,
        _ element: FilterExpression.Element,
        for request: RecommendationRequest,
        among subjects: @autoclosure () throws(ServiceError) -> FilterSubjects,
        _ call: Call
    ) throws(ServiceError) -> Bitset? {
        guard let arn else {
            if values != nil { throw .PersonalizeRuntime.invalidInput("filterValues requires a filterArn.") }
            return nil
        }
        let filter = try serving.filter(arn, call)
        let deployment = request.deployed.deployment
        guard filter.group == deployment.group else {
            throw .PersonalizeRuntime.invalidInput("The filter \(arn) belongs to another dataset group than the \(deployment.kind.rawValue).")
        }
        guard let plan = filter.plan else {
            throw .PersonalizeRuntime.invalidInput("The filter \(arn) uses fields that its dataset group no longer has.")
        }
        guard plan.element == element else {
            throw .PersonalizeRuntime.invalidInput("The filter \(arn) filters \(plan.element.rawValue) and not \(element.rawValue).")
        }
        guard !plan.needsItem || request.deployed.asksByItem else {
            throw .PersonalizeRuntime.invalidInput("The filter \(arn) uses CurrentItem, which only recommendations of related items support.")
        }
        return try attributeIndex.allowed(plan, values, among: try subjects(), group: filter.group, user: request.user, item: request.item)
    }

    /// What of a model's items may be answered: what the filter leaves, without what the use case removes by itself.
    func allowedItems(_ arn: String?, _ values: [String: String]?, for request: RecommendationRequest, _ call: Call) throws(ServiceError) -> Bitset? {
        let deployed = request.deployed
        let subjects = { [attributeIndex] () throws(ServiceError) in
            try attributeIndex.subjects(of: deployed.model, deployed.deployment.model, .items, group: deployed.deployment.group)
        }
        var allowed = try allowed(arn, values, .item, for: request, among: try subjects(), call)
        if let removed = deployed.model.useCase?.removedEventType, let user = request.user,
            let events = try attributeIndex.userEvents(.interactions, group: deployed.deployment.group)
        {
            let done = try events.subjects(of: user, .texts([EventType.plain(removed)]))
            if !done.isEmpty {
                var left = try subjects().set(of: done)
                left.invert()
                if let asked = allowed { left.formIntersection(asked) }
                allowed = left
            }
        }
        return allowed
    }
}
