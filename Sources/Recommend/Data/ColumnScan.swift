/// Scans of whole columns, 64 rows to a word: what filters are made of.
extension Column {
    /// The rows of a string column whose code is marked; a null is never.
    /// - Parameter marked: one flag per entry of the dictionary.
    package func rows(marked: [Bool]) -> Bitset {
        precondition(marked.count == dictionary.count, "\(marked.count) marks for a dictionary of \(dictionary.count)")
        return Bitset(count: codes.count) { row in
            let code = Int(codes[row])
            return code >= 0 && marked[code]
        }
    }

    /// The rows of a long, int or boolean column within one of the ranges; a null is in none.
    package func rows(in ranges: [ClosedRange<Int64>]) -> Bitset {
        let found = Bitset(count: integers.count) { row in
            let value = integers[row]
            for range in ranges where range.contains(value) { return true }
            return false
        }
        return withoutNulls(found)
    }

    /// The same for float and double.
    package func rows(in ranges: [ClosedRange<Double>]) -> Bitset {
        let found = Bitset(count: reals.count) { row in
            let value = reals[row]
            for range in ranges where range.contains(value) { return true }
            return false
        }
        return withoutNulls(found)
    }

    private func withoutNulls(_ rows: Bitset) -> Bitset {
        guard spec.nullable else { return rows }
        var rows = rows
        var present = nulls
        present.invert()
        rows.formIntersection(present)
        return rows
    }
}

extension Bitset {
    @inline(__always)
    init(count: Int, where holds: (Int) -> Bool) {
        var words = [UInt64](repeating: 0, count: (count + 63) / 64)
        for word in words.indices {
            var bits: UInt64 = 0
            for bit in 0..<min(64, count - word * 64) where holds(word * 64 + bit) { bits |= 1 << UInt64(bit) }
            words[word] = bits
        }
        self.init(count: count, words: words)
    }

    /// A set in another numbering: `indices[i]` is the index here of what is `i` there, or -1 where there is none.
    /// - Parameter missing: whether what has no number here belongs to the set.
    package func gathered(at indices: [Int32], missing: Bool) -> Bitset {
        Bitset(count: indices.count) { index in
            let own = Int(indices[index])
            return own < 0 ? missing : self[own]
        }
    }

    /// The integers of the set, in ascending order.
    package var members: [Int] {
        var members: [Int] = []
        for (index, word) in words.enumerated() {
            var word = word
            while word != 0 {
                members.append(index * 64 + word.trailingZeroBitCount)
                word &= word - 1
            }
        }
        return members
    }
}

extension IdMap {
    /// For each id here its index there, or -1.
    package func indices(in other: IdMap) -> [Int32] {
        bytes.withUnsafeBufferPointer { arena in
            (0..<count).map { index in
                other.index(of: UnsafeBufferPointer(rebasing: arena[starts[index]..<starts[index + 1]])) ?? -1
            }
        }
    }
}
