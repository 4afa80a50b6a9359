package import Recommend
import ServiceKit
import Synchronization

/// What a dataset says of its items, users or actions now: bulk rows, with streamed rows in the place of those with the same id.
///
/// Rows are numbered in the order in which their ids came and keep their number. Filters scan the columns; what they find is kept until a
/// row changes.
package final class Attributes: Sendable {
    /// The rows that satisfy some tests.
    struct Matches {
        var rows: Bitset
        /// Whether an id without a row satisfies them.
        var missing: Bool
        /// Changes with every row that changes.
        var version: Int
        /// The ids of the rows from the number asked for.
        var newIDs: [String]
    }

    private struct State {
        var table: Table
        /// The row of each entry of the key column's dictionary.
        var rowOfKey: [Int32]
        var elements: [ElementIndex]
        var version = 0
        var found: [[[ResolvedTest]]: Bitset] = [:]
    }

    /// Answers kept at most; each has one bit a row.
    private static let maximumFound = 128

    private let state: Mutex<State>
    private let key: Int

    /// - Parameter table: one row per id, as imports leave it.
    package init(_ table: Table, kind: DatasetKind) {
        guard let name = kind.key, let key = table.columnIndex(name) else { preconditionFailure("attributes of a dataset without ids") }
        self.key = key
        let keys = table.columns[key]
        var rowOfKey = [Int32](repeating: -1, count: keys.dictionary.count)
        for row in 0..<table.rowCount where keys.codes[row] >= 0 { rowOfKey[Int(keys.codes[row])] = Int32(row) }
        let elements = table.columns.enumerated().map { index, column in
            var elements = ElementIndex()
            // An id is one value whatever it is made of, and texts cannot be filtered by.
            if index != key, !column.spec.textual { elements.extend(to: column.dictionary) }
            return elements
        }
        state = Mutex(State(table: table, rowOfKey: rowOfKey, elements: elements))
    }

    package var table: Table { state.withLock { $0.table } }

    package var columns: [ColumnSpec] { state.withLock { $0.table.specs } }

    /// Puts a row in the place of the one with the same id, or at the end. The values are in the order of the columns and fit them.
    package func upsert(_ values: [Value]) {
        guard case .string(let id) = values[key] else { preconditionFailure("a row without its id") }
        state.withLock { state in
            let known = state.table.columns[key].dictionary.index(of: id).map { Int(state.rowOfKey[Int($0)]) } ?? -1
            let refused = known >= 0 ? state.table.replace(row: known, with: values) : state.table.append(values)
            precondition(refused == nil, "a checked row does not fit its dataset")
            if known < 0 {
                state.rowOfKey.append(Int32(state.table.rowCount - 1))
            }
            for index in state.elements.indices where index != key && !state.table.columns[index].spec.textual {
                state.elements[index].extend(to: state.table.columns[index].dictionary)
            }
            state.version += 1
            state.found.removeAll(keepingCapacity: true)
        }
    }

    /// The values of some columns for an id, in the order asked for; nil when the id has no row.
    package func values(of id: String, _ names: [String]) -> [Value]? {
        state.withLock { state in
            guard let row = Self.row(of: id, state, key) else { return nil }
            return names.map { name in state.table.column(name)?[row] ?? .null }
        }
    }

    private static func row(of id: String, _ state: State, _ key: Int) -> Int? {
        guard let code = state.table.columns[key].dictionary.index(of: id), state.rowOfKey[Int(code)] >= 0 else { return nil }
        return Int(state.rowOfKey[Int(code)])
    }

    /// The row of each id, or -1, and the number of rows there are.
    func positions(of ids: IdMap) -> (positions: [Int32], rows: Int) {
        state.withLock { state in
            let keys = ids.indices(in: state.table.columns[key].dictionary)
            return (keys.map { $0 < 0 ? -1 : state.rowOfKey[Int($0)] }, state.table.rowCount)
        }
    }

    /// The rows for which all tests of one group hold.
    /// - Parameter known: how many rows the caller has seen; the ids of later ones come with the answer.
    func matches(_ groups: [[ResolvedTest]], known: Int) -> Matches {
        state.withLock { state in
            var rows = state.found[groups]
            if rows == nil {
                if state.found.count >= Self.maximumFound { state.found.removeAll(keepingCapacity: true) }
                rows = Self.scan(groups, state, key)
                state.found[groups] = rows
            }
            let keys = state.table.columns[key]
            return Matches(
                rows: rows ?? Bitset(),
                missing: groups.contains { $0.allSatisfy(\.holdsForMissing) },
                version: state.version,
                newIDs: (min(known, state.table.rowCount)..<state.table.rowCount).map { keys.dictionary[keys.codes[$0]] }
            )
        }
    }

    private static func scan(_ groups: [[ResolvedTest]], _ state: State, _ key: Int) -> Bitset {
        var answer = Bitset(count: state.table.rowCount)
        for group in groups {
            var both: Bitset?
            for test in group {
                let found = scan(test, state, key)
                if both == nil { both = found } else { both?.formIntersection(found) }
            }
            if let both { answer.formUnion(both) }
        }
        return answer
    }

    private static func scan(_ test: ResolvedTest, _ state: State, _ key: Int) -> Bitset {
        guard let index = state.table.columnIndex(test.column) else {
            return Bitset(count: state.table.rowCount, filled: test.holdsForMissing)
        }
        let column = state.table.columns[index]
        var rows: Bitset
        switch column.spec.type {
        case .string:
            guard case .texts(let texts) = test.values else { preconditionFailure("a text column is tested for numbers") }
            rows = column.rows(marked: state.elements[index].marked(texts, in: column.dictionary))
        case .long, .int, .boolean: rows = column.rows(in: test.integerRanges)
        case .float, .double: rows = column.rows(in: test.realRanges)
        }
        if test.comparison == .isNotIn { rows.invert() }
        return rows
    }
}
