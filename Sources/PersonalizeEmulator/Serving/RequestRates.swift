import ServiceKit
import Streams
import Synchronization
import Wire

/// How often records may be put and recommendations be asked for, in a second of the server's clock: those quotas that are rates.
final class RequestRates: Sendable {
    private let quotas: Quotas
    private let buckets = Mutex<[String: TokenBucket]>([:])
    /// Above so many buckets the full ones are forgotten.
    private static let maximumBuckets = 10_000

    init(_ quotas: Quotas) {
        self.quotas = quotas
    }

    /// The quotas that an operation counts against, and of what it is one.
    private static func rules(_ operation: String, _ input: Document) -> [(name: Quotas.Name, of: String)] {
        func text(_ member: String) -> String { input[member]?.textIfAny ?? "" }
        switch operation {
        // A dataset group has one tracker, and one dataset of each kind.
        case "PutEvents": return [(.events, "events/" + text("trackingId"))]
        case "PutActionInteractions": return [(.events, "actions/" + text("trackingId"))]
        case "PutItems", "PutUsers", "PutActions": return [(.records, text("datasetArn"))]
        case "GetRecommendations", "GetPersonalizedRanking", "GetActionRecommendations":
            let deployment = input["campaignArn"]?.textIfAny ?? text("recommenderArn")
            return [(.deploymentRequests, "\(operation)/\(deployment)"), (.requests, "")]
        default: return []
        }
    }

    /// - Parameter input: checked against its shape.
    /// - Throws: `ThrottlingException`.
    func check(_ operation: String, _ input: Document, _ call: Call) throws(ServiceError) {
        for (name, owner) in Self.rules(operation, input) {
            guard let perSecond = quotas[name], !take("\(name.rawValue)/\(call.account)/\(call.region)/\(owner)", perSecond, call) else { continue }
            throw ServiceError("ThrottlingException", "Rate exceeded", hint: "The quota \(name.rawValue) is \(perSecond).")
        }
    }

    private func take(_ key: String, _ perSecond: Int, _ call: Call) -> Bool {
        buckets.withLock { buckets in
            if buckets.count >= Self.maximumBuckets, buckets[key] == nil { buckets = [:] }
            var bucket = buckets[key] ?? TokenBucket(perSecond: perSecond)
            bucket.refill(at: call.now.milliseconds)
            let isAllowed = bucket.allows(1) && perSecond > 0
            if isAllowed { bucket.take(1) }
            buckets[key] = bucket
            return isAllowed
        }
    }
}
