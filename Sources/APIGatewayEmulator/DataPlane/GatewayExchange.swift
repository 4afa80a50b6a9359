import ServiceKit
import Wire

/// One request to a stage, as events, templates and mappings are told of it.
struct GatewayExchange: Sendable {
    let request: WireRequest
    let target: ExecuteTarget
    let requestID: String
    let extendedID: String
    let traceID: String
    let now: Timestamp
    let query: [(name: String, value: String)]
    /// As sent, without those that end at the gateway, and with those that it adds.
    let headers: [(name: String, value: String)]
    var parameters: [(name: String, value: String)] = []
    /// Who signed it; nil where nobody had to.
    var caller: Caller?
    /// The key that it was sent with, where one is asked for.
    var key: (id: String, value: String)?
    private let place: (account: String, region: String, stage: String, deployment: String)

    private static let dropped: Set<String> = [
        "connection", "content-length", "content-md5", "expect", "max-forwards", "proxy-authenticate", "server", "te", "transfer-encoding",
        "trailer", "upgrade", "www-authenticate", "keep-alive",
    ]

    /// - Throws: that an escape of the query cannot be read.
    init(_ request: WireRequest, _ target: ExecuteTarget, _ stage: DeployedStage, _ call: Call) throws(GatewayFault) {
        self.request = request
        self.target = target
        requestID = call.requestID
        extendedID = APIGatewayID.random()
        now = call.now
        traceID = "Root=1-\(UInt32(clamping: call.now.seconds).padded(to: 8, radix: 16))-\(HexText.random(digits: 24))"
        guard let query = Percent.pairs(query: request.query) else { throw .malformed }
        self.query = query
        var headers: [(name: String, value: String)] = []
        let names = request.headers.spelledNames
        for (name, field) in zip(names, request.headers.fields) where !Self.dropped.contains(field.name) { headers.append((name, field.value)) }
        if request.headers["x-amzn-trace-id"] == nil { headers.append(("X-Amzn-Trace-Id", traceID)) }
        if request.headers["x-forwarded-for"] == nil { headers.append(("X-Forwarded-For", Self.address)) }
        let port = request.headers.authority.flatMap { host in host.split(separator: ":").last.flatMap { UInt16($0) } }
        if request.headers["x-forwarded-port"] == nil {
            headers.append(("X-Forwarded-Port", port.map { String($0) } ?? (request.isSecure ? "443" : "80")))
        }
        if request.headers["x-forwarded-proto"] == nil { headers.append(("X-Forwarded-Proto", request.isSecure ? "https" : "http")) }
        self.headers = headers
        place = (stage.account, stage.region, stage.stage, stage.deployment)
    }

    /// Where requests come from: everything here is loopback, and the listener tells no address.
    private static let address = "127.0.0.1"

    /// - Parameter name: in lower case.
    func header(_ name: String) -> String? { request.headers[name] }

    private var domain: String {
        guard target.isByHost, let host = request.headers.authority else { return "\(target.api).execute-api.\(place.region).amazonaws.com" }
        return String(host.prefix { $0 != ":" })
    }

    // MARK: $context

    /// `requestContext` of events, and `$context` of templates.
    /// - Parameter endpoint: nil before a method was found.
    func context(endpoint: Endpoint?) -> Document {
        .members([
            ("resourceId", endpoint.map { .string($0.resourceID) }), ("resourcePath", endpoint.map { .string($0.resourcePath) }),
            ("httpMethod", .string(request.method)), ("extendedRequestId", .string(extendedID)), ("requestTime", .string(Self.time(now))),
            ("path", .string("/" + place.stage + target.path)), ("accountId", .string(place.account)), ("protocol", .string("HTTP/1.1")),
            ("stage", .string(place.stage)), ("domainPrefix", .string(target.api)), ("requestTimeEpoch", .integer(now.milliseconds)),
            ("requestId", .string(requestID)), ("identity", identity), ("domainName", .string(domain)),
            ("deploymentId", .string(place.deployment)), ("apiId", .string(target.api)),
        ])
    }

    private var identity: Document {
        let access = caller.map { Document.string($0.principal?.arn ?? "arn:aws:iam::\($0.account):root") }
        let user = caller.map { Document.string($0.principal?.userID ?? $0.account) }
        var members: [(String, Document)] = [
            ("cognitoIdentityPoolId", .null), ("accountId", caller.map { .string($0.account) } ?? .null), ("cognitoIdentityId", .null),
            ("caller", user ?? .null), ("sourceIp", .string(Self.address)), ("principalOrgId", .null),
            ("accessKey", caller?.signature.map { .string($0.scope.accessKey) } ?? .null), ("cognitoAuthenticationType", .null),
            ("cognitoAuthenticationProvider", .null), ("userArn", access ?? .null),
            ("userAgent", header("user-agent").map { .string($0) } ?? .null), ("user", user ?? .null),
        ]
        if let key { members += [("apiKey", .string(key.value)), ("apiKeyId", .string(key.id))] }
        return .object(Document.Fields(members))
    }

    /// `09/Apr/2015:12:34:56 +0000`.
    static func time(_ time: Timestamp) -> String {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let seconds = time.seconds
        let day = (seconds - (((seconds % 86400) + 86400) % 86400)) / 86400
        let rest = ((seconds % 86400) + 86400) % 86400
        // Days since the first of March of year 0, by eras of 400 years (Howard Hinnant, "chrono-compatible low-level date algorithms").
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let date = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let name = months.indices.contains(month - 1) ? months[month - 1] : ""
        return "\(two(date))/\(name)/\(year):\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60)) +0000"
    }

    // MARK: Templates

    func velocityInput(_ stage: DeployedStage, context: Document) -> VelocityInput {
        var input = VelocityInput(body: String(decoding: request.body, as: UTF8.self))
        input.path = parameters
        input.query = query
        input.headers = headers
        input.context = context
        input.stageVariables = stage.variables
        return input
    }
}

/// What may stand in a header.
enum HeaderRules {
    /// They say how an answer is sent, which is the server's own business.
    static let framing: Set<String> = ["connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"]

    /// Whether a mapping may set it.
    static func isMappable(_ name: String) -> Bool { isName(name) && !framing.contains(name.lowercased()) }

    static func isName(_ name: String) -> Bool {
        let marks = Set("!#$%&'*+-.^_`|~".utf8)
        return !name.isEmpty && name.utf8.count <= 256
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: marks.contains(byte)
                }
            }
    }

    static func isValue(_ value: String) -> Bool {
        value.utf8.count <= 10_240 && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }
}
