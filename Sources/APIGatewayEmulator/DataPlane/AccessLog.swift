import Dispatch
import ServiceKit
import Wire

/// Where a stage says of each request how it was answered, and in which form.
struct AccessLog: Sendable {
    /// Of one line; what is longer is cut.
    private static let maximumLine = 32_768

    let group: String
    /// One for each stage that is read: AWS has several, by names that mean nothing.
    let stream = HexText.random(digits: 32)
    /// Texts, and between them names of `$context`.
    private let parts: [(text: String, name: String?)]

    /// - Parameter settings: the stage's `accessLogSettings`; only log groups are written to.
    init?(_ settings: Document?) {
        guard let destination = settings?["destinationArn"]?.textIfAny, let format = settings?["format"]?.textIfAny else { return nil }
        let fields = destination.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count == 7 || fields.count == 8, fields[2] == "logs", fields[5] == "log-group", Self.isGroup(fields[6]), !format.isEmpty else {
            return nil
        }
        group = String(fields[6])
        parts = Self.read(format)
    }

    /// What may be the name of a log group.
    private static func isGroup(_ name: Substring) -> Bool {
        (1...512).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: ".-_/#".utf8.contains(byte)
                }
            }
    }

    /// `$context.requestId took $context.responseLatency`
    private static func read(_ format: String) -> [(text: String, name: String?)] {
        var parts: [(text: String, name: String?)] = []
        var rest = Array(format.utf8)[...]
        var text: [UInt8] = []
        let mark = Array("$context.".utf8)
        while let first = rest.first {
            guard rest.starts(with: mark) else {
                text.append(first)
                rest = rest.dropFirst()
                continue
            }
            var name = rest.dropFirst(mark.count).prefix { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
                }
            }
            // A sentence may end behind a name.
            while let last = name.last, last == UInt8(ascii: ".") || last == UInt8(ascii: "-") { name = name.dropLast() }
            parts.append((String(decoding: text, as: UTF8.self), String(decoding: name, as: UTF8.self)))
            text = []
            rest = rest.dropFirst(mark.count + name.count)
        }
        parts.append((String(decoding: text, as: UTF8.self), nil))
        return parts
    }

    /// A name that has no value is a dash.
    func line(_ context: Document) -> String {
        var line = ""
        for part in parts where line.utf8.count <= Self.maximumLine {
            line += part.text
            guard let name = part.name else { continue }
            let value = name.split(separator: ".").reduce(context) { document, step in document?[String(step)] }
            switch value {
            case .string(let text)?: line += text
            case .integer(let number)?: line += String(number)
            default: line += "-"
            }
        }
        return line.utf8.count <= Self.maximumLine ? line : String(decoding: line.utf8.prefix(Self.maximumLine), as: UTF8.self)
    }
}

extension APIGatewayService {
    /// A reply that is also a line of the stage's access log, where it has one.
    func logging(
        _ exchange: GatewayExchange,
        _ endpoint: Endpoint?,
        _ stage: DeployedStage,
        _ reply: @escaping @Sendable (WireResponse) -> Void
    ) -> @Sendable (WireResponse) -> Void {
        guard let accessLog, let log = stage.accessLog else { return reply }
        let began = DispatchTime.now().uptimeNanoseconds
        return { response in
            var context = exchange.context(endpoint: endpoint)
            context.set("status", .integer(Int64(response.status)))
            context.set("responseLength", response.body.count.map { .integer(Int64($0)) })
            context.set("responseLatency", .integer(Int64((DispatchTime.now().uptimeNanoseconds &- began) / 1_000_000)))
            accessLog.append([log.line(context)], group: log.group, stream: log.stream, account: stage.account, region: stage.region)
            reply(response)
        }
    }
}
