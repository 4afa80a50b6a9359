import PersonalizeEmulator
import S3Emulator
import Wire

/// `/_personalite/faults` and `/_personalite/effects`: GET shows, POST replaces, PATCH adds, DELETE removes.
struct FaultAdmin: Sendable {
    let injector: FaultInjector

    /// The body of an answer.
    typealias Answer = (status: Int, body: Document)

    func faults(_ method: String, _ body: [UInt8]) -> Answer {
        do throws(FaultRefusal) {
            switch method {
            case "POST":
                let rules = try rules(body)
                injector.change { $0 = rules }
            case "PATCH":
                let rules = try rules(body)
                injector.change { $0 += rules }
            case "DELETE":
                // Without a body all of them go.
                let rules = body.isEmpty ? nil : try rules(body)
                injector.change { kept in kept.removeAll { rule in rules?.contains(rule) ?? true } }
            default: break
            }
            return (200, .list(injector.rules.map(\.document)))
        } catch {
            return (400, .object(.init([("message", .string(error.reason))])))
        }
    }

    func effects(_ method: String, _ body: [UInt8]) -> Answer {
        do throws(FaultRefusal) {
            switch method {
            case "POST", "PATCH": injector.set(latency: try latency(body))
            case "DELETE": injector.set(latency: 0)
            default: break
            }
            return (200, .object(.init([("latency", .double(injector.latency))])))
        } catch {
            return (400, .object(.init([("message", .string(error.reason))])))
        }
    }

    private func rules(_ body: [UInt8]) throws(FaultRefusal) -> [FaultRule] {
        guard let document = try? JSON.parse(body), case .list(let items) = document else {
            throw FaultRefusal("the body is not a JSON list of rules")
        }
        var rules: [FaultRule] = []
        for item in items { rules.append(try FaultRule(item)) }
        return rules
    }

    private func latency(_ body: [UInt8]) throws(FaultRefusal) -> Double {
        guard let document = try? JSON.parse(body), case .object(let fields) = document else { throw FaultRefusal("the body is not a JSON object") }
        guard fields.entries.count == 1, let field = fields.entries.first, field.name == "latency" else {
            throw FaultRefusal("the body has one member, latency")
        }
        return try FaultRule.number(field, 0...600_000)
    }
}
