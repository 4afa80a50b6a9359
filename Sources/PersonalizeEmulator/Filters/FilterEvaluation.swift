package import Recommend
import ServiceKit
import Shapes
package import Wire

/// A filter with the values of one request.
///
/// What is left is the union of what the INCLUDE expressions name, or everything where none applies, without the union of what the EXCLUDE
/// expressions name. An expression whose IF does not hold does not apply, nor does an EXCLUDE one for whose parameters there are no values.
package struct FilterEvaluation: Sendable {
    package var plan: FilterPlan
    package var values: FilterValues
    package var sources: FilterSources
    /// Who asks: a user, or a session.
    package var user: String?
    /// The item that items are related to.
    package var item: String?

    package init(_ plan: FilterPlan, values: FilterValues, sources: FilterSources, user: String? = nil, item: String? = nil) {
        self.plan = plan
        self.values = values
        self.sources = sources
        self.user = user
        self.item = item
    }

    /// The subjects that the filter leaves: items, users or actions, as its element says.
    /// - Throws: `InvalidInputException` for values that are missing, unknown or do not fit.
    package func allowed(among subjects: FilterSubjects) throws(ServiceError) -> Bitset {
        if let unknown = values.names.subtracting(plan.parameters).min() {
            throw .PersonalizeRuntime.invalidInput("The filter has no parameter \(unknown).")
        }
        if plan.needsUser, user == nil { throw .PersonalizeRuntime.invalidInput("userId must be provided for this filter.") }
        if plan.needsItem, item == nil { throw .PersonalizeRuntime.invalidInput("itemId must be provided for this filter.") }
        var included: Bitset?
        var excluded = Bitset(count: subjects.count)
        for expression in plan.expressions {
            guard let found = try matching(expression, subjects) else { continue }
            if !expression.isInclude {
                excluded.formUnion(found)
            } else if included == nil {
                included = found
            } else {
                included?.formUnion(found)
            }
        }
        excluded.invert()
        if let included { excluded.formIntersection(included) }
        return excluded
    }

    /// The subjects that an expression names; nil when it does not apply.
    private func matching(_ expression: FilterPlan.Expression, _ subjects: FilterSubjects) throws(ServiceError) -> Bitset? {
        if let missing = expression.parameters.filter({ values[$0] == nil }).min() {
            guard expression.isInclude else { return nil }
            throw .PersonalizeRuntime.invalidInput("A value must be provided for the filter parameter \(missing).")
        }
        for test in expression.guards {
            let value = user.flatMap { sources.attributes[.users]?.values(of: $0, [test.column])?.first } ?? .null
            guard try resolved(test).holds(for: value, multivalued: true) else { return nil }
        }
        let tests = try expression.tests.mapThrowing { (group) throws(ServiceError) in
            try group.mapThrowing { (test) throws(ServiceError) in try resolved(test, eventTypes: expression.dataset.isEvents) }
        }
        return expression.dataset.isEvents ? try matching(events: expression.dataset, tests, subjects) : subjects.matching(tests)
    }

    private func matching(events kind: DatasetKind, _ groups: [[ResolvedTest]], _ subjects: FilterSubjects) throws(ServiceError) -> Bitset {
        var answer = Bitset(count: subjects.count)
        for group in groups {
            var both = Bitset(count: subjects.count, filled: true)
            for test in group {
                var found = try matching(events: kind, test, subjects)
                if test.comparison == .isNotIn { found.invert() }
                both.formIntersection(found)
            }
            answer.formUnion(both)
        }
        return answer
    }

    private func matching(events kind: DatasetKind, _ test: ResolvedTest, _ subjects: FilterSubjects) throws(ServiceError) -> Bitset {
        guard let events = sources.events[kind] else { return Bitset(count: subjects.count) }
        if plan.element == .user {
            var found = Bitset(count: subjects.count)
            for index in 0..<subjects.count {
                found[index] = try !events.subjects(of: subjects.ids[Int32(index)], test.values).isEmpty
            }
            return found
        }
        guard let user else { return subjects.set(of: []) }
        return subjects.set(of: try events.subjects(of: user, test.values))
    }

    private func resolved(_ test: FilterTest, eventTypes: Bool = false) throws(ServiceError) -> ResolvedTest {
        var texts: [String] = []
        switch test.operand {
        case .values(let values):
            for value in values {
                switch value {
                case .any: return ResolvedTest(column: test.column, comparison: test.comparison, values: .any)
                case .text(let text), .number(let text): texts.append(text)
                case .parameter(let name): texts += self.values[name] ?? []
                }
            }
        case .currentItem(let column): texts = currentItem(column)
        }
        if eventTypes {
            let values: ResolvedTest.Values = texts.contains("*") ? .any : .texts(texts.map(EventType.plain).sorted())
            return ResolvedTest(column: test.column, comparison: test.comparison, values: values)
        }
        guard test.isNumeric else { return ResolvedTest(column: test.column, comparison: test.comparison, values: .texts(texts.sorted())) }
        let isList = test.comparison == .isIn || test.comparison == .isNotIn
        guard isList || texts.count <= 1 else {
            throw .PersonalizeRuntime.invalidInput("A comparison of \(test.column) takes one value.")
        }
        let numbers = try texts.mapThrowing { (text) throws(ServiceError) in
            guard let number = FilterNumber(text) else {
                throw .PersonalizeRuntime.invalidInput("Invalid filter value \(text): \(test.column) is a number.")
            }
            return number
        }
        return ResolvedTest(column: test.column, comparison: test.comparison, values: .numbers(numbers))
    }

    /// The values that the item in question has; none when it has none, so that nothing is equal to them.
    private func currentItem(_ column: String) -> [String] {
        switch item.flatMap({ sources.attributes[.items]?.values(of: $0, [column])?.first }) ?? .null {
        case .null: []
        case .string(let text): text.split(separator: "|").map(String.init)
        case .long(let number): [String(number)]
        case .double(let number): ["\(number)"]
        case .boolean: []
        }
    }
}
