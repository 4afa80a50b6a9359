/// A set of small integers, one bit each: null rows of a column, items that a filter allows.
package struct Bitset: Sendable, Equatable {
    /// How many integers, from 0, the set can tell apart.
    package private(set) var count: Int
    private(set) var words: [UInt64]

    package init(count: Int = 0, filled: Bool = false) {
        self.count = count
        words = [UInt64](repeating: filled ? .max : 0, count: (count + 63) / 64)
        trim()
    }

    /// `words` as they were saved.
    init(count: Int, words: [UInt64]) {
        precondition(words.count == (count + 63) / 64, "a bitset of \(count) has \(words.count) words")
        self.count = count
        self.words = words
    }

    package subscript(_ index: Int) -> Bool {
        get { words[index >> 6] & (1 << UInt64(index & 63)) != 0 }
        set {
            let bit: UInt64 = 1 << UInt64(index & 63)
            if newValue { words[index >> 6] |= bit } else { words[index >> 6] &= ~bit }
        }
    }

    package mutating func append(_ value: Bool) {
        if count & 63 == 0 { words.append(0) }
        count += 1
        if value { self[count - 1] = true }
    }

    /// How many integers are in the set.
    package var population: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    package mutating func formIntersection(_ other: Bitset) {
        precondition(count == other.count, "bitsets of two sizes")
        for index in words.indices { words[index] &= other.words[index] }
    }

    package mutating func formUnion(_ other: Bitset) {
        precondition(count == other.count, "bitsets of two sizes")
        for index in words.indices { words[index] |= other.words[index] }
    }

    package mutating func invert() {
        for index in words.indices { words[index] = ~words[index] }
        trim()
    }

    /// Bits beyond `count` stay 0, so that `population` and `==` need not look.
    private mutating func trim() {
        if count & 63 != 0 { words[words.count - 1] &= (1 << UInt64(count & 63)) - 1 }
    }
}
