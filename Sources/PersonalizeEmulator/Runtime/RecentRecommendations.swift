import ServiceKit
import Synchronization

/// The lists of the newest answers, by their recommendationId: an event that names one was chosen from what was shown there (implicit
/// impressions). Kept in memory only, and so many at most; of older ones, and of those before a restart, the impressions are not known.
package final class RecentRecommendations: Sendable {
    private struct State {
        var lists: [String: [String]] = [:]
        /// The ids in the order in which they will be forgotten; a ring once it is full.
        var order: [String] = []
        var oldest = 0
    }

    private static let maximumLists = 10_000
    /// As many as an explicit impression may have.
    private static let maximumItems = 25

    private let state = Mutex(State())

    package init() {}

    func note(_ items: [String], as id: String) {
        guard !items.isEmpty else { return }
        state.withLock { state in
            state.lists[id] = Array(items.prefix(Self.maximumItems))
            guard state.order.count == Self.maximumLists else { return state.order.append(id) }
            state.lists[state.order[state.oldest]] = nil
            state.order[state.oldest] = id
            state.oldest = (state.oldest + 1) % Self.maximumLists
        }
    }

    func items(_ id: String) -> [String]? {
        state.withLock { $0.lists[id] }
    }

    func removeAll() {
        state.withLock { $0 = State() }
    }
}
