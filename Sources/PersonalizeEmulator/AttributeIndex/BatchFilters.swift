package import Recommend
import ServiceKit
import Shapes
package import Wire

/// Filters as batch jobs use them: one numbering for a whole job, one question per line.
extension AttributeIndex {
    /// Ids for filters to choose among: items, users or actions of a dataset group.
    package func subjects(_ ids: IdMap, _ kind: DatasetKind, group: DatasetGroupID) throws(ServiceError) -> FilterSubjects {
        FilterSubjects(ids, try attributes(kind, group: group))
    }

    /// What a filter leaves of them, in their numbering.
    /// - Parameters:
    ///   - values: `filterValues` as a request or a line of input has them.
    ///   - user: whom a list is for, where it is for one.
    ///   - item: the item that items are related to, where there is one.
    /// - Throws: `InvalidInputException` for values that are missing, unknown or do not fit.
    package func allowed(
        _ plan: FilterPlan,
        _ values: [String: String]?,
        among subjects: FilterSubjects,
        group: DatasetGroupID,
        user: String? = nil,
        item: String? = nil
    ) throws(ServiceError) -> Bitset {
        let evaluation = FilterEvaluation(plan, values: try FilterValues(values), sources: try sources(group: group), user: user, item: item)
        return try evaluation.allowed(among: subjects)
    }
}
