import ServiceKit
import Shapes
import Streams
import Wire

/// Where a queue is asked to begin.
struct QueueStart: Sendable {
    let type: String
    let timestamp: Timestamp?
    private let position: Streams.StartingPosition

    /// - Throws: `ValidationException` for a type without the timestamp that it needs, or with one that it does not.
    init(_ input: Kinesis.QueueStartingPosition?) throws(ServiceError) {
        type = input?.type ?? "LATEST"
        // No record is older than 1970, and what is kept has to be read again.
        timestamp = (input?.timestamp).map { max($0, Timestamp(milliseconds: 0)) }
        switch (type, timestamp) {
        case ("AT_TIMESTAMP", let timestamp?): position = .timestamp(timestamp.milliseconds)
        case ("AT_TIMESTAMP", nil): throw .Kinesis.validation("Timestamp must be provided when the StartingPosition Type is AT_TIMESTAMP.")
        case (_, .some): throw .Kinesis.validation("Timestamp can only be provided when the StartingPosition Type is AT_TIMESTAMP.")
        case ("TRIM_HORIZON", nil): position = .trimHorizon
        default: position = .latest
        }
    }

    /// - Throws: `ValidationException` for a time that has not come.
    func cursors(in engine: Streams.Stream, _ call: Call) throws(ServiceError) -> [Int32: UInt64] {
        do throws(PositionRefusal) {
            return try engine.cursors(from: position, now: call.now.milliseconds)
        } catch {
            if case .lost(let fault) = error { throw .internalFailure(fault) }
            throw .Kinesis.validation("The Timestamp of the StartingPosition cannot be in the future.")
        }
    }

    /// The time from which records are handed out.
    func effective(in engine: Streams.Stream, _ call: Call) -> Timestamp {
        let earliest = Timestamp(milliseconds: engine.earliestTime(at: call.now.milliseconds))
        switch type {
        case "TRIM_HORIZON": return earliest
        case "AT_TIMESTAMP": return max(earliest, timestamp ?? earliest)
        default: return call.now
        }
    }
}
