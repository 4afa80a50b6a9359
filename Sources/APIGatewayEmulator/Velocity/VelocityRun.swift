import Wire

/// One rendering of a template. What it may do is counted: a template of others ends in time and in bounded memory.
final class VelocityRun {
    /// Of nodes and expressions.
    private static let maximumSteps = 200_000
    /// Of one loop (quota "Iterations in a #foreach loop", API Gateway developer guide).
    private static let maximumIterations = 1000

    /// What a value of JSON takes, in bytes, about.
    private static let valueCost = 64

    let input: VelocityInput
    let heap = VelocityHeap()
    let context: VelocityValue
    private(set) var output = ""
    private var variables: [String: VelocityValue] = [:]
    private var steps = 0
    var budget = VelocityBudget()
    private var stopped = false
    private var leaving = false
    private var body: VelocityValue?
    private var stageVariables: VelocityValue?
    /// `$input.params()`.
    var parameters: VelocityValue?

    /// - Throws: that there is too much in the context.
    init(_ input: VelocityInput) throws(VelocityFault) {
        self.input = input
        try budget.spend(input.context.valueCount &* Self.valueCost)
        context = VelocityValue(input.context, heap)
    }

    /// A document as a value of this rendering; what is made is counted before.
    func read(_ document: Document) throws(VelocityFault) -> VelocityValue {
        try spend(document.valueCount &* Self.valueCost)
        return VelocityValue(document, heap)
    }

    func list(_ items: [VelocityValue]) throws(VelocityFault) -> VelocityValue {
        try spend(Self.valueCost)
        return .list(VelocityList(items, heap))
    }

    func step() throws(VelocityFault) {
        steps += 1
        guard steps <= Self.maximumSteps else { throw VelocityFault("The template takes too long") }
    }

    /// A text that was made.
    func made(_ text: String) throws(VelocityFault) -> VelocityValue {
        try spend(text.utf8.count)
        return .text(text)
    }

    func spend(_ count: Int) throws(VelocityFault) {
        try budget.spend(count)
    }

    func print(_ value: VelocityValue) throws(VelocityFault) -> String { try value.printed(&budget) }

    /// The body as JSON, read once; an empty one is `{}`.
    func json() throws(VelocityFault) -> VelocityValue {
        if let body { return body }
        let text = input.body.isEmpty ? "{}" : input.body
        guard let parsed = try? JSON.parse(text) else {
            throw VelocityFault("Could not parse request body into json", isBody: true)
        }
        let value = try read(parsed)
        body = value
        return value
    }

    // MARK: Nodes

    func render(_ nodes: [VelocityNode]) throws(VelocityFault) {
        for node in nodes {
            guard !stopped, !leaving else { return }
            try step()
            switch node {
            case .text(let text):
                try spend(text.utf8.count)
                output += text
            case .reference(let reference):
                let text = try printed(reference)
                try spend(text.utf8.count)
                output += text
            case .set(let target, let expression): try set(target, to: try value(expression))
            case .choice(let branches, let otherwise):
                var chosen = otherwise
                for branch in branches where try value(branch.condition).isTrue {
                    chosen = branch.body
                    break
                }
                try render(chosen)
            case .loop(let name, let list, let body): try loop(name, try value(list), body)
            case .leave: leaving = true
            case .stop: stopped = true
            }
        }
    }

    private func loop(_ name: String, _ list: VelocityValue, _ body: [VelocityNode]) throws(VelocityFault) {
        let items: [VelocityValue] =
            switch list {
            case .list(let list): list.items
            case .map(let map): map.entries.map(\.value)
            default: []
            }
        guard items.count <= Self.maximumIterations else { throw VelocityFault("A loop has more than \(Self.maximumIterations) iterations") }
        let kept = ["foreach", "velocityCount", name].map { ($0, variables[$0]) }
        for (index, item) in items.enumerated() {
            variables[name] = item
            variables["foreach"] = .tool(.loop(index, of: items.count))
            variables["velocityCount"] = .integer(Int64(index + 1))
            try render(body)
            if leaving || stopped { break }
        }
        leaving = false
        for (name, value) in kept { variables[name] = value }
    }

    /// What a reference prints.
    func printed(_ reference: VelocityReference) throws(VelocityFault) -> String {
        let value = try value(reference)
        guard value.isNull else { return try print(value) }
        // What the service itself gives prints as nothing where it has nothing.
        let isGiven = ["input", "util", "context", "stageVariables"].contains(reference.name)
        return reference.isQuiet || isGiven ? "" : reference.source
    }

    // MARK: Setting

    private func set(_ target: VelocityReference, to value: VelocityValue) throws(VelocityFault) {
        guard let last = target.steps.last else {
            variables[target.name] = value
            return
        }
        var owner = try root(target.name)
        for step in target.steps.dropLast() {
            var inner = try follow(step, of: owner)
            // `$context.responseOverride.status` makes what is between.
            if inner.isNull, case .map(let map) = owner, case .property(let name) = step, target.name == "context" {
                inner = .map(VelocityMap([], heap))
                map[name] = inner
            }
            owner = inner
        }
        let key: VelocityValue
        switch last {
        case .property(let name): key = .text(name)
        case .index(let expression): key = try self.value(expression)
        case .call: throw VelocityFault("#set cannot set what a method gives")
        }
        switch (owner, key) {
        case (.map(let map), _):
            let name = try print(key)
            try spend(name.utf8.count + Self.valueCost)
            map[name] = value
        case (.list(let list), .integer(let place)):
            guard list.items.indices.contains(Int(clamping: place)) else { throw VelocityFault("A list has no item \(place)") }
            list.items[Int(clamping: place)] = value
        default: break
        }
    }

    // MARK: References

    private func root(_ name: String) throws(VelocityFault) -> VelocityValue {
        if let value = variables[name] { return value }
        switch name {
        case "input": return .tool(.input)
        case "util": return .tool(.util)
        case "context": return context
        case "stageVariables":
            if let stageVariables { return stageVariables }
            let read = try read(input.stageVariables)
            stageVariables = read
            return read
        default: return .null
        }
    }

    func value(_ reference: VelocityReference) throws(VelocityFault) -> VelocityValue {
        var value = try root(reference.name)
        for step in reference.steps {
            try self.step()
            value = try follow(step, of: value)
        }
        return value
    }

    private func follow(_ step: VelocityReference.Step, of value: VelocityValue) throws(VelocityFault) -> VelocityValue {
        switch step {
        case .property(let name): return try property(name, of: value)
        case .call(let name, let arguments):
            var values: [VelocityValue] = []
            for argument in arguments { values.append(try self.value(argument)) }
            return try call(name, values, of: value)
        case .index(let expression):
            let key = try self.value(expression)
            switch (value, key) {
            case (.map(let map), _): return map[try print(key)] ?? .null
            case (.list(let list), .integer(let place)):
                return list.items.indices.contains(Int(clamping: place)) ? list.items[Int(clamping: place)] : .null
            default: return .null
            }
        }
    }

    // MARK: Expressions

    func value(_ expression: VelocityExpression) throws(VelocityFault) -> VelocityValue {
        try step()
        switch expression {
        case .boolean(let flag): return .boolean(flag)
        case .integer(let number): return .integer(number)
        case .double(let number): return .double(number)
        case .null: return .null
        case .text(let nodes):
            if case .text(let text)? = nodes.first, nodes.count == 1 { return .text(text) }
            let outer = output
            output = ""
            defer { output = outer }
            try render(nodes)
            return .text(output)
        case .list(let items):
            var values: [VelocityValue] = []
            for item in items { values.append(try value(item)) }
            return try self.list(values)
        case .range(let first, let last):
            guard case .integer(let first) = try value(first), case .integer(let last) = try value(last) else { return .null }
            let (low, high) = (min(first, last), max(first, last))
            guard let count = Int(exactly: high.subtractingReportingOverflow(low).partialValue), (0..<Self.maximumIterations).contains(count) else {
                throw VelocityFault("A range is too long")
            }
            try spend(count)
            let numbers = (low...high).map { VelocityValue.integer($0) }
            return try self.list(first <= last ? numbers : numbers.reversed())
        case .map(let entries):
            try spend(Self.valueCost)
            let map = VelocityMap([], heap)
            for entry in entries {
                let key = try print(try value(entry.key))
                try spend(key.utf8.count + Self.valueCost)
                map[key] = try value(entry.value)
            }
            return .map(map)
        case .reference(let reference): return try value(reference)
        case .not(let inner): return .boolean(!(try value(inner).isTrue))
        case .negative(let inner):
            switch try value(inner) {
            case .integer(let number): return .integer(0 &- number)
            case .double(let number): return .double(-number)
            default: return .null
            }
        case .chain(let first, let others):
            var left = try value(first)
            for (sign, right) in others {
                switch sign {
                case .or: left = .boolean(left.isTrue ? true : try value(right).isTrue)
                case .and: left = .boolean(left.isTrue ? try value(right).isTrue : false)
                default: left = try apply(sign, left, try value(right))
                }
            }
            return left
        }
    }

    private func apply(
        _ sign: VelocityExpression.Operator,
        _ left: VelocityValue,
        _ right: VelocityValue
    ) throws(VelocityFault) -> VelocityValue {
        switch sign {
        case .equal: return .boolean(try left.equals(right, &budget))
        case .unequal: return .boolean(try !left.equals(right, &budget))
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            guard let one = left.number, let other = right.number else { return .boolean(false) }
            return .boolean(sign == .less ? one < other : sign == .lessOrEqual ? one <= other : sign == .greater ? one > other : one >= other)
        case .plus where left.number == nil || right.number == nil:
            if left.isNull || right.isNull { return .null }
            return try made(try print(left) + print(right))
        default: return Self.arithmetic(sign, left, right)
        }
    }

    /// Whole numbers stay whole; what has no result, such as a division by zero, is nothing.
    private static func arithmetic(_ sign: VelocityExpression.Operator, _ left: VelocityValue, _ right: VelocityValue) -> VelocityValue {
        if case .integer(let one) = left, case .integer(let other) = right {
            switch sign {
            case .plus: return .integer(one &+ other)
            case .minus: return .integer(one &- other)
            case .times: return .integer(one &* other)
            case .divided: return other == 0 ? .null : .integer(one.dividedReportingOverflow(by: other).partialValue)
            default: return other == 0 ? .null : .integer(one.remainderReportingOverflow(dividingBy: other).partialValue)
            }
        }
        guard let one = left.number, let other = right.number else { return .null }
        switch sign {
        case .plus: return .double(one + other)
        case .minus: return .double(one - other)
        case .times: return .double(one * other)
        case .divided: return other == 0 ? .null : .double(one / other)
        default: return other == 0 ? .null : .double(one.truncatingRemainder(dividingBy: other))
        }
    }
}
