package import Recommend
import ServiceKit
import Synchronization

/// What a filter chooses among: a numbering of ids, such as a model's items, and where each of them stands in the attributes.
package final class FilterSubjects: Sendable {
    private struct State {
        var positions: [Int32]
        /// How many rows of the attributes `positions` knows of.
        var known: Int
        var version = -1
        var found: [[[ResolvedTest]]: Bitset] = [:]
    }

    private static let maximumFound = 128

    package let ids: IdMap
    package let attributes: Attributes?
    private let state: Mutex<State>

    /// - Parameter attributes: nil when the dataset has no rows at all.
    package init(_ ids: IdMap, _ attributes: Attributes?) {
        self.ids = ids
        self.attributes = attributes
        let (positions, known) = attributes?.positions(of: ids) ?? ([], 0)
        state = Mutex(State(positions: positions, known: known))
    }

    package var count: Int { ids.count }

    /// The subjects for which all tests of one group hold.
    func matching(_ groups: [[ResolvedTest]]) -> Bitset {
        guard let attributes else { return Bitset(count: count, filled: groups.contains { $0.allSatisfy(\.holdsForMissing) }) }
        return state.withLock { state in
            let matches = attributes.matches(groups, known: state.known)
            if matches.version != state.version {
                for id in matches.newIDs {
                    if let index = ids.index(of: id) { state.positions[Int(index)] = Int32(state.known) }
                    state.known += 1
                }
                state.version = matches.version
                state.found.removeAll(keepingCapacity: true)
            }
            if let found = state.found[groups] { return found }
            if state.found.count >= Self.maximumFound { state.found.removeAll(keepingCapacity: true) }
            let found = matches.rows.gathered(at: state.positions, missing: matches.missing)
            state.found[groups] = found
            return found
        }
    }

    /// The subjects of these ids; ids of nobody are passed over.
    func set(of chosen: some Sequence<String>) -> Bitset {
        var set = Bitset(count: count)
        for id in chosen { if let index = ids.index(of: id) { set[Int(index)] = true } }
        return set
    }
}
