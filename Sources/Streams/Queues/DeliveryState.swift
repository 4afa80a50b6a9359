/// What a queue knows of a record that it has handed out and that nobody has acknowledged.
package struct DeliveryState: Hashable, Sendable {
    package enum Stage: Int, Sendable {
        case normal = 0
        /// Handed out for the last time: once it is visible again it is a dead letter.
        case last = 1
        case dead = 2
    }

    /// When the record came into the stream; epoch milliseconds, as all times here.
    package var arrival: Int64
    /// Nil for a record that was taken back before anybody got it.
    package var firstReceived: Int64?
    /// In flight until then.
    package var visibleAt: Int64
    /// Since it was restored, or from the beginning.
    package var receives: Int
    /// Counts up with every delivery, and with whatever else ends a receipt handle: it names the newest one.
    package var deliveries: Int64
    package var stage: Stage

    package init(arrival: Int64, firstReceived: Int64?, visibleAt: Int64, receives: Int, deliveries: Int64, stage: Stage) {
        self.arrival = arrival
        self.firstReceived = firstReceived
        self.visibleAt = visibleAt
        self.receives = receives
        self.deliveries = deliveries
        self.stage = stage
    }
}

/// Which records of a queue an operation is about.
package enum QueueFamily: Sendable, CaseIterable {
    case records, deadLetters
}

/// One record as a queue hands it out.
package struct DeliveredRecord: Sendable, Equatable {
    package var place: RecordPlace
    package var number: SequenceNumber
    package var partitionKey: [UInt8]
    package var data: [UInt8]
    package var state: DeliveryState
}

/// What has changed in a queue since it was stored.
package struct QueueChanges: Sendable, Equatable {
    /// The counter to go on from, by shard; nil for a shard that is gone.
    package var cursors: [(shard: Int32, counter: UInt64?)] = []
    /// Nil for a record that is acknowledged or gone.
    package var states: [(place: RecordPlace, state: DeliveryState?)] = []

    package init(cursors: [(shard: Int32, counter: UInt64?)] = [], states: [(place: RecordPlace, state: DeliveryState?)] = []) {
        self.cursors = cursors
        self.states = states
    }

    package var isEmpty: Bool { cursors.isEmpty && states.isEmpty }

    package static func == (left: Self, right: Self) -> Bool {
        left.cursors.elementsEqual(right.cursors, by: ==) && left.states.elementsEqual(right.states, by: ==)
    }
}
