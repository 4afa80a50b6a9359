/// Finds one text in others in linear time, whatever they are (Knuth, Morris, Pratt 1977).
///
/// Inlinable, so that each module has it for its own units and not for any.
package struct TextSearch<Unit: Equatable & Sendable>: Sendable {
    @usableFromInline let wanted: [Unit]
    /// How long the longest proper beginning of `wanted[...index]` is that is also its end.
    @usableFromInline let borders: [Int]

    /// Of `wanted`.
    @inlinable package var count: Int { wanted.count }

    @inlinable package init(_ wanted: [Unit]) {
        self.wanted = wanted
        var (borders, length) = ([Int](repeating: 0, count: wanted.count), 0)
        for index in wanted.indices.dropFirst() {
            while length > 0, wanted[index] != wanted[length] { length = borders[length - 1] }
            if wanted[index] == wanted[length] { length += 1 }
            borders[index] = length
        }
        self.borders = borders
    }

    /// Where it begins first, from the beginning of `units`; an empty text is everywhere.
    @inlinable package func first(in units: some Sequence<Unit>) -> Int? {
        guard !wanted.isEmpty else { return 0 }
        var found: Int?
        scan(units) { place in
            found = place
            return .stop
        }
        return found
    }

    /// Where it begins last.
    @inlinable package func last(in units: [Unit]) -> Int? {
        guard !wanted.isEmpty else { return units.count }
        var found: Int?
        scan(units) { place in
            found = place
            return .overlapping
        }
        return found
    }

    /// Where it begins, from left to right, none inside of another.
    @inlinable package func apart(in units: [Unit]) -> [Int] {
        guard !wanted.isEmpty else { return [] }
        var found: [Int] = []
        scan(units) { place in
            found.append(place)
            return .apart
        }
        return found
    }

    @usableFromInline enum Next { case stop, overlapping, apart }

    @inlinable func scan(_ units: some Sequence<Unit>, _ found: (Int) -> Next) {
        var length = 0
        for (index, unit) in units.enumerated() {
            while length > 0, unit != wanted[length] { length = borders[length - 1] }
            if unit == wanted[length] { length += 1 }
            guard length == wanted.count else { continue }
            switch found(index + 1 - length) {
            case .stop: return
            case .overlapping: length = borders[length - 1]
            case .apart: length = 0
            }
        }
    }
}
