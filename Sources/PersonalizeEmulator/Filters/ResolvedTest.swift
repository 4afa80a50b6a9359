import Recommend

/// A test whose values are known: what is left of a `FilterTest` at the time of a request.
struct ResolvedTest: Hashable {
    var column: String
    var comparison: FilterTest.Comparison
    /// Texts of a list, or the one number of a comparison.
    var values: Values

    enum Values: Hashable {
        case texts([String])
        case numbers([FilterNumber])
        /// Every event type.
        case any
    }

    /// What is missing is in no list, and neither less nor greater than anything.
    var holdsForMissing: Bool { comparison == .isNotIn }

    /// The values of a whole-number column that satisfy the test, before a NOT.
    var integerRanges: [ClosedRange<Int64>] {
        guard case .numbers(let numbers) = values else { return [] }
        return numbers.compactMap { number in
            switch comparison {
            case .isIn, .isNotIn: return number.exactInteger.map { $0...$0 }
            case .less: return number.ceiling.flatMap { $0 == .min ? nil : .min...($0 - 1) } ?? (number.isPositive ? .min ... .max : nil)
            case .lessOrEqual: return number.floor.map { .min...$0 } ?? (number.isPositive ? .min ... .max : nil)
            case .greater: return number.floor.flatMap { $0 == .max ? nil : ($0 + 1)...(.max) } ?? (number.isPositive ? nil : .min ... .max)
            case .greaterOrEqual: return number.ceiling.map { $0...(.max) } ?? (number.isPositive ? nil : .min ... .max)
            }
        }
    }

    var realRanges: [ClosedRange<Double>] {
        guard case .numbers(let numbers) = values else { return [] }
        return numbers.map(\.double).map { number in
            switch comparison {
            case .isIn, .isNotIn: number...number
            case .less: -.infinity...number.nextDown
            case .lessOrEqual: -.infinity...number
            case .greater: number.nextUp...(.infinity)
            case .greaterOrEqual: number...(.infinity)
            }
        }
    }

    /// Whether one value satisfies the test.
    func holds(for value: Value, multivalued: Bool) -> Bool {
        let found: Bool
        switch (value, values) {
        case (.null, _): return holdsForMissing
        case (.string(let text), .texts(let texts)):
            found = multivalued ? text.split(separator: "|").contains { texts.contains(String($0)) } : texts.contains(text)
        case (.long(let number), .numbers): found = integerRanges.contains { $0.contains(number) }
        case (.double(let number), .numbers): found = realRanges.contains { $0.contains(number) }
        default: found = false
        }
        return comparison == .isNotIn ? !found : found
    }
}

extension FilterNumber {
    var double: Double {
        switch self {
        case .integer(let number): Double(number)
        case .real(let number): number
        }
    }

    fileprivate var isPositive: Bool { double > 0 }

    fileprivate var exactInteger: Int64? {
        switch self {
        case .integer(let number): number
        case .real(let number): Int64(exactly: number)
        }
    }

    /// The greatest whole number not above it; nil beyond 64 bits.
    fileprivate var floor: Int64? {
        switch self {
        case .integer(let number): number
        case .real(let number): Int64(exactly: number.rounded(.down))
        }
    }

    /// The smallest whole number not below it; nil beyond 64 bits.
    fileprivate var ceiling: Int64? {
        switch self {
        case .integer(let number): number
        case .real(let number): Int64(exactly: number.rounded(.up))
        }
    }
}
