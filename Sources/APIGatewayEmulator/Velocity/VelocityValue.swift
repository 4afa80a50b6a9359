import Wire

/// A value of a template. Lists and maps are shared, as Java's are: what is added to one is seen by all who hold it.
enum VelocityValue {
    case null
    case boolean(Bool)
    case integer(Int64)
    case double(Double)
    case text(String)
    case list(VelocityList)
    case map(VelocityMap)
    /// `$input`, `$util` and `$context`'s kin.
    case tool(VelocityTool)

    /// - Parameter heap: keeps the lists and maps that are made.
    init(_ document: Document, _ heap: VelocityHeap) {
        switch document {
        case .null: self = .null
        case .boolean(let flag): self = .boolean(flag)
        case .integer(let number): self = .integer(number)
        case .double(let number): self = .double(number)
        case .string(let text): self = .text(text)
        case .bytes(let bytes): self = .text(Base64.encode(bytes))
        case .timestamp(let time): self = .integer(time.milliseconds)
        case .list(let items): self = .list(VelocityList(items.map { VelocityValue($0, heap) }, isJSON: true, heap))
        case .object(let fields): self = .map(VelocityMap(fields.entries.map { ($0.name, VelocityValue($0.value, heap)) }, heap))
        }
    }

    var isNull: Bool { if case .null = self { true } else { false } }

    /// What `#if` makes of it.
    var isTrue: Bool {
        switch self {
        case .null: false
        case .boolean(let flag): flag
        default: true
        }
    }

    var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// As JSON.
    func document(_ budget: inout VelocityBudget, _ depth: Int = 0) throws(VelocityFault) -> Document {
        guard depth < JSON.maximumDepth + 2 else { throw VelocityFault("A value is nested too deeply") }
        try budget.spend(16)
        switch self {
        case .null, .tool: return .null
        case .boolean(let flag): return .boolean(flag)
        case .integer(let number): return .integer(number)
        case .double(let number): return .double(number)
        case .text(let text):
            try budget.spend(text.utf8.count)
            return .string(text)
        case .list(let list):
            var items: [Document] = []
            for item in list.items { items.append(try item.document(&budget, depth + 1)) }
            return .list(items)
        case .map(let map):
            var fields = Document.Fields()
            for entry in map.entries {
                try budget.spend(entry.key.utf8.count + 4)
                fields.append(entry.key, try entry.value.document(&budget, depth + 1))
            }
            return .object(fields)
        }
    }

    /// As Java prints it: lists that came out of JSON are JSON, maps are `{a=b}`.
    func printed(_ budget: inout VelocityBudget, _ depth: Int = 0) throws(VelocityFault) -> String {
        guard depth < JSON.maximumDepth + 2 else { throw VelocityFault("A value is nested too deeply") }
        try budget.spend(16)
        switch self {
        case .null: return "null"
        case .boolean(let flag): return flag ? "true" : "false"
        case .integer(let number): return String(number)
        case .double(let number): return JavaNumber.text(number)
        case .text(let text):
            try budget.spend(text.utf8.count)
            return text
        case .tool(.entry(let key, let box)):
            try budget.spend(key.utf8.count + 4)
            return "\(key)=\(try box.value.printed(&budget, depth + 1))"
        case .tool: return ""
        case .list(let list):
            if list.isJSON { return JSON.text(try document(&budget, depth)) }
            var parts: [String] = []
            for item in list.items { parts.append(try item.printed(&budget, depth + 1)) }
            return "[\(parts.joined(separator: ", "))]"
        case .map(let map):
            var parts: [String] = []
            for entry in map.entries {
                try budget.spend(entry.key.utf8.count + 4)
                parts.append("\(entry.key)=\(try entry.value.printed(&budget, depth + 1))")
            }
            return "{\(parts.joined(separator: ", "))}"
        }
    }

    func equals(_ other: VelocityValue, _ budget: inout VelocityBudget, _ depth: Int = 0) throws(VelocityFault) -> Bool {
        try budget.spend(16)
        if let left = number, let right = other.number { return left == right }
        switch (self, other) {
        case (.null, .null): return true
        case (.boolean(let left), .boolean(let right)): return left == right
        case (.text(let left), .text(let right)):
            try budget.spend(min(left.utf8.count, right.utf8.count))
            return left.utf8.elementsEqual(right.utf8)
        case (.list(let left), .list(let right)):
            if left === right { return true }
            guard depth < JSON.maximumDepth + 2, left.items.count == right.items.count else { return false }
            for (one, another) in zip(left.items, right.items) where try !one.equals(another, &budget, depth + 1) { return false }
            return true
        case (.map(let left), .map(let right)):
            if left === right { return true }
            guard depth < JSON.maximumDepth + 2, left.entries.count == right.entries.count else { return false }
            for entry in left.entries {
                guard let another = right[entry.key], try entry.value.equals(another, &budget, depth + 1) else { return false }
            }
            return true
        // What is of two kinds is compared by how it prints.
        case (.text, .integer), (.text, .double), (.text, .boolean), (.integer, .text), (.double, .text), (.boolean, .text):
            return try printed(&budget) == other.printed(&budget)
        default: return false
        }
    }
}

extension Document {
    /// How many values stand in it, itself among them.
    var valueCount: Int {
        switch self {
        case .list(let items): items.reduce(1) { $0 + $1.valueCount }
        case .object(let fields): fields.entries.reduce(1) { $0 + $1.value.valueCount }
        default: 1
        }
    }
}

/// What is left to do and to make: every value that is looked at, and every byte of a text that is made.
struct VelocityBudget {
    private var left = 32 << 20

    mutating func spend(_ count: Int) throws(VelocityFault) {
        left -= min(max(count, 0), 64 << 20)
        guard left >= 0 else { throw VelocityFault("The template gives too much") }
    }
}

/// Holds every list, map and box of one rendering, and empties them when it is over: those that hold each other in a circle would never be freed,
/// and those that are nested deeply would be freed by as many calls inside of each other.
final class VelocityHeap {
    private var lists: [VelocityList] = []
    private var maps: [VelocityMap] = []
    private var boxes: [VelocityTool.Box] = []

    func keep(_ list: VelocityList) { lists.append(list) }
    func keep(_ map: VelocityMap) { maps.append(map) }
    func keep(_ box: VelocityTool.Box) { boxes.append(box) }

    deinit {
        for list in lists { list.items = [] }
        for map in maps { map.clear() }
        for box in boxes { box.value = .null }
    }
}

final class VelocityList {
    var items: [VelocityValue]
    let isJSON: Bool

    init(_ items: [VelocityValue], isJSON: Bool = false, _ heap: VelocityHeap) {
        self.items = items
        self.isJSON = isJSON
        heap.keep(self)
    }
}

/// A map that keeps the order in which keys came.
final class VelocityMap {
    private(set) var entries: [(key: String, value: VelocityValue)]
    private var places: [String: Int]

    init(_ entries: [(String, VelocityValue)], _ heap: VelocityHeap) {
        self.entries = []
        places = [:]
        for (key, value) in entries { self[key] = value }
        heap.keep(self)
    }

    func clear() { (entries, places) = ([], [:]) }

    subscript(key: String) -> VelocityValue? {
        get { places[key].map { entries[$0].value } }
        set {
            switch (places[key], newValue) {
            case (let place?, let value?): entries[place].value = value
            case (nil, let value?):
                places[key] = entries.count
                entries.append((key, value))
            case (let place?, nil):
                entries.remove(at: place)
                places[key] = nil
                for (other, index) in places where index > place { places[other] = index - 1 }
            case (nil, nil): break
            }
        }
    }
}

/// What the service gives templates beside values.
enum VelocityTool {
    case input
    case util
    /// Of a loop: the index, and how many there are.
    case loop(Int, of: Int)
    /// An entry of a map, as `entrySet` gives it.
    case entry(String, Box)

    final class Box {
        fileprivate(set) var value: VelocityValue
        init(_ value: VelocityValue, _ heap: VelocityHeap) {
            self.value = value
            heap.keep(self)
        }
    }
}
