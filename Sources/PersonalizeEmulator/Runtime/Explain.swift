import Recommend
import ServiceKit
import Shapes
package import Wire

/// `/_personalite/explain`: why an item is where it is in an answer, computed from the model that answers and from the history of this moment.
extension RuntimeService {
    package func explain(_ asked: ExplainRequest, _ call: Call) throws(ServiceError) -> Document {
        let call = asked.call(call)
        let deployed = try engine.deployed(asked.arn, asked.kind, call)
        switch deployed.model.recipe.family {
        case .personal: return try explainItem(asked, deployed, call)
        case .actions: return try explainAction(asked, deployed, call)
        case .related: return Self.unexplained(deployed, "its lists are ordered by how many users items share, or by likeness, and have no scores")
        case .popular: return Self.unexplained(deployed, "its lists are ordered by the number of users of an item, and have no scores")
        case .trending: return Self.unexplained(deployed, "its lists are ordered by the growth of an item's interactions, and have no scores")
        case .segments: return Self.unexplained(deployed, "it answers batch jobs, with users and without scores")
        }
    }

    private static func unexplained(_ deployed: Deployed, _ reason: String) -> Document {
        .members([
            ("recipe", .string(deployed.deployment.recipe.name)), ("explained", .boolean(false)),
            ("reason", .string("The recipe \(deployed.deployment.recipe.name) has no parts to show: \(reason).")),
        ])
    }

    private func explainItem(_ asked: ExplainRequest, _ deployed: Deployed, _ call: Call) throws(ServiceError) -> Document {
        guard let user = asked.user else { throw .PersonalizeRuntime.invalidInput("userId must be provided.") }
        let group = deployed.deployment.group
        let context = try ContextRules.check(asked.context, engine.serving.collector(.interactions, group: group))
        let request = RecommendationRequest(deployed: deployed, now: call.now, user: user, context: context)
        let query = try engine.query(request, count: 1)
        let labels = try ItemLabels(engine, group: group)
        var members: [(name: String, value: Document?)] = [
            ("recipe", .string(deployed.deployment.recipe.name)), ("userId", .string(user)),
            ("isKnown", .boolean(deployed.model.isKnown(userId: user))),
            ("history", .list(query.history.suffix(Self.shownEvents).map { event(of: $0, deployed.model, labels) })),
        ]
        guard asked.action == nil else { throw .PersonalizeRuntime.invalidInput("actionId is for campaigns of actions.") }
        guard let item = asked.item else {
            guard asked.filter == nil, asked.list.isEmpty else { throw .PersonalizeRuntime.invalidInput("itemId must be provided.") }
            return .members(members)
        }
        let isRanking = deployed.deployment.recipe.type == .personalizedRanking
        guard isRanking || asked.list.isEmpty else { throw .PersonalizeRuntime.invalidInput("inputList is for campaigns that rank a list.") }
        var list: [String]?
        let isRemoved: Bool
        if isRanking {
            try RuntimeRules.checkList(asked.list, withMetadata: false)
            let left = try engine.left(of: asked.list, request, asked.filter, asked.filterValues, call)
            // What the filter takes out has the score that it would have among what is left.
            isRemoved = asked.list.contains(item) && !left.contains(item)
            list = isRemoved ? left + [item] : left
        } else {
            isRemoved = try self.isRemoved(item, asked, request, call)
        }
        let found = deployed.model.explain(item, query, among: list)
        members += [("itemId", .string(item)), ("title", labels.title(of: item)), ("explained", .boolean(found != nil))]
        guard let found else {
            let reason = isRanking ? "is not in the list, or training has not seen it, so it has no score" : "is not an item that the model knows"
            return .members(members + [("reason", .string("\(item) \(reason)."))])
        }
        members += [
            ("score", found.score.map { .double($0) }), ("probability", .double(found.probability)), ("rank", .integer(Int64(found.rank))),
            ("unit", .string("natural logarithm")), ("sum", .double(found.sum)),
            ("parts", .list(found.lines.map { part($0, query.history, deployed.model, labels) })),
            ("isRemoved", .boolean(isRemoved)), ("isRanking", .boolean(isRanking)),
        ]
        return .members(members)
    }

    /// The newest events of a history that an answer shows.
    private static let shownEvents = 100

    /// Whether a filter, or the use case by itself, leaves the item out of a list; the scores of lists are those among all items.
    private func isRemoved(_ item: String, _ asked: ExplainRequest, _ request: RecommendationRequest, _ call: Call) throws(ServiceError) -> Bool {
        guard let allowed = try engine.allowedItems(asked.filter, asked.filterValues, for: request, call) else { return false }
        return request.deployed.model.items.index(of: item).map { !allowed[Int($0)] } ?? false
    }

    private func event(of event: HistoryEvent, _ model: TrainedModel, _ labels: ItemLabels) -> Document {
        .members(Self.members(of: event, model, labels))
    }

    private static func members(of event: HistoryEvent, _ model: TrainedModel, _ labels: ItemLabels) -> [(name: String, value: Document?)] {
        let item = model.items[event.item]
        let types = model.eventTypes
        let type = types.indices.contains(Int(event.type) - 1) ? types[Int(event.type) - 1] : nil
        return [
            ("itemId", .string(item)), ("title", labels.title(of: item)), ("timestamp", .integer(event.time.value)),
            ("eventType", type.map { .string($0) }),
        ]
    }

    private func part(_ line: Explanation.Line, _ history: [HistoryEvent], _ model: TrainedModel, _ labels: ItemLabels) -> Document {
        var members: [(name: String, value: Document?)] = [("part", .string(line.part.rawValue)), ("value", .double(line.value))]
        if let event = line.event {
            members += Self.members(of: history[event], model, labels)
            members.append(("eventsBack", .integer(Int64(history.count - 1 - event))))
        }
        return .members(members)
    }

    private func explainAction(_ asked: ExplainRequest, _ deployed: Deployed, _ call: Call) throws(ServiceError) -> Document {
        guard let user = asked.user else { throw .PersonalizeRuntime.invalidInput("userId must be provided.") }
        guard let action = asked.action, asked.item == nil, asked.list.isEmpty, asked.context == nil else {
            throw .PersonalizeRuntime.invalidInput("actionId must be provided for this campaign, and no item, list or context.")
        }
        guard asked.filter == nil else { throw .PersonalizeRuntime.invalidInput("Actions are explained as if there were no filter.") }
        let found = deployed.model.explain(action: action, userId: user, adding: try actions(of: user, deployed))
        guard let found else {
            return Self.unexplained(deployed, "\(action) is not an action that the model knows")
        }
        guard found.score != nil else {
            return Self.unexplained(deployed, "too little is known of \(action), which is answered with the score 0")
        }
        return .members([
            ("recipe", .string(deployed.deployment.recipe.name)), ("userId", .string(user)), ("actionId", .string(action)),
            ("explained", .boolean(true)), ("score", found.score.map { .double($0) }), ("probability", .double(found.probability)),
            ("rank", .integer(Int64(found.rank))), ("unit", .string("log odds")), ("sum", .double(found.sum)),
            (
                "parts",
                .list(found.lines.map { .members([("part", .string($0.part.rawValue)), ("value", .double($0.value))]) })
            ),
        ])
    }
}

/// What items are called, where the Items dataset says it: in its itemName field, else in a column TITLE, ITEM_NAME or NAME.
struct ItemLabels {
    private let column: String?
    private let attributes: Attributes?

    init(_ engine: RecommendationEngine, group: DatasetGroupID) throws(ServiceError) {
        let fields = engine.serving.collector(.items, group: group)?.schema.fields ?? []
        let named = ["TITLE", "ITEM_NAME", "NAME"].lazy.compactMap { name in fields.first { $0.name.uppercased() == name } }.first
        column = (fields.first(where: \.isItemName) ?? named)?.name
        attributes = try column == nil ? nil : engine.attributeIndex.attributes(.items, group: group)
    }

    func title(of item: String) -> Document? {
        guard let column, let text = attributes?.values(of: item, [column])?.first?.text else { return nil }
        return .string(text)
    }
}
