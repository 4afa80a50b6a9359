import Wire

/// `$.name`, `$['name']`, `[n]`, `[*]`, `..name`: what templates find in bodies by. Filters and slices are refused by name.
struct JSONPath {
    private enum Step {
        case member(String)
        case item(Int)
        case all
        case anywhere(String)
    }

    private var steps: [Step] = []
    /// Whether it may find more than one value, so that a list is what it gives.
    private var isMany = false

    init(_ text: String) throws(VelocityFault) {
        let scalars = Array(text.unicodeScalars)
        let fault = VelocityFault("The JSON path \(text) is not carried out")
        guard scalars.first == "$", scalars.count <= 1000 else { throw fault }
        var index = 1
        func name() -> String {
            let start = index
            while index < scalars.count, scalars[index] != ".", scalars[index] != "[" { index += 1 }
            return Self.text(scalars[start..<index])
        }
        while index < scalars.count {
            if scalars[index] == "." {
                index += 1
                let isDeep = index < scalars.count && scalars[index] == "."
                if isDeep { index += 1 }
                let name = name()
                guard !name.isEmpty, !name.contains("(") else { throw fault }
                if isDeep {
                    steps.append(.anywhere(name))
                    isMany = true
                } else if name == "*" {
                    steps.append(.all)
                    isMany = true
                } else {
                    steps.append(.member(name))
                }
            } else if scalars[index] == "[" {
                guard let end = Self.end(scalars, from: index + 1) else { throw fault }
                let inner = scalars[(index + 1)..<end]
                index = end + 1
                if let quote = inner.first, quote == "'" || quote == "\"", inner.last == quote, inner.count >= 2 {
                    steps.append(.member(Self.text(inner.dropFirst().dropLast())))
                } else if inner.count == 1, inner.first == "*" {
                    steps.append(.all)
                    isMany = true
                } else if let number = Int(Self.text(inner)) {
                    steps.append(.item(number))
                } else {
                    throw fault
                }
            } else {
                throw fault
            }
        }
    }

    /// Where a bracket is closed; what stands between quotes closes none.
    private static func end(_ scalars: [Unicode.Scalar], from start: Int) -> Int? {
        guard start < scalars.count else { return nil }
        let quote = scalars[start]
        guard quote == "'" || quote == "\"" else { return scalars[start...].firstIndex(of: "]") }
        guard let close = scalars[(start + 1)...].firstIndex(of: quote), close + 1 < scalars.count, scalars[close + 1] == "]" else { return nil }
        return close + 1
    }

    private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    /// What it finds; nil when there is no such thing.
    func find(in root: VelocityValue, _ run: VelocityRun) throws(VelocityFault) -> VelocityValue? {
        var found = [root]
        for step in steps {
            var next: [VelocityValue] = []
            for value in found {
                try run.step()
                switch (step, value) {
                case (.member(let name), .map(let map)): if let member = map[name] { next.append(member) }
                case (.item(let index), .list(let list)):
                    let place = index < 0 ? list.items.count + index : index
                    if list.items.indices.contains(place) { next.append(list.items[place]) }
                case (.all, .list(let list)):
                    try run.spend(list.items.count)
                    next += list.items
                case (.all, .map(let map)):
                    try run.spend(map.entries.count)
                    next += map.entries.map(\.value)
                case (.anywhere(let name), _): try Self.search(name, value, &next, run, 0)
                default: break
                }
            }
            try run.spend(next.count)
            found = next
        }
        if isMany { return .list(VelocityList(found, isJSON: true, run.heap)) }
        return found.first
    }

    private static func search(
        _ name: String,
        _ value: VelocityValue,
        _ found: inout [VelocityValue],
        _ run: VelocityRun,
        _ depth: Int
    ) throws(VelocityFault) {
        guard depth < JSON.maximumDepth + 2 else { throw VelocityFault("A value is nested too deeply") }
        try run.spend(1)
        switch value {
        case .map(let map):
            if let member = map[name] { found.append(member) }
            for entry in map.entries { try search(name, entry.value, &found, run, depth + 1) }
        case .list(let list): for item in list.items { try search(name, item, &found, run, depth + 1) }
        default: break
        }
    }
}
