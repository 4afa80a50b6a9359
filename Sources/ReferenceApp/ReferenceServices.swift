package import ServiceKit
import Wire

/// The operations that the reference app calls, with the same checks that a client's requests meet.
package struct ReferenceServices: Sendable {
    let personalizeTable: ServiceTable
    let runtimeTable: ServiceTable
    let eventsTable: ServiceTable
    let kinesisTable: ServiceTable

    package init(personalizeTable: ServiceTable, runtimeTable: ServiceTable, eventsTable: ServiceTable, kinesisTable: ServiceTable) {
        self.personalizeTable = personalizeTable
        self.runtimeTable = runtimeTable
        self.eventsTable = eventsTable
        self.kinesisTable = kinesisTable
    }

    func personalize(_ operation: String, _ fields: Document.Fields, _ call: Call) throws(ServiceError) -> Document? {
        try run(personalizeTable, operation, body: .object(fields), call)
    }

    func runtime(_ path: String, _ fields: Document.Fields, _ call: Call) throws(ServiceError) -> Document? {
        try run(runtimeTable, path, body: .object(fields), call)
    }

    func kinesis(_ operation: String, _ fields: Document.Fields, _ call: Call) throws(ServiceError) -> Document? {
        try run(kinesisTable, operation, body: .object(fields), call)
    }

    /// Sends what a stream record says to PutEvents, as often as the record asks, each time in a session of its own.
    func deliver(_ event: ReferenceEvent, _ call: Call) throws(ServiceError) {
        for _ in 0..<event.interactions { _ = try run(eventsTable, "/events", body: event.putEvents, call) }
    }

    private func run(_ table: ServiceTable, _ key: String, body: Document, _ call: Call) throws(ServiceError) -> Document? {
        guard let entry = table[key] else { preconditionFailure("the reference app calls \(key), which no table has") }
        return try table.run(entry, body, call)
    }
}
