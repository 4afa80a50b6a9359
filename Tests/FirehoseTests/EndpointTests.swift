import OutgoingHTTP
import Synchronization
import Testing

@testable import FirehoseEmulator
@testable import ServiceKit
@testable import Wire

/// HTTP endpoints as destinations.
@Suite struct EndpointTests {
    /// A server that answers as the test says, and remembers what it was asked.
    private final class Endpoint: HTTPSender {
        typealias Answer = Result<OutgoingResponse, OutgoingFailure>
        let asked = Mutex<[OutgoingRequest]>([])
        private let answer: Mutex<@Sendable (String) -> Answer>

        init() { answer = Mutex({ Endpoint.accepted($0) }) }

        func answers(_ body: @escaping @Sendable (String) -> Answer) { answer.withLock { $0 = body } }

        func send(_ request: OutgoingRequest, completion: @escaping @Sendable (Answer) -> Void) {
            asked.withLock { $0.append(request) }
            let id = request.headers.first { $0.name == "X-Amz-Firehose-Request-Id" }?.value ?? ""
            completion(answer.withLock { $0 }(id))
        }

        var ids: [String] { asked.withLock { $0.compactMap { request in request.headers.first { $0.name == "X-Amz-Firehose-Request-Id" }?.value } } }

        static func accepted(_ id: String) -> Answer { said(200, #"{"requestId":"\#(id)","timestamp":1}"#) }

        static func said(_ status: Int, _ body: String, type: String = "application/json") -> Answer {
            .success(OutgoingResponse(status: status, headers: [("content-type", type)], body: Array(body.utf8)))
        }
    }

    private let buckets = Buckets()
    private let time = ManualTime()
    private let endpoint = Endpoint()
    private let service: FirehoseService

    init() throws { service = .delivering(to: buckets, try Store(directory: nil), time, http: endpoint) }

    private var call: Call { Call(account: "111111111111", region: "eu-west-1", now: time.now, requestID: "test") }

    private func destination(_ more: [(name: String, value: Document?)] = []) -> Document {
        .members(
            [
                ("EndpointConfiguration", .members([("Url", .string("https://a.example/in")), ("AccessKey", .string("secret"))])),
                ("S3Configuration", .members([("RoleARN", .string("r")), ("BucketARN", .string("arn:aws:s3:::out"))])),
            ] + more
        )
    }

    private func make(_ more: [(name: String, value: Document?)] = []) throws {
        _ = try service.createDeliveryStream(
            .members([("DeliveryStreamName", .string("s")), ("HttpEndpointDestinationConfiguration", destination(more))]),
            call
        )
    }

    private func put(_ texts: String...) throws {
        let records = texts.map { Document.members([("Data", .bytes(Array($0.utf8)))]) }
        _ = try service.putRecordBatch(.members([("DeliveryStreamName", .string("s")), ("Records", .list(records))]), call)
    }

    private func retries(_ seconds: Int64) -> (name: String, value: Document?) {
        ("RetryOptions", .members([("DurationInSeconds", .integer(seconds))]))
    }

    private func goOn(_ seconds: Double) {
        time.advance(bySeconds: seconds)
        service.clockWasSet()
        service.deliverAll()
    }

    @Test func `a request is as AWS's page has it`() throws {
        let attributes = [("a", "1"), ("b", "")].map { Document.members([("AttributeName", .string($0)), ("AttributeValue", .string($1))]) }
        try make([("RequestConfiguration", .members([("ContentEncoding", .string("NONE")), ("CommonAttributes", .list(attributes))]))])
        try put("one", "two", "")
        goOn(300)
        let request = try #require(endpoint.asked.withLock { $0 }.first)
        #expect(request.method == "POST" && request.url == "https://a.example/in")
        let headers = Dictionary(request.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        let id = try #require(headers["X-Amz-Firehose-Request-Id"])
        #expect(id.count == 36)
        #expect(headers["X-Amz-Firehose-Protocol-Version"] == "1.0" && headers["Content-Type"] == "application/json")
        #expect(headers["X-Amz-Firehose-Source-Arn"] == "arn:aws:firehose:eu-west-1:111111111111:deliverystream/s")
        #expect(headers["X-Amz-Firehose-Access-Key"] == "secret" && headers["Content-Encoding"] == nil)
        #expect(headers["X-Amz-Firehose-Common-Attributes"] == #"{"commonAttributes":{"a":"1","b":""}}"#)
        let body = try JSON.parse(request.body)
        #expect(body["requestId"]?.textIfAny == id && body["timestamp"] == .integer(time.now.milliseconds))
        #expect(body["records"] == .list(["b25l", "dHdv", ""].map { .members([("data", .string($0))]) }))
        #expect(buckets.texts == [] && service.registry.all.allSatisfy(\.isEmpty))
    }

    @Test func `bodies are compressed where that is asked for`() throws {
        try make([("RequestConfiguration", .members([("ContentEncoding", .string("GZIP"))]))])
        try put("one")
        goOn(300)
        let request = try #require(endpoint.asked.withLock { $0 }.first)
        #expect(request.headers.contains { $0.name == "Content-Encoding" && $0.value == "gzip" } && request.body.starts(with: [0x1F, 0x8B]))
    }

    @Test func `a request that fails is repeated with its id and its records, and then given to the bucket`() throws {
        try make([retries(60)])
        try put("one")
        endpoint.answers { Endpoint.said(503, #"{"requestId":"\#($0)","timestamp":1,"errorMessage":"later"}"#) }
        goOn(300)
        try put("two")
        goOn(30)
        #expect(buckets.texts == [] && endpoint.ids.count == 2 && Set(endpoint.ids).count == 1)
        #expect(endpoint.asked.withLock { $0.allSatisfy { !String(decoding: $0.body, as: UTF8.self).contains("dHdv") } })
        goOn(31)
        #expect(endpoint.ids.count == 3 && Set(endpoint.ids).count == 1)
        let (key, text) = try #require(buckets.written.withLock { $0 }.first)
        #expect(key.hasPrefix("http-endpoint-failed/2023/11/14/"))
        let line = try JSON.parse(Array(text.utf8))
        #expect(line["errorCode"]?.textIfAny == "HttpEndpoint.DestinationException" && line["attemptsMade"] == .integer(3))
        #expect(line["rawData"]?.textIfAny == "b25l")
        #expect(line["errorMessage"]?.textIfAny?.contains("endpoint destination. 503: {") == true)
        // What came later has a request of its own.
        endpoint.answers { Endpoint.accepted($0) }
        goOn(300)
        #expect(Set(endpoint.ids).count == 2 && buckets.texts.count == 1 && service.registry.all.allSatisfy(\.isEmpty))
    }

    @Test func `a request that is too large is not repeated`() throws {
        try make()
        try put("one")
        endpoint.answers { _ in Endpoint.said(413, "too much") }
        goOn(300)
        #expect(endpoint.ids.count == 1 && buckets.texts.count == 1 && service.registry.all.allSatisfy(\.isEmpty))
    }

    @Test(arguments: [
        (#"{"requestId":"ID","timestamp":"1"}"#, "application/json", "no timestamp"), (#"{"timestamp":1}"#, "application/json", "no requestId"),
        (#"{"requestId":"x","timestamp":1}"#, "application/json", "of another"), ("ok", "application/json", "valid JSON"),
        (#"{"requestId":"ID","timestamp":1,"more":1}"#, "application/json", "unexpected"),
        (#"{"requestId":"ID","timestamp":1}"#, "text/plain", "content-type"),
    ])
    func `an answer of another form is a failure`(body: String, type: String, said: String) throws {
        try make([retries(0)])
        try put("one")
        endpoint.answers { Endpoint.said(200, body.replacing("ID", with: $0), type: type) }
        goOn(300)
        let line = try JSON.parse(Array(try #require(buckets.texts.first).utf8))
        #expect(line["errorCode"]?.textIfAny == "HttpEndpoint.InvalidResponseFromDestination")
        #expect(line["errorMessage"]?.textIfAny?.contains(said) == true)
    }

    @Test(arguments: [
        (OutgoingFailure.timedOut, "HttpEndpoint.RequestTimeout"), (.tooLarge, "HttpEndpoint.ResponseTooLarge"),
        (.failed("refused"), "HttpEndpoint.ConnectionFailed"),
    ])
    func `no answer is a failure too`(failure: OutgoingFailure, code: String) throws {
        try make([retries(0)])
        try put("one")
        endpoint.answers { _ in .failure(failure) }
        goOn(300)
        #expect(try JSON.parse(Array(try #require(buckets.texts.first).utf8))["errorCode"]?.textIfAny == code)
    }

    @Test func `the bucket has everything where that is asked for, and once`() throws {
        try make([("S3BackupMode", .string("AllData")), retries(600)])
        try put("one", "two")
        endpoint.answers { _ in Endpoint.said(500, "") }
        goOn(300)
        #expect(buckets.texts == [])
        endpoint.answers { Endpoint.accepted($0) }
        buckets.missing.withLock { $0 = ["out"] }
        goOn(10)
        buckets.missing.withLock { $0 = [] }
        goOn(10)
        // It was accepted before the bucket was there again.
        #expect(endpoint.ids.count == 2 && buckets.texts == ["onetwo"] && service.registry.all.allSatisfy(\.isEmpty))
    }

    @Test func `an update changes what it names, and Describe shows no key`() throws {
        try make()
        func shown() throws -> Document? {
            let all = try service.describeDeliveryStream(.members([("DeliveryStreamName", .string("s"))]), call)["DeliveryStreamDescription"]
            return all?["Destinations"]?.listIfAny.first
        }
        let first = try #require(try shown()?["HttpEndpointDestinationDescription"])
        #expect(first["EndpointConfiguration"] == .members([("Url", .string("https://a.example/in"))]))
        #expect(first["S3BackupMode"]?.textIfAny == "FailedDataOnly" && first["RetryOptions"]?["DurationInSeconds"] == .integer(300))
        #expect(first["S3DestinationDescription"]?["BucketARN"]?.textIfAny == "arn:aws:s3:::out")
        func update(_ version: String, _ name: String, _ wanted: Document) throws {
            _ = try service.updateDestination(
                .members([
                    ("DeliveryStreamName", .string("s")), ("CurrentDeliveryStreamVersionId", .string(version)),
                    ("DestinationId", .string("destinationId-000000000001")), (name, wanted),
                ]),
                call
            )
        }
        try update("1", "HttpEndpointDestinationUpdate", .members([("S3Update", .members([("Prefix", .string("p/"))])), retries(5)]))
        try put("one")
        endpoint.answers { _ in Endpoint.said(500, "") }
        goOn(300)
        goOn(5)
        #expect(buckets.written.withLock { $0.map(\.key) }.first?.hasPrefix("p/http-endpoint-failed/") == true)
        #expect(endpoint.asked.withLock { $0.last }?.headers.contains { $0.value == "secret" } == true)
        // A destination of another kind has to be told whole.
        #expect(throws: ServiceError.self) { try update("2", "ExtendedS3DestinationUpdate", .members([("Prefix", .string("q/"))])) }
        let bucket = Document.members([("RoleARN", .string("r")), ("BucketARN", .string("arn:aws:s3:::out"))])
        try update("2", "ExtendedS3DestinationUpdate", bucket)
        #expect(try shown()?["HttpEndpointDestinationDescription"] == nil)
        #expect(try shown()?["ExtendedS3DestinationDescription"]?["BucketARN"]?.textIfAny == "arn:aws:s3:::out")
    }

    @Test func `what cannot be done is refused`() throws {
        func refusal(_ more: [(name: String, value: Document?)]) -> String? {
            do {
                try make(more)
                return nil
            } catch { return (error as? ServiceError)?.message }
        }
        #expect(refusal([("SecretsManagerConfiguration", .members([("Enabled", .boolean(true))]))])?.contains("SecretsManagerConfiguration") == true)
        let delimiter = Document.members([("Type", .string("AppendDelimiterToRecord"))])
        let processing = Document.members([("Enabled", .boolean(true)), ("Processors", .list([delimiter]))])
        #expect(refusal([("ProcessingConfiguration", processing)])?.contains("AppendDelimiterToRecord") == true)
        for url in ["https://", "https://:443/", "https://a@b/", "https://a b/", "https://a/#x"] {
            #expect(refusal([("EndpointConfiguration", .members([("Url", .string(url))]))])?.contains("is not valid") == true, "\(url)")
        }
        let nobody = FirehoseService.delivering(to: buckets, try Store(directory: nil), time)
        let input = Document.members([("DeliveryStreamName", .string("s")), ("HttpEndpointDestinationConfiguration", destination())])
        #expect(throws: ServiceError.self) { _ = try nobody.createDeliveryStream(input, call) }
    }

    @Test func `figures are those of an endpoint`() throws {
        try make()
        try put("one", "two")
        goOn(300)
        var names: [String] = []
        service.takeMetrics { names.append($0.name) }
        #expect(names.contains("DeliveryToHttpEndpoint.Success") && names.contains("DeliveryToHttpEndpoint.Records"))
        #expect(!names.contains { $0.hasPrefix("DeliveryToS3") })
    }
}
