import OutgoingHTTP
import ServiceKit
import Wire

/// The requests that one object's records became, as far as their endpoint has not accepted them. It is kept until they are through, so that a
/// request is repeated with the same id and the same records; who is killed meanwhile begins anew.
struct OpenDelivery: Sendable {
    struct Request: Sendable {
        let id = UUIDText.random()
        var records: [TransformedRecords.Record]
        var attempts = 0
        /// When the first attempt had failed.
        var failedAt: Timestamp?
    }

    /// How many batches of the stream it is made of.
    let batches: Int
    var requests: [Request]
    /// Records that the function has refused, and those whose request was given up.
    var refused: [Document]
    var undelivered: [Document] = []
    var isBackedUp = false

    /// As many records as a request may have ("HTTP endpoint delivery request and response specifications", Firehose developer guide, 2026).
    static let recordsARequest = 10_000

    /// Nothing was tried yet.
    mutating func beginAnew() {
        for index in requests.indices { (requests[index].attempts, requests[index].failedAt) = (0, nil) }
    }

    init(_ outcome: TransformedRecords, batches: Int) {
        self.batches = batches
        refused = outcome.failed
        let records = outcome.delivered
        requests = stride(from: 0, to: records.count, by: Self.recordsARequest).map { start in
            Request(records: Array(records[start..<min(start + Self.recordsARequest, records.count)]))
        }
    }
}

/// Why an endpoint has not accepted a request.
struct EndpointFault: Error, Equatable {
    var code: String
    var message: String
    /// Whether another attempt would end the same way.
    var isPermanent = false

    static func invalid(_ id: String, _ reason: String, _ raw: String) -> EndpointFault {
        EndpointFault(
            code: "HttpEndpoint.InvalidResponseFromDestination",
            message: """
                The response received from the specified endpoint is invalid. Contact the owner of the endpoint to resolve the issue. \
                Response for request \(id) \(reason) Raw response received: \(raw)
                """
        )
    }
}

extension FirehoseService {
    /// Sends records to the endpoint of a stream, and what it does not accept in time to the bucket.
    /// - Parameters:
    ///   - batches: how many of the stream the object is made of.
    ///   - isLast: whether there is no later attempt.
    /// - Throws: when it is to be tried again.
    func send(
        _ object: DeliveredObject,
        of stream: HostedDelivery,
        batches: Int,
        isLast: Bool,
        _ call: Call
    ) throws(ServiceError) {
        guard !object.records.isEmpty, let endpoint = object.settings.endpoint else { return }
        var open: OpenDelivery
        if let kept = stream.open { open = kept } else { open = OpenDelivery(try transformed(object, call), batches: batches) }
        defer { stream.keep(open) }
        while var request = open.requests.first {
            do throws(EndpointFault) {
                try post(request, endpoint, object, call)
                let bytes = request.records.reduce(0) { $0 + $1.data.count }
                stream.figures.note(records: request.records.count, bytes: bytes, since: object.arrival, at: time.now)
            } catch {
                guard error.code != FunctionCalls.stopped else { throw ServiceError(error.code, error.message) }
                stream.figures.success.add(0)
                let now = time.now
                request.attempts += 1
                request.failedAt = request.failedAt ?? now
                let isOver = request.failedAt.map { $0.advanced(bySeconds: endpoint.retrySeconds) <= now } ?? false
                guard error.isPermanent || isLast || isOver else {
                    open.requests[0] = request
                    throw ServiceError(error.code, error.message)
                }
                open.undelivered += request.records.map { $0.failure(error.code, error.message, attempts: request.attempts, at: now) }
            }
            open.requests.removeFirst()
        }
        try putFailures(open.refused, PrefixExpression.processingFailed, object, call)
        open.refused = []
        try putFailures(open.undelivered, PrefixExpression.endpointFailed, object, call)
        open.undelivered = []
        if endpoint.backsUpAll, !open.isBackedUp {
            try put(object.untransformed, object.key(object.settings, errorType: nil), object.settings, call)
            open.isBackedUp = true
        }
    }

    // MARK: One attempt

    /// Seconds that an endpoint has for its answer, and bytes that this may have ("HTTP endpoint delivery request and response specifications").
    private static let patience = 180
    private static let longestAnswer = 1 << 20

    private func post(
        _ request: OpenDelivery.Request,
        _ endpoint: DeliverySettings.Endpoint,
        _ object: DeliveredObject,
        _ call: Call
    ) throws(EndpointFault) {
        guard let http else { throw EndpointFault(code: "HttpEndpoint.ConnectionFailed", message: "This server asks no other servers.") }
        let outgoing = try Self.outgoing(request, endpoint, object.stream.arn, at: time.now)
        let result: Result<OutgoingResponse, OutgoingFailure>?
        do throws(ServiceError) {
            result = try waited(seconds: Self.patience + 20) { http.send(outgoing, completion: $0) }
        } catch {
            throw EndpointFault(code: error.code, message: error.message ?? "")
        }
        switch result {
        case .success(let answer)?: try Self.check(answer, of: request.id)
        case .failure(let failure)?: throw Self.fault(failure)
        case nil: throw Self.fault(.timedOut)
        }
    }

    static func outgoing(
        _ request: OpenDelivery.Request,
        _ endpoint: DeliverySettings.Endpoint,
        _ arn: String,
        at now: Timestamp
    ) throws(EndpointFault) -> OutgoingRequest {
        var headers = [
            ("X-Amz-Firehose-Protocol-Version", "1.0"), ("X-Amz-Firehose-Request-Id", request.id), ("X-Amz-Firehose-Source-Arn", arn),
            ("Content-Type", "application/json"), ("User-Agent", "Amazon Kinesis Data Firehose Agent/1.0"),
        ]
        if !endpoint.accessKey.isEmpty { headers.append(("X-Amz-Firehose-Access-Key", endpoint.accessKey)) }
        if !endpoint.attributes.isEmpty {
            let attributes = Document.Fields(endpoint.attributes.map { ($0.name, .string($0.value)) })
            headers.append(("X-Amz-Firehose-Common-Attributes", JSON.text(.members([("commonAttributes", .object(attributes))]))))
        }
        // Written piece by piece: records of a request may be 64 MiB together.
        var body = Array(#"{"requestId":"\#(request.id)","timestamp":\#(now.milliseconds),"records":["#.utf8)
        for (number, record) in request.records.enumerated() {
            body += Array((number == 0 ? #"{"data":""# : #",{"data":""#).utf8)
            Base64.encode(record.data, to: &body)
            body += Array(#""}"#.utf8)
        }
        body += Array("]}".utf8)
        if endpoint.isCompressed {
            headers.append(("Content-Encoding", "gzip"))
            do throws(ServiceError) { body = try Gzip.compress(body) } catch {
                throw EndpointFault(code: "HttpEndpoint.ConnectionFailed", message: "The request could not be compressed.")
            }
        }
        return OutgoingRequest(
            method: "POST",
            url: endpoint.url,
            headers: headers.map { (name: $0.0, value: $0.1) },
            body: body,
            timeoutMilliseconds: patience * 1000,
            maximumBody: longestAnswer,
            trustsThisMachine: true
        )
    }

    /// What an answer has to be like, to the letter of AWS's specification.
    static func check(_ answer: OutgoingResponse, of id: String) throws(EndpointFault) {
        let raw = "\(answer.status) \(String(decoding: answer.body.prefix(1000), as: UTF8.self))"
        guard answer.status == 200 else {
            throw EndpointFault(
                code: "HttpEndpoint.DestinationException",
                message: "The following response was received from the endpoint destination. \(answer.status): \(raw.dropFirst(4))",
                isPermanent: answer.status == 413
            )
        }
        func header(_ name: String) -> String? { answer.headers.last { $0.name == name }?.value }
        let type = header("content-type")?.split(separator: ";").first.map { $0.lowercased().filter { $0 != " " } }
        guard type == "application/json" else { throw .invalid(id, "has no content-type of application/json.", raw) }
        guard header("content-encoding") == nil else { throw .invalid(id, "is content-encoded.", raw) }
        guard let body = try? JSON.parse(answer.body), case .object(let fields) = body,
            fields.entries.allSatisfy({ ["requestId", "timestamp", "errorMessage"].contains($0.name) })
        else { throw .invalid(id, "is not recognized as valid JSON or has unexpected fields.", raw) }
        guard let found = body["requestId"]?.textIfAny else { throw .invalid(id, "has no requestId.", raw) }
        guard found == id else { throw .invalid(id, "has the requestId of another.", raw) }
        guard case .integer? = body["timestamp"] else { throw .invalid(id, "has no timestamp that is a number.", raw) }
    }

    private static func fault(_ failure: OutgoingFailure) -> EndpointFault {
        switch failure {
        case .timedOut:
            EndpointFault(code: "HttpEndpoint.RequestTimeout", message: "The endpoint did not respond within \(patience / 60) minutes.")
        case .tooLarge:
            EndpointFault(code: "HttpEndpoint.ResponseTooLarge", message: "The response is too large: it must be 1 MiB or less.")
        case .failed(let reason):
            EndpointFault(code: "HttpEndpoint.ConnectionFailed", message: "The endpoint could not be asked: \(reason).")
        }
    }
}
