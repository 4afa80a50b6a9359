import Recommend

/// Which entries of a string column's dictionary hold which values: `a|b` holds two.
///
/// Columns of single values, which are most, are looked up in the dictionary itself and cost nothing here.
struct ElementIndex: Sendable {
    private var elements = IdMap()
    /// The elements of entry `i` are `members[starts[i]..<starts[i + 1]]`; empty while no entry has several values.
    private var starts: [Int32] = []
    private var members: [Int32] = []
    private var seen = 0

    /// Takes in the entries that the dictionary got since the last time.
    mutating func extend(to dictionary: IdMap) {
        let fresh = Int32(seen)..<Int32(dictionary.count)
        seen = dictionary.count
        if starts.isEmpty {
            guard fresh.contains(where: { dictionary[$0].utf8.contains(UInt8(ascii: "|")) }) else { return }
            starts = [0]
            for code in 0..<Int32(dictionary.count) { add(dictionary[code]) }
        } else {
            for code in fresh { add(dictionary[code]) }
        }
    }

    private mutating func add(_ text: String) {
        for element in text.split(separator: "|") { members.append(elements.intern(String(element))) }
        starts.append(Int32(members.count))
    }

    /// One flag per entry: whether it holds one of the values.
    func marked(_ values: [String], in dictionary: IdMap) -> [Bool] {
        var marked = [Bool](repeating: false, count: dictionary.count)
        if starts.isEmpty {
            for value in values { if let code = dictionary.index(of: value) { marked[Int(code)] = true } }
            return marked
        }
        var wanted = [Bool](repeating: false, count: elements.count)
        for value in values { if let element = elements.index(of: value) { wanted[Int(element)] = true } }
        for code in marked.indices {
            for place in Int(starts[code])..<Int(starts[code + 1]) where wanted[Int(members[place])] { marked[code] = true }
        }
        return marked
    }
}
