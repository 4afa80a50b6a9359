import Recommend
import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func createFilter(_ input: Personalize.CreateFilterRequest, _ call: Call) throws(ServiceError) -> Personalize.CreateFilterResponse {
        let arn = ARN.personalize("filter/\(input.name)", call)
        try resources(call) { table in
            try table.checkIsNew(arn, as: Personalize.Filter.self)
            let group = try table.active(input.datasetGroupArn, as: Personalize.DatasetGroup.self, call)
            let plan = try serving.plan(input.filterExpression, group: group.id)
            let others = serving.filters(group: group.id)
            try configuration.quotas.check(.filters, has: others.count)
            let fields = others.reduce(plan.fields) { $0.union($1.plan?.fields ?? []) }
            try configuration.quotas.check(.filterFields, has: fields.count - 1)
            let body = Personalize.Filter(
                name: input.name,
                filterArn: arn,
                datasetGroupArn: group.arn,
                filterExpression: input.filterExpression
            )
            let filter = try table.insert(body, arn: arn, parent: group.arn, lifecycle: .creating(at: call.now, delay: configuration.jobDelay))
            try table.attach(input.tags, to: arn)
            let served = ServedFilter(
                arn: arn,
                group: group.id,
                lifecycle: filter.lifecycle,
                expression: input.filterExpression,
                plan: plan
            )
            table.afterCommit { [serving] in serving.serve(served, $0) }
        }
        served.prepare()
        return Personalize.CreateFilterResponse(filterArn: arn)
    }
}

extension Serving {
    /// What an expression means in a dataset group, by the schemas that its datasets have now.
    /// - Throws: `InvalidInputException` saying what is wrong, and where.
    func plan(_ expression: String, group: DatasetGroupID) throws(ServiceError) -> FilterPlan {
        do {
            return try checked(expression, group: group)
        } catch {
            throw error.refusal
        }
    }

    /// The same, for who wants to know where the fault is.
    func checked(_ expression: String, group: DatasetGroupID) throws(FilterFault) -> FilterPlan {
        var schemas: [DatasetKind: [ColumnSpec]] = [:]
        for kind in DatasetKind.allCases { schemas[kind] = collector(kind, group: group)?.schema.columns }
        return try FilterChecker(schemas).plan(expression)
    }

    /// Holds the filters of a dataset group against its schemas again, after a dataset came or went.
    func replanFilters(group: DatasetGroupID, _ committed: borrowing Committed) {
        for var served in filters(group: group) {
            served.plan = try? plan(served.expression, group: group)
            serve(served, committed)
        }
    }
}
