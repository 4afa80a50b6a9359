import Logging
import ServiceKit
import Wire

/// An event on its way to one target, as it is kept while it waits for another try.
struct PendingDelivery {
    static let kind = "event-delivery"
    /// "How EventBridge retries delivering events" (EventBridge user guide, 2026): a day and 185 tries.
    private static let longestAge: Int64 = 86_400
    private static let mostRetries = 185
    /// Milliseconds between two tries.
    static let longestPause: Int64 = 600_000

    var id: String
    var account: String
    var region: String
    var rule: String
    var target: Document
    var event: Document
    /// When it was tried first, in milliseconds.
    var first: Int64
    var due: Int64
    /// That have been made.
    var retries = 0

    init(id: String, _ event: Document, _ target: Document, rule: String, _ call: Call, at now: Int64) {
        (self.id, account, region, self.rule, self.target, self.event) = (id, call.account, call.region, rule, target, event)
        (first, due) = (now, now)
    }

    init(_ record: Record) {
        let body = record.body
        id = record.name
        account = body["Account"]?.textIfAny ?? ""
        region = body["Region"]?.textIfAny ?? ""
        rule = body["Rule"]?.textIfAny ?? ""
        target = body["Target"] ?? .null
        event = body["Event"] ?? .null
        first = min(max(body["First"]?.integerIfAny ?? 0, 0), 1 << 53)
        due = min(max(body["Due"]?.integerIfAny ?? 0, 0), 1 << 53)
        retries = min(max(Int(clamping: body["Retries"]?.integerIfAny ?? 0), 0), Self.mostRetries)
    }

    func save(in table: RecordTable) throws {
        let body = Document.members([
            ("Account", .string(account)), ("Region", .string(region)), ("Rule", .string(rule)), ("Target", target), ("Event", event),
            ("First", .integer(first)), ("Due", .integer(due)), ("Retries", .integer(Int64(retries))),
        ])
        try table.put(Self.kind, id, body)
    }

    /// When it is tried again; nil when the policy of its target is at its end. A second at first, then twice as long each time up to ten minutes.
    func next(after now: Int64) -> PendingDelivery? {
        let policy = target["RetryPolicy"]
        let age = min(max(policy?["MaximumEventAgeInSeconds"]?.integerIfAny ?? Self.longestAge, 0), Self.longestAge) * 1000
        guard retries < Int(clamping: policy?["MaximumRetryAttempts"]?.integerIfAny ?? Int64(Self.mostRetries)) else { return nil }
        var later = self
        later.due = now + min(1000 << Int64(min(retries, 10)), Self.longestPause)
        later.retries += 1
        return later.due - first <= age ? later : nil
    }
}

extension EventBridgeService {
    /// That wait for another try, of all accounts together.
    private static let mostPending = 10_000

    /// Hands an event to a target: when this returns it is in the queue of the function, in the stream, on its way to the log, or written down to be tried
    /// again.
    func deliver(_ event: Document, id: String, to target: Document, of rule: EventRule, _ call: Call) {
        figures.add(1, to: .invocations, rule: rule.name, call)
        do throws(ServiceError) {
            try hand(event, id: id, to: target, rule: rule.arn(call), call)
        } catch {
            let delivery = PendingDelivery(id: "\(id)/\(HexText.random(digits: 8))", event, target, rule: rule.name, call, at: call.now.milliseconds)
            _ = tryLater(delivery, error)
        }
    }

    /// Tries a delivery again.
    /// - Returns: when it is due once more; nil when it is done with.
    func retry(_ id: String) -> Int64? {
        do throws(ServiceError) {
            let record = try readShared { try $0.find(PendingDelivery.kind, id) }
            guard let record else { return nil }
            let delivery = PendingDelivery(record)
            let call = Call(account: delivery.account, region: delivery.region, now: time.now, requestID: RequestID.random())
            figures.add(1, to: .retries, rule: delivery.rule, call)
            do throws(ServiceError) {
                let rule = EventRule(name: delivery.rule).arn(call)
                try hand(delivery.event, id: delivery.event["id"]?.textIfAny ?? id, to: delivery.target, rule: rule, call)
            } catch {
                return tryLater(delivery, error)
            }
            try writeShared { try $0.remove(PendingDelivery.kind, id) }
            return nil
        } catch {
            return time.now.milliseconds + 1000
        }
    }

    /// - Returns: when; nil when it is given up.
    private func tryLater(_ delivery: PendingDelivery, _ error: ServiceError) -> Int64? {
        let call = Call(account: delivery.account, region: delivery.region, now: time.now, requestID: RequestID.random())
        var reason = "\(error.code): \(error.message ?? "")"
        if Self.mayPass(error), let later = delivery.next(after: time.now.milliseconds) {
            if delivery.retries > 0 || retries.count < Self.mostPending {
                do throws(ServiceError) {
                    try writeShared { try later.save(in: $0) }
                    if delivery.retries == 0 { retries.set(later.id, at: later.due) }
                    return later.due
                } catch {
                    // The try that was written down before is still there.
                    if delivery.retries > 0 { return time.now.milliseconds + 1000 }
                    reason += ", and it could not be written down"
                }
            } else {
                reason += ", and \(Self.mostPending) others wait to be tried again"
            }
        }
        figures.add(1, to: .failed, rule: delivery.rule, call)
        log.warning(
            "an event could not be handed to a target",
            metadata: ["rule": "\(delivery.rule)", "target": "\(delivery.target["Arn"]?.textIfAny ?? "")", "cause": "\(reason)"]
        )
        if delivery.retries > 0 { _ = try? writeShared { try $0.remove(PendingDelivery.kind, delivery.id) } }
        return nil
    }

    /// Whether a target that refused may take the event later. One that is gone, or lets nobody in, does not.
    private static func mayPass(_ error: ServiceError) -> Bool {
        error.status == 429 || error.status >= 500
            || ["ProvisionedThroughputExceededException", "ThrottlingException", "LimitExceededException", "KMSThrottlingException"].contains(
                error.code
            )
    }

    private func hand(_ event: Document, id: String, to target: Document, rule: String, _ call: Call) throws(ServiceError) {
        guard let arn = target["Arn"]?.textIfAny, let kind = TargetKind(arn), let place = ARN(arn) else { return }
        let owner = call.from(account: place.account, region: place.region)
        guard let payload = TargetInput.payload(target, event, rule: rule) else {
            throw ServiceError("RequestTooLargeException", "The input of the target is too large.")
        }
        switch kind {
        case .function: try functions.hand(payload, to: arn, account: place.account, region: place.region)
        case .stream:
            let path = target["KinesisParameters"]?["PartitionKeyPath"]?.textIfAny
            let found = path.flatMap { EventPath($0)?.find(in: event) }
            let key = found.map { $0.textIfAny ?? String(decoding: JSON.write($0), as: UTF8.self) } ?? id
            let record: [(name: String, value: Document?)] = [
                ("StreamARN", .string(arn)), ("Data", .bytes(payload)), ("PartitionKey", .string(String(key.prefix(256)))),
            ]
            _ = try caller.call("kinesis", "PutRecord", .members(record), owner)
        case .deliveryStream:
            let name = String(place.resource.dropFirst("deliverystream/".count))
            let record: [(name: String, value: Document?)] = [
                ("DeliveryStreamName", .string(name)), ("Record", .members([("Data", .bytes(payload))])),
            ]
            _ = try caller.call("firehose", "PutRecord", .members(record), owner)
        case .logGroup:
            let group = place.resource.dropFirst("log-group:".count).prefix { $0 != ":" }
            let text = String(decoding: payload, as: UTF8.self)
            logs.append([text], group: String(group), stream: logStream, account: place.account, region: place.region)
        }
    }
}
