import ServiceKit
import Wire

/// The event of version 1.0 that functions behind AWS_PROXY get.
enum ProxyEvent {
    static func document(_ exchange: GatewayExchange, _ endpoint: Endpoint, _ stage: DeployedStage) -> Document {
        let isBinary = stage.isBinary(exchange.header("content-type") ?? "application/json") && !exchange.request.body.isEmpty
        let body: Document =
            exchange.request.body.isEmpty
            ? .null : .string(isBinary ? Base64.encode(exchange.request.body) : String(decoding: exchange.request.body, as: UTF8.self))
        let variables = stage.variables.entriesIfAny
        return .object(
            Document.Fields([
                ("resource", .string(endpoint.resourcePath)), ("path", .string(exchange.target.path)),
                ("httpMethod", .string(exchange.request.method)),
                ("headers", single(exchange.headers)), ("multiValueHeaders", many(exchange.headers)),
                ("queryStringParameters", exchange.query.isEmpty ? .null : single(exchange.query)),
                ("multiValueQueryStringParameters", exchange.query.isEmpty ? .null : many(exchange.query)),
                ("pathParameters", exchange.parameters.isEmpty ? .null : single(exchange.parameters)),
                ("stageVariables", variables.isEmpty ? .null : stage.variables), ("requestContext", exchange.context(endpoint: endpoint)),
                ("body", body), ("isBase64Encoded", .boolean(isBinary)),
            ])
        )
    }

    /// The last value of each name.
    private static func single(_ pairs: [(name: String, value: String)]) -> Document {
        var places: [String: Int] = [:]
        var fields: [(String, Document)] = []
        for pair in pairs {
            if let place = places[pair.name] {
                fields[place].1 = .string(pair.value)
            } else {
                places[pair.name] = fields.count
                fields.append((pair.name, .string(pair.value)))
            }
        }
        return .object(Document.Fields(fields))
    }

    private static func many(_ pairs: [(name: String, value: String)]) -> Document {
        var places: [String: Int] = [:]
        var values: [(String, [Document])] = []
        for pair in pairs {
            if let place = places[pair.name] {
                values[place].1.append(.string(pair.value))
            } else {
                places[pair.name] = values.count
                values.append((pair.name, [.string(pair.value)]))
            }
        }
        return .object(Document.Fields(values.map { ($0.0, .list($0.1)) }))
    }
}

/// What a function behind AWS_PROXY may answer.
enum ProxyAnswer {
    private static let members: Set<String> = ["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"]
    /// Headers that the gateway writes itself; a function's go on under another name.
    private static let remapped: Set<String> = [
        "authorization", "connection", "content-length", "content-md5", "date", "host", "server", "user-agent", "www-authenticate",
    ]
    static let remapping = "x-amzn-remapped-"
    private static let refused: Set<String> = ["transfer-encoding", "upgrade", "trailer", "te", "keep-alive"]

    static func response(_ payload: [UInt8], _ exchange: GatewayExchange, _ stage: DeployedStage) throws(GatewayFault) -> WireResponse {
        let malformed = GatewayFault.badGateway("malformed Lambda proxy response")
        guard let document = try? JSON.parse(payload), case .object(let fields) = document,
            fields.entries.allSatisfy({ members.contains($0.name) })
        else { throw malformed }
        let status = try status(document["statusCode"], malformed)
        var headers: [(name: String, value: String)] = []
        for field in document["multiValueHeaders"]?.entriesIfAny ?? [] {
            guard case .list(let values) = field.value else { throw malformed }
            for value in values { try add(field.name, value, to: &headers, malformed) }
        }
        let merged = Set(headers.map(\.name))
        for field in document["headers"]?.entriesIfAny ?? [] where !merged.contains(renamed(field.name)) {
            try add(field.name, field.value, to: &headers, malformed)
        }
        for member in ["headers", "multiValueHeaders"] {
            if let value = document[member], case .object = value { continue }
            if document[member] != nil { throw malformed }
        }
        if !headers.contains(where: { $0.name == "content-type" }) { headers.append(("content-type", "application/json")) }
        var body: [UInt8] = []
        switch document["body"] {
        case nil: break
        case .string(let text)?: body = Array(text.utf8)
        default: throw malformed
        }
        switch document["isBase64Encoded"] {
        case nil, .boolean(false)?: break
        case .boolean(true)?:
            if stage.binaryTypes.contains("*/*") || stage.isBinary(exchange.header("accept")) {
                guard let bytes = try? Base64.decode(String(decoding: body, as: UTF8.self)) else { throw malformed }
                body = bytes
            }
        default: throw malformed
        }
        headers += [
            ("x-amzn-requestid", exchange.requestID), ("x-amz-apigw-id", exchange.extendedID), ("x-amzn-trace-id", exchange.traceID),
        ]
        return WireResponse(status: status, headers: headers, body: .bytes(body))
    }

    private static func status(_ value: Document?, _ malformed: GatewayFault) throws(GatewayFault) -> Int {
        let number: Int?
        switch value {
        case nil: number = 200
        case .integer(let code)?: number = Int(exactly: code)
        case .double(let code)?: number = Int(exactly: code)
        case .string(let text)?: number = Int(text)
        default: number = nil
        }
        guard let number, (100...599).contains(number) else { throw malformed }
        // What is only on the way is no answer.
        guard number >= 200 else { throw malformed }
        return number
    }

    static func renamed(_ name: String) -> String {
        let name = name.lowercased()
        return remapped.contains(name) ? remapping + name : name
    }

    private static func add(
        _ name: String,
        _ value: Document,
        to headers: inout [(name: String, value: String)],
        _ malformed: GatewayFault
    ) throws(GatewayFault) {
        let text: String
        switch value {
        case .string(let value): text = value
        case .boolean(let flag): text = flag ? "true" : "false"
        case .integer(let number): text = String(number)
        case .null: return
        default: throw malformed
        }
        let name = renamed(name)
        guard HeaderRules.isName(name), HeaderRules.isValue(text) else { throw malformed }
        guard !refused.contains(name) else { return }
        headers.append((name, text))
    }
}
