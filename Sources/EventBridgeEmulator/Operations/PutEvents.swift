package import ServiceKit
package import Wire

extension EventBridgeService {
    /// Of a request's entries together, as AWS counts them.
    private static let maximumBytes = 262_144

    func putEvents(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        guard input["EndpointId"] == nil else { throw .notHere("EndpointId of PutEvents") }
        let entries = input.required("Entries").items
        guard entries.reduce(0, { $0 + Self.size($1) }) <= Self.maximumBytes else {
            throw .validation("Total size of the entries in the request is over the limit.")
        }
        let rules = try patterns(call)
        var failed: Int64 = 0
        var answers: [Document] = []
        for entry in entries {
            do throws(ServiceError) {
                let id = UUIDText.random()
                let event = try Self.event(entry, id: id, call)
                hand(event, id: id, rules, call)
                answers.append(.members([("EventId", .string(id))]))
            } catch {
                failed += 1
                answers.append(.members([("ErrorCode", .string(error.code)), ("ErrorMessage", error.message.map { .string($0) })]))
            }
        }
        return .members([("FailedEntryCount", .integer(failed)), ("Entries", .list(answers))])
    }

    private func patterns(_ call: Call) throws(ServiceError) -> [(rule: EventRule, pattern: EventPattern)] {
        let rules = try read(call) { try $0.list(EventRule.kind) }.map { EventRule($0) }.filter { $0.isEnabled && !$0.targets.isEmpty }
        return rules.compactMap { rule in
            (rule.body["EventPattern"]?.textIfAny).flatMap { try? EventPattern($0) }.map { (rule: rule, pattern: $0) }
        }
    }

    private func hand(_ event: Document, id: String, _ rules: [(rule: EventRule, pattern: EventPattern)], _ call: Call) {
        for (rule, pattern) in rules where pattern.matches(event) {
            figures.add(1, to: .matched, rule: rule.name, call)
            figures.add(1, to: .triggered, rule: rule.name, call)
            for target in rule.targets { deliver(event, id: id, to: target, of: rule, call) }
        }
    }

    private static func size(_ entry: Document) -> Int {
        let texts = ["Source", "DetailType", "Detail"].reduce(entry["Time"] == nil ? 0 : 14) { $0 + (entry[$1]?.text.utf8.count ?? 0) }
        return (entry["Resources"]?.items ?? []).reduce(texts) { $0 + $1.text.utf8.count }
    }

    private static func event(_ entry: Document, id: String, _ call: Call) throws(ServiceError) -> Document {
        func given(_ name: String) throws(ServiceError) -> String {
            guard let text = entry[name]?.text, !text.isEmpty else {
                throw ServiceError("InvalidArgument", "Parameter \(name) is not valid. Reason: \(name) is a required argument.")
            }
            return text
        }
        let (source, type, detail) = (try given("Source"), try given("DetailType"), try given("Detail"))
        guard let parsed = try? JSON.parse(detail), case .object = parsed else { throw ServiceError("MalformedDetail", "Detail is malformed.") }
        guard !source.lowercased().hasPrefix("aws.") else { throw ServiceError("NotAuthorizedForSourceException", "Not authorized for the source.") }
        if let bus = entry["EventBusName"]?.text, !isDefault(bus, call) {
            throw ServiceError("ResourceNotFoundException", "Event bus \(bus) does not exist.")
        }
        return document(id, type, source, entry["Time"]?.time ?? call.now, entry["Resources"] ?? .list([]), parsed, call)
    }

    static func document(
        _ id: String,
        _ type: String,
        _ source: String,
        _ time: Timestamp,
        _ resources: Document,
        _ detail: Document,
        _ call: Call
    ) -> Document {
        .members([
            ("version", .string("0")), ("id", .string(id)), ("detail-type", .string(type)), ("source", .string(source)),
            ("account", .string(call.account)), ("time", .string(String(ISO8601.milliseconds(time).prefix(19)) + "Z")),
            ("region", .string(call.region)), ("resources", resources), ("detail", detail),
        ])
    }
}

extension EventBridgeService: EventPublisher {
    package func publish(_ event: ServiceEvent, account: String, region: String) throws(ServiceError) {
        let call = Call(account: account, region: region, now: time.now, requestID: RequestID.random())
        let rules = try patterns(call)
        guard !rules.isEmpty else { return }
        let id = UUIDText.random()
        let resources = Document.list(event.resources.map { .string($0) })
        hand(Self.document(id, event.detailType, event.source, event.time, resources, event.detail, call), id: id, rules, call)
    }
}
