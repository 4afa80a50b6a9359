import Recommend
import ServiceKit
import Shapes
import Wire

/// `/_personalite/filter`: what an expression would leave of what a campaign chooses among, or where it is wrong, without making a filter of it.
extension RuntimeService {
    func tryFilter(_ asked: ExplainRequest, _ call: Call) throws(ServiceError) -> Document {
        guard let expression = asked.expression else { throw .PersonalizeRuntime.invalidInput("expression must be provided.") }
        // As long as CreateFilter takes it.
        guard expression.unicodeScalars.count <= Self.longestExpression else {
            throw .PersonalizeRuntime.invalidInput("expression must have at most \(Self.longestExpression) characters.")
        }
        let call = asked.call(call)
        let deployed = try engine.deployed(asked.arn, asked.kind, call)
        let group = deployed.deployment.group
        let plan: FilterPlan
        do {
            plan = try engine.serving.checked(expression, group: group)
        } catch {
            return .members([
                ("isValid", .boolean(false)), ("reason", .string(error.reason)), ("position", error.position.map { .integer(Int64($0)) }),
                ("message", .string(error.message)),
            ])
        }
        let known: [(name: String, value: Document?)] = [
            ("isValid", .boolean(true)), ("element", .string(plan.element.rawValue)),
            ("parameters", .list(plan.parameters.sorted().map { .string($0) })),
        ]
        let isActions = deployed.model.recipe.family == .actions
        guard plan.element == (isActions ? .action : .item) else {
            let reason = "It chooses by \(plan.element.rawValue), and this \(asked.kind.rawValue) answers with \(isActions ? "actions" : "items")."
            return .members(known + [("reason", .string(reason))])
        }
        let kind: DatasetKind = isActions ? .actions : .items
        do throws(ServiceError) {
            let subjects = try engine.attributeIndex.subjects(of: deployed.model, deployed.deployment.model, kind, group: group)
            let left = try engine.attributeIndex.allowed(
                plan,
                asked.filterValues,
                among: subjects,
                group: group,
                user: asked.user,
                item: deployed.asksByItem ? asked.item : nil
            )
            let labels = try ItemLabels(engine, group: group)
            let examples = (0..<left.count).lazy.filter { left[$0] }.prefix(Self.shownItems).map { subjects.ids[Int32($0)] }
            return .members(
                known + [
                    ("left", .integer(Int64(left.population))), ("of", .integer(Int64(subjects.count))),
                    ("examples", .list(examples.map { .members([("itemId", .string($0)), ("title", isActions ? nil : labels.title(of: $0))]) })),
                ]
            )
        } catch {
            // A value that is missing, or a user: more is to be said before anything can be counted.
            guard error.status < 500 else { throw error }
            return .members(known + [("reason", .string(error.message ?? error.code))])
        }
    }

    private static let longestExpression = 2500
    private static let shownItems = 5
}
