package import Recommend
import ServiceKit
import Wire

/// What users did in one dataset, bulk and streamed: the newest events of each type that filters look at.
package struct UserEvents: Sendable {
    private let bulk: EventIndex?
    private let streamed: EventStore
    private let dataset: DatasetID
    private let limit: Int

    package init(bulk: EventIndex?, streamed: EventStore, dataset: DatasetID, kind: DatasetKind) {
        self.bulk = bulk
        self.streamed = streamed
        self.dataset = dataset
        limit = EventIndex.limit(kind)
    }

    /// The items or actions of those newest events of a user, or session, that are of the wanted types.
    func subjects(of user: String, _ wanted: ResolvedTest.Values) throws(ServiceError) -> Set<String> {
        let events = try streamed.history(of: user, dataset: dataset, after: 0)
        var all = events.reversed().map { FilterEvent(type: EventType.plain($0.eventType), subject: $0.itemID, time: $0.timestamp.seconds) }
        all += bulk?.events(of: user) ?? []
        if !events.isEmpty {
            // Of equal times the later arrival is the newer one, and what is streamed came later.
            all = all.enumerated().sorted { ($1.element.time, $0.offset) < ($0.element.time, $1.offset) }.map(\.element)
        }
        var counts: [String: Int] = [:]
        var subjects: Set<String> = []
        for event in all where Self.isWanted(event.type, wanted) {
            counts[event.type ?? "", default: 0] += 1
            if counts[event.type ?? "", default: 0] <= limit { subjects.insert(event.subject) }
        }
        return subjects
    }

    private static func isWanted(_ type: String?, _ wanted: ResolvedTest.Values) -> Bool {
        switch wanted {
        case .any: true
        case .texts(let types): type.map(types.contains) ?? false
        case .numbers: false
        }
    }
}
