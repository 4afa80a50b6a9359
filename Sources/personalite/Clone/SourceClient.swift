import Glibc
import OutgoingHTTP
import ServiceKit
import Synchronization
import Wire

/// Reads what another server or AWS has, over libcurl, and changes nothing there: operations that are no Describe or List are refused here.
final class SourceClient: PersonalizeCaller {
    let address: SourceAddress
    let region: String
    private let key: ServerClient.Key
    private let interruption: Interruption
    private let http = HTTPClient()
    /// Where buckets are, of those that are elsewhere.
    private let bucketRegions = Mutex<[String: String]>([:])

    /// How often a request is sent that is answered by "later", or not at all.
    private static let attempts = 5
    private static let timeout = 60_000
    private static let longestAnswer = 64 << 20

    init(_ address: SourceAddress, region: String, key: ServerClient.Key, _ interruption: Interruption) throws(CommandFault) {
        guard !region.isEmpty, region.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) else {
            throw CommandFault("\(region) is no region.")
        }
        guard key.token == nil || !address.isOpen else { throw CommandFault("A session token is not sent over http to another machine; use https.") }
        self.address = address
        self.region = region
        self.key = key
        self.interruption = interruption
    }

    func personalize(_ operation: String, _ input: [(String, Document)]) throws(CommandFault) -> Document {
        guard operation.hasPrefix("Describe") || operation.hasPrefix("List") else { throw CommandFault("\(operation) is not asked of a source.") }
        let request = WireRequest(
            method: "POST",
            path: "/",
            headers: ["content-type": "application/x-amz-json-1.1", "x-amz-target": "AmazonPersonalize.\(operation)"],
            body: JSON.write(.object(Document.Fields(input)))
        )
        let answer = try send(request, service: "personalize", region: region)
        try ServerClient.expect(answer, of: operation)
        guard let document = try? JSON.parse(answer.body) else { throw CommandFault("\(operation) was answered with no JSON.") }
        return document
    }

    // MARK: Objects

    /// A part of an object, and what the object is.
    struct Piece {
        var bytes: [UInt8]
        var size: Int
        var tag: String
        /// When the object was written, in epoch seconds; nil where that is not said.
        var written: Double?
    }

    /// - Parameters:
    ///   - range: of bytes; a shorter object gives what it has.
    ///   - tag: which it must have still.
    func piece(_ bucket: String, _ key: String, _ range: Range<Int>, tag: String? = nil) throws(CommandFault) -> Piece {
        var request = Self.object(bucket, key)
        request.headers.fields.append((name: "range", value: "bytes=\(range.lowerBound)-\(range.upperBound - 1)"))
        if let tag { request.headers.fields.append((name: "if-match", value: tag)) }
        var answer = try s3(request, bucket)
        // Of an empty object there is no first byte.
        if answer.status == 416, range.lowerBound == 0 { answer = try s3(Self.object(bucket, key), bucket) }
        try ServerClient.expect(answer, of: "GetObject of s3://\(bucket)/\(key)")
        let total = answer.headers["content-range"]?.split(separator: "/").last.flatMap { Int($0) }
        guard let size = total ?? (answer.status == 200 ? answer.body.count : nil), size >= answer.body.count, let tag = answer.headers["etag"] else {
            throw CommandFault("GetObject of s3://\(bucket)/\(key) does not say how long the object is.")
        }
        guard answer.status == 206 ? answer.body.count <= range.count : range.lowerBound == 0 else {
            throw CommandFault("GetObject of s3://\(bucket)/\(key) does not give the part that was asked for.")
        }
        let written = answer.headers["last-modified"].flatMap { HTTPDateWords.seconds($0) }
        return Piece(bytes: answer.body, size: size, tag: tag, written: written)
    }

    /// The keys below a prefix, with sizes and tags.
    func objects(_ bucket: String, prefix: String) throws(CommandFault) -> [SourceObject] {
        let what = "ListObjectsV2 of s3://\(bucket)/\(prefix)"
        return try Pages.all(what, "ContinuationToken") { (token) throws(CommandFault) in
            // In the order in which they are signed.
            let query =
                (token.map { "continuation-token=\(Percent.encode($0))&" } ?? "") + "encoding-type=url&list-type=2&prefix=\(Percent.encode(prefix))"
            let answer = try s3(WireRequest(method: "GET", path: "/\(bucket)", query: query), bucket)
            try ServerClient.expect(answer, of: what)
            guard let list = try? XMLElement(parsing: answer.body) else { throw CommandFault("\(what) was answered with no XML.") }
            var found: [SourceObject] = []
            for one in list.all("Contents") {
                guard let key = one["Key"].flatMap({ Percent.decode($0.text, plusIsBlank: true) }), let size = one["Size"].flatMap({ Int($0.text) }),
                    size >= 0
                else { throw CommandFault("\(what) was answered with an object that has no key or no size.") }
                let written = one["LastModified"].flatMap { ISO8601Text.timestamp($0.text) }.map { Double($0.seconds) }
                found.append(SourceObject(bucket: bucket, key: key, size: size, tag: one["ETag"]?.text ?? "", written: written))
            }
            guard list["IsTruncated"]?.text == "true" else { return (found, nil) }
            guard let next = list["NextContinuationToken"]?.text, !next.isEmpty else {
                throw CommandFault("\(what) was answered in part, and without a token for the rest.")
            }
            return (found, next)
        }
    }

    private static func object(_ bucket: String, _ key: String) -> WireRequest {
        WireRequest(method: "GET", path: "/\(bucket)/\(Percent.encode(key, keepingSlashes: true))")
    }

    private func s3(_ request: WireRequest, _ bucket: String) throws(CommandFault) -> ServerClient.Answer {
        let place = bucketRegions.withLock { $0[bucket] } ?? region
        let answer = try send(request, service: "s3", region: place)
        guard answer.status == 301 || answer.status == 307 || answer.status == 400, let right = answer.headers["x-amz-bucket-region"], right != place,
            right.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
        else { return answer }
        bucketRegions.withLock { $0[bucket] = right }
        return try send(request, service: "s3", region: right)
    }

    // MARK: HTTP

    private func send(_ bare: WireRequest, service: String, region: String) throws(CommandFault) -> ServerClient.Answer {
        let origin = address.origin(service, region)
        let authority = origin.split(separator: "/").last.map(String.init) ?? ""
        var pause = 0.2
        var fault = ""
        for attempt in 1...Self.attempts {
            try interruption.check()
            var request = bare
            request.headers.fields.append((name: "host", value: authority))
            let rules: SignatureRules = service == "s3" ? .s3 : .standard
            let signer = RequestSigner(accessKey: key.id, secret: key.secret, token: key.token, region: region, service: service, rules: rules)
            signer.sign(&request, at: Timestamp(seconds: WallClock.wall))
            switch try answer(request, origin) {
            case .success(let answer):
                guard Self.isWorthAnother(answer), attempt < Self.attempts else { return answer }
            case .failure(let failure):
                switch failure {
                case .timedOut: fault = "it did not answer in time"
                case .tooLarge: throw CommandFault("\(authority) gives a longer answer than is taken.")
                case .failed(let words): fault = words
                }
            }
            let end = WallClock.now + pause
            while attempt < Self.attempts, WallClock.now < end {
                try interruption.check()
                WallClock.pause()
            }
            pause *= 2
        }
        throw CommandFault("Cannot reach \(authority): \(fault).")
    }

    private static func isWorthAnother(_ answer: ServerClient.Answer) -> Bool {
        if [429, 500, 502, 503, 504].contains(answer.status) { return true }
        return answer.status == 400 && (answer.text.contains("Throttling") || answer.text.contains("TooManyRequests"))
    }

    private func answer(_ request: WireRequest, _ origin: String) throws(CommandFault) -> Result<ServerClient.Answer, OutgoingFailure> {
        let outgoing = OutgoingRequest(
            method: request.method,
            url: origin + request.path + (request.query.isEmpty ? "" : "?" + request.query),
            // The client writes the host's name itself.
            headers: request.headers.fields.filter { $0.name != "host" },
            body: request.body,
            timeoutMilliseconds: Self.timeout,
            maximumBody: Self.longestAnswer
        )
        let later = LaterValue<Result<OutgoingResponse, OutgoingFailure>>()
        http.send(outgoing) { later.set($0) }
        while true {
            if let result = later.wait(milliseconds: 50) {
                return result.map { response in
                    ServerClient.Answer(
                        status: response.status,
                        headers: Dictionary(response.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }),
                        body: response.body
                    )
                }
            }
            try interruption.check()
        }
    }
}

/// An object that is to be copied.
struct SourceObject: Hashable {
    var bucket: String
    var key: String
    var size: Int
    var tag: String
    /// Epoch seconds; nil where that is not said.
    var written: Double?
}
